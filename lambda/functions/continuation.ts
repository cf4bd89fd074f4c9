import { DEFAULTS, ENV } from '../../src/private/contract.js';
import type { Registration } from '../../src/private/registration.js';
import { numberEnv } from '../shared/env.js';
import { plainTwin } from '../shared/exact-json.js';
import type { FunctionResponse } from './function-response.js';
import { requestStateProblem } from './input-requests.js';

/** The most calls of a handler for one request of a client: a handler can ask for another call without end. */
export function maxTaskCalls(): number {
  return numberEnv(ENV.MAX_TASK_CALLS, DEFAULTS.MAX_TASK_CALLS);
}

/** A handler's request, by `resultType: "task"`, to be called again in the background. */
export interface Continuation {
  /** Request state for the next call. Defaults to the state of the last call. */
  readonly state?: string;
  /** Status text for clients. */
  readonly statusMessage?: string;
  /** Milliseconds until the next call. */
  readonly pollIntervalMs?: number;
}

/** Longest interval between two calls, in milliseconds. The task runner waits within its own invocation of at most 15 minutes. */
const MAX_INTERVAL_MS = 600_000;
/** Default interval for a handler that already runs in the background, in milliseconds. */
const DEFAULT_INTERVAL_MS = 5_000;

/**
 * Returns the continuation that a function response requests, or why it is refused; undefined for any other response.
 *
 * @param lastCall the request state of the last call, and whether it ran in the background
 */
export function readContinuation(
  { event }: Registration,
  response: FunctionResponse,
  lastCall: { readonly state?: string; readonly background: boolean },
): { readonly continuation: Continuation } | { readonly refusal: string } | undefined {
  if (response.kind !== 'result' || response.resultType !== 'task') return undefined;
  const { requestState, statusMessage } = response.result;
  const pollIntervalMs = plainTwin(response.result.pollIntervalMs);
  if (event?.type !== 'request') {
    return {
      refusal:
        'the handler returned resultType "task", which requires the event type "request": with any other event it cannot tell that it runs in the background',
    };
  }
  const stateProblem = requestStateProblem(requestState);
  if (stateProblem !== undefined) return { refusal: stateProblem };
  if (statusMessage !== undefined && typeof statusMessage !== 'string') {
    return { refusal: 'the handler returned an invalid statusMessage: expected a string' };
  }
  if (pollIntervalMs !== undefined && !(Number.isInteger(pollIntervalMs) && Number(pollIntervalMs) > 0)) {
    return { refusal: 'the handler returned an invalid pollIntervalMs: expected a positive integer' };
  }
  const interval = (pollIntervalMs as number | undefined) ?? (lastCall.background ? DEFAULT_INTERVAL_MS : undefined);
  return {
    continuation: {
      state: (requestState as string | undefined) ?? lastCall.state,
      statusMessage,
      pollIntervalMs: interval === undefined ? undefined : Math.min(interval, MAX_INTERVAL_MS),
    },
  };
}
