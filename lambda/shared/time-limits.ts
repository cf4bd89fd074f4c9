import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';

/** Time limits of an AWS call, milliseconds. */
export interface TimeLimits {
  /** Until the response to one attempt begins. */
  readonly attemptMs: number;
  /** For the whole call: all attempts, the pauses between them, and the last response to its end. */
  readonly totalMs: number;
}

/** The part of a client of the AWS SDK that the limits need. */
interface AwsClient {
  send(command: never, options?: never): Promise<unknown>;
}

interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** A call that did not finish in time. The service may have received it. The SDK's own timeouts have the same name. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

const scope = new AsyncLocalStorage<AbortSignal>();

/** Runs `action`. When `signal` aborts, the AWS calls of `action` fail, also those that it begins later. */
export function abortCallsOn<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
  return scope.run(signal, action);
}

/** A signal that aborts after `ms`, or when the calls of the current action are aborted. For requests without a client of the SDK. */
export function limitedSignal(ms: number): AbortSignal {
  const current = scope.getStore();
  const timeout = AbortSignal.timeout(ms);
  return current ? AbortSignal.any([timeout, current]) : timeout;
}

/** Whether an AWS call failed because its service did not respond in time, failed, or throttled it. */
export function isUnavailable(error: unknown): boolean {
  const { name, $metadata } = Object(error) as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return name === 'TimeoutError' || name === 'AbortError' || status >= 500 || status === 429 || /Throttl/.test(name);
}

/** Whether the calls of the current action have been aborted. */
export function callsAborted(): boolean {
  return scope.getStore()?.aborted ?? false;
}

/** The time that an invocation has left, milliseconds, at most `maxMs`. */
export function remainingMs(context: Pick<Context, 'getRemainingTimeInMillis'> | undefined, maxMs: number): number {
  return Math.min(context?.getRemainingTimeInMillis() ?? maxMs, maxMs);
}

/** Runs `action`. After `ms`, its AWS calls fail. */
export async function limitCalls<T>(ms: number, action: () => Promise<T>): Promise<T> {
  const outOfTime = new AbortController();
  const reason = new TimeoutError('the invocation ran out of time');
  const timer = setTimeout(() => outOfTime.abort(reason), Math.max(0, ms));
  try {
    return await abortCallsOn(outOfTime.signal, action);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Limits the time of all calls of a client. The SDK's `requestTimeout` alone only logs a warning.
 *
 * @param limitsOf the limits of a command; undefined if its caller sets an abort signal
 */
export function withTimeLimits<Client extends AwsClient>(
  client: Client,
  limitsOf: (command: { readonly input: object }) => TimeLimits | undefined,
): Client {
  const send: (command: object, options: object) => Promise<unknown> = (...args) =>
    Object.getPrototypeOf(client).send.apply(client, args);
  const limited = async (command: { readonly input: object }, options: SendOptions = {}) => {
    const limits = limitsOf(command);
    const ended = new AbortController();
    const signals = [ended.signal, options.abortSignal, scope.getStore()].filter((each) => each !== undefined);
    const abortSignal = AbortSignal.any(signals);
    const timer = limits && setTimeout(() => ended.abort(timeoutOf(command, limits.totalMs)), limits.totalMs);
    // the SDK does not end its pause between two attempts when the signal aborts
    const { aborted, stop } = rejection(abortSignal);
    try {
      const requestTimeout = limits?.attemptMs;
      return await Promise.race([send(command, { ...options, abortSignal, requestTimeout }), aborted]);
    } finally {
      clearTimeout(timer);
      stop();
    }
  };
  return Object.assign(client, { send: limited });
}

function timeoutOf(command: object, ms: number): TimeoutError {
  return new TimeoutError(`${command.constructor.name.replace(/Command$/, '')} did not finish within ${ms / 1000} s`);
}

/** A promise that rejects when `signal` aborts. */
function rejection(signal: AbortSignal): { aborted: Promise<never>; stop: () => void } {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  aborted.catch(() => undefined);
  return { aborted, stop };
}
