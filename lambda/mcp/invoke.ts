import { randomUUID } from 'node:crypto';
import { InvokeCommand, type InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { lambda } from '../shared/clients.js';
import { log } from '../shared/log.js';
import { serverInfo } from '../shared/server-info.js';
import { clientContextOf, eventOf, type FunctionCall } from './event.js';
import type { RequestFacts } from './exchange.js';

/** What came of an invocation. */
export type Outcome =
  | { readonly kind: 'answer'; readonly value: unknown }
  /** The function threw or crashed. */
  | { readonly kind: 'thrown'; readonly type: string; readonly message: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  /** A payload over Lambda's 6 MB. */
  | { readonly kind: 'tooLarge'; readonly what: 'request' | 'answer' }
  /** Lambda refused the call; `reason` is the name of its error. */
  | { readonly kind: 'refused'; readonly reason: string };

const DEFAULT_TIMEOUT_SECONDS = 30;
/** What is kept for the transport to deliver an answer that came at the last moment. */
const DELIVERY_MS = 1_000;
const MAX_ERROR_TEXT = 2_000;

/**
 * Calls a function and waits for its answer, at most the registration's timeout. An abort of `signal` stops the waiting and
 * throws; Lambda has no way to stop the function itself.
 */
export async function invoke(
  call: FunctionCall,
  facts: RequestFacts,
  options: { readonly signal: AbortSignal; readonly deadline?: number },
): Promise<Outcome> {
  const timeoutMs = timeoutOf(call, options.deadline);
  const invocationId = randomUUID();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const output = await lambda().send(
      new InvokeCommand({
        FunctionName: call.functionArn,
        InvocationType: 'RequestResponse',
        ClientContext: clientContextOf(call, facts, invocationId, serverInfo().name),
        Payload: Buffer.from(JSON.stringify(eventOf(call, facts, invocationId, Date.now() + timeoutMs))),
      }),
      { abortSignal: AbortSignal.any([options.signal, timeout.signal]) },
    );
    options.signal.throwIfAborted();
    return outcomeOf(output);
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.signal.aborted) return { kind: 'timeout', seconds: Math.ceil(timeoutMs / 1000) };
    const { name: reason } = error as Error;
    if (reason === 'RequestTooLargeException') return { kind: 'tooLarge', what: 'request' };
    log.error('a registered function cannot be invoked', { error: error as Error, registration: call.registration.id });
    return { kind: 'refused', reason };
  } finally {
    clearTimeout(timer);
  }
}

function timeoutOf({ registration }: FunctionCall, deadline = Number.POSITIVE_INFINITY): number {
  const own = (registration.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  return Math.max(0, Math.min(own, deadline - DELIVERY_MS - Date.now()));
}

function outcomeOf({ FunctionError, Payload }: InvokeCommandOutput): Outcome {
  const value = parse(Payload?.transformToString() ?? '');
  if (!FunctionError) return { kind: 'answer', value };
  const { errorType, errorMessage } = Object(value) as { errorType?: unknown; errorMessage?: unknown };
  const type = typeof errorType === 'string' ? errorType : 'Error';
  // Lambda's own type; the runtimes of Node.js and Python report it with no other sign
  if (type === 'Function.ResponseSizeTooLarge') return { kind: 'tooLarge', what: 'answer' };
  const message = typeof errorMessage === 'string' ? errorMessage : '';
  return { kind: 'thrown', type, message: message.slice(0, MAX_ERROR_TEXT) };
}

/** A payload is JSON; what a custom runtime sends otherwise is text. */
function parse(payload: string): unknown {
  if (payload === '') return null;
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
