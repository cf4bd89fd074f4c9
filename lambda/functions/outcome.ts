import type { ContentBlock } from '@modelcontextprotocol/server';
import { parseExternal } from '../shared/exact-json.js';
import { JsonTooDeep } from '../shared/json-depth.js';

/** The outcome of an invocation. */
export type InvocationOutcome =
  | {
      readonly kind: 'response';
      readonly value: unknown;
      /** Content that a response stream carried before its result, or without one. */
      readonly content?: readonly ContentBlock[];
    }
  /** The handler threw an error or crashed. */
  | { readonly kind: 'thrown'; readonly type: string; readonly message: string }
  /** The response stream reported an error, or is invalid. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  /** A payload over Lambda's limit of 6 MB, or a response stream over `bytes`. */
  | { readonly kind: 'tooLarge'; readonly what: 'request' | 'response' }
  | { readonly kind: 'tooLarge'; readonly what: 'stream'; readonly bytes: number }
  /** Lambda refused the invocation. `reason` is the name of its error. */
  | { readonly kind: 'refused'; readonly reason: string };

const MAX_MESSAGE_LENGTH = 2_000;
/** The Java runtime reports qualified class names. Only the last part is useful to a client. */
const JAVA_PACKAGE = /^([a-z_]\w*\.)+(\w+\$)*(?=\w+$)/;

/** Returns the outcome for the error document of a failed invocation. Leaves out the stack trace. */
export function failureOf(document: unknown): InvocationOutcome {
  const { errorType, errorMessage } = Object(document) as { errorType?: unknown; errorMessage?: unknown };
  const type = typeof errorType === 'string' ? errorType.replace(JAVA_PACKAGE, '') : 'Error';
  // the runtimes of Node.js and Python report it by this type only
  if (type === 'Function.ResponseSizeTooLarge') return { kind: 'tooLarge', what: 'response' };
  const message = typeof errorMessage === 'string' ? errorMessage : '';
  return { kind: 'thrown', type, message: message.slice(0, MAX_MESSAGE_LENGTH) };
}

/**
 * Parses a payload as JSON. A custom runtime may send anything else, which is returned as text.
 *
 * @throws JsonTooDeep if it is nested too deeply
 */
export function parsePayload(payload: string): unknown {
  if (payload === '') return null;
  try {
    return parseExternal(payload);
  } catch (error) {
    if (error instanceof JsonTooDeep) throw error;
    return payload;
  }
}
