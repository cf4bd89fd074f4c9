import { randomUUID } from 'node:crypto';
import { InvokeCommand, type InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { lambda } from '../shared/clients.js';
import { log } from '../shared/log.js';
import { serverInfo } from '../shared/server-info.js';
import { clientContextOf, eventOf, type FunctionCall } from './event.js';
import type { RequestFacts } from './exchange.js';
import { invokeStreaming } from './invoke-stream.js';
import { type Live, SILENT } from './live.js';
import { failureOf, type Outcome, parsePayload } from './outcome.js';

export type { Outcome } from './outcome.js';

const DEFAULT_TIMEOUT_SECONDS = 30;
/** What is kept for the transport to deliver an answer that came at the last moment. */
const DELIVERY_MS = 1_000;

/**
 * Calls a function and waits for its answer, at most the registration's timeout. An abort of `signal` stops the waiting and
 * throws; Lambda has no way to stop the function itself.
 */
export async function invoke(
  call: FunctionCall,
  facts: RequestFacts,
  options: {
    readonly signal: AbortSignal;
    readonly deadline?: number;
    /** What a function that streams may tell the client. */
    readonly live?: Live;
  },
): Promise<Outcome> {
  const timeoutMs = timeoutOf(call, options.deadline);
  const invocationId = randomUUID();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const input = {
      FunctionName: call.functionArn,
      ClientContext: clientContextOf(call, facts, invocationId, serverInfo().name),
      Payload: Buffer.from(JSON.stringify(eventOf(call, facts, invocationId, Date.now() + timeoutMs))),
    };
    const abortSignal = AbortSignal.any([options.signal, timeout.signal]);
    const outcome = streams(call)
      ? await invokeStreaming(input, abortSignal, options.live ?? SILENT)
      : outcomeOf(await lambda().send(new InvokeCommand(input), { abortSignal }));
    options.signal.throwIfAborted();
    return outcome;
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
  const value = parsePayload(Payload?.transformToString() ?? '');
  return FunctionError ? failureOf(value) : { kind: 'answer', value };
}

/** The completions of a streaming registration come from another function, which does not stream. */
function streams({ registration, functionArn }: FunctionCall): boolean {
  return registration.invokeMode === 'STREAM' && functionArn === registration.lambdaArn;
}
