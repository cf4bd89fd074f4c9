import type { Registration } from '../../src/private/registration.js';
import type { FunctionResponse } from './function-response.js';
import { MAX_STATE_BYTES } from './input-requests.js';

/** A function's wish, by `resultType: "task"`, to be called again in the background. */
export interface Continuation {
  /** Its own value, for the next call; without one it gets the value of the last. */
  readonly state?: string;
  /** How things stand, for clients to show. */
  readonly statusMessage?: string;
  /** When, milliseconds from now. */
  readonly pollIntervalMs?: number;
}

/** Longest that a function may be left alone, milliseconds: what calls it again waits within a function of 15 minutes itself. */
const MAX_INTERVAL_MS = 600_000;
/** When a function is called again that was in the background already and does not say when. */
const DEFAULT_INTERVAL_MS = 5_000;

/**
 * Reads that wish, or why it cannot be granted; undefined where the answer is another. `called`: with what state the function was
 * called, and whether in the background.
 */
export function readContinuation(
  { payload }: Registration,
  answer: FunctionResponse,
  called: { readonly state?: string; readonly background: boolean },
): { readonly again: Continuation } | { readonly refusal: string } | undefined {
  if (answer.kind !== 'result' || answer.resultType !== 'task') return undefined;
  const { requestState, statusMessage, pollIntervalMs } = answer.result;
  if (payload !== 'REQUEST') {
    const why = 'with payload ARGUMENTS it could never see that it has been: register it with payload REQUEST';
    return { refusal: `the function asked to be called again in the background, but ${why}` };
  }
  if (requestState !== undefined && typeof requestState !== 'string') {
    return { refusal: 'requestState of the function is not a string' };
  }
  if (Buffer.byteLength(requestState ?? '') > MAX_STATE_BYTES) {
    return { refusal: `requestState of the function is larger than ${MAX_STATE_BYTES} bytes` };
  }
  if (statusMessage !== undefined && typeof statusMessage !== 'string') {
    return { refusal: 'statusMessage of the function is not a string' };
  }
  if (pollIntervalMs !== undefined && !(Number.isInteger(pollIntervalMs) && Number(pollIntervalMs) > 0)) {
    return { refusal: 'pollIntervalMs of the function is not a positive integer' };
  }
  const interval = (pollIntervalMs as number | undefined) ?? (called.background ? DEFAULT_INTERVAL_MS : undefined);
  return {
    again: {
      state: requestState ?? called.state,
      statusMessage,
      pollIntervalMs: interval === undefined ? undefined : Math.min(interval, MAX_INTERVAL_MS),
    },
  };
}
