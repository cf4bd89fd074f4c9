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
  /** Lambda refused the invocation: the function has not run. `reason` is the name of its error, `throttle` the limit that was reached. */
  | { readonly kind: 'refused'; readonly reason: string; readonly throttle?: string }
  /** The response of Lambda was lost: the function may have run. `reason` is the name or code of the error. */
  | { readonly kind: 'lost'; readonly reason: string };

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

/** Errors of the network before the request was sent. */
const NOT_CONNECTED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CredentialsProviderError',
];
/** Errors with status 5xx by which Lambda reports that it could not start the function. */
const NOT_STARTED =
  /^(CodeArtifact|EC2|EFS|ENI|Invalid|KMS|ResourceNotReady|S3Files|SnapStart|SubnetIPAddress|TooManyRequests)/;

/** Returns the outcome for an error of an invocation: refused if the function has certainly not run, otherwise lost. */
export function unansweredOutcome(error: Error): InvocationOutcome {
  const { code, Reason, $metadata } = error as Error & {
    code?: string;
    Reason?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const reason = code ?? error.name;
  const status = $metadata?.httpStatusCode;
  const notConnected = NOT_CONNECTED.includes(reason) || error.message.includes('did not establish a connection');
  const refused = status !== undefined && (status < 500 || NOT_STARTED.test(error.name)) && status >= 400;
  if (!notConnected && !refused) return { kind: 'lost', reason };
  return { kind: 'refused', reason, ...(Reason === undefined ? {} : { throttle: Reason }) };
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
