import type { ContentBlock } from '@modelcontextprotocol/server';

/** What came of an invocation. */
export type InvocationOutcome =
  | {
      readonly kind: 'response';
      readonly value: unknown;
      /** What a streaming function gave before its result, or in place of one. */
      readonly content?: readonly ContentBlock[];
    }
  /** The function threw or crashed. */
  | { readonly kind: 'thrown'; readonly type: string; readonly message: string }
  /** A streaming function said that it failed, or its stream makes no answer. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  /** A payload over Lambda's 6 MB, or a stream over `bytes`. */
  | { readonly kind: 'tooLarge'; readonly what: 'request' | 'response' }
  | { readonly kind: 'tooLarge'; readonly what: 'stream'; readonly bytes: number }
  /** Lambda refused the call; `reason` is the name of its error. */
  | { readonly kind: 'refused'; readonly reason: string };

const MAX_ERROR_TEXT = 2_000;
/** Java's runtime reports the full names of classes, of which only the last part says anything to a client. */
const JAVA_PACKAGE = /^([a-z_]\w*\.)+(\w+\$)*(?=\w+$)/;

/** The outcome for the error document of a failed invocation: what Lambda's runtimes report as JSON, and nothing of its stack trace. */
export function failureOf(document: unknown): InvocationOutcome {
  const { errorType, errorMessage } = Object(document) as { errorType?: unknown; errorMessage?: unknown };
  const type = typeof errorType === 'string' ? errorType.replace(JAVA_PACKAGE, '') : 'Error';
  // Lambda's own type; the runtimes of Node.js and Python report it with no other sign
  if (type === 'Function.ResponseSizeTooLarge') return { kind: 'tooLarge', what: 'response' };
  const message = typeof errorMessage === 'string' ? errorMessage : '';
  return { kind: 'thrown', type, message: message.slice(0, MAX_ERROR_TEXT) };
}

/** A payload is JSON; what a custom runtime sends otherwise is text. */
export function parsePayload(payload: string): unknown {
  if (payload === '') return null;
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
