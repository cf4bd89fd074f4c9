import { randomUUID } from 'node:crypto';
import {
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCompleteEvent,
} from '@aws-sdk/client-lambda';
import { DEFAULTS } from '../../src/private/contract.js';
import type { RequestContext } from '../protocol/request-scope.js';
import { MAX_STREAM_BYTES, streamBytes } from '../results/limits.js';
import { lambda } from '../shared/clients.js';
import { log } from '../shared/log.js';
import { serverInfo } from '../shared/server-info.js';
import { type ClientChannel, NO_CHANNEL } from './client-channel.js';
import { clientContextOf, eventOf, type FunctionCall } from './event.js';
import { failureOf, type InvocationOutcome, parsePayload } from './outcome.js';
import { ResponseStream } from './response-stream.js';

export type { InvocationOutcome } from './outcome.js';

/** What is kept for the transport to deliver an answer that came at the last moment. */
const DELIVERY_MS = 1_000;

/**
 * Calls a function and waits for its answer, at most the registration's timeout. An abort of `signal` stops the waiting and
 * throws; Lambda has no way to stop the function itself.
 */
export async function invoke(
  call: FunctionCall,
  facts: RequestContext,
  options: {
    readonly signal: AbortSignal;
    readonly deadline?: number;
    /** What a function that streams may tell the client. */
    readonly live?: ClientChannel;
  },
): Promise<InvocationOutcome> {
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
      ? await invokeStreaming(input, abortSignal, options.live ?? NO_CHANNEL)
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
  const own = (registration.timeoutSeconds ?? DEFAULTS.TIMEOUT_SECONDS) * 1000;
  return Math.max(0, Math.min(own, deadline - DELIVERY_MS - Date.now()));
}

function outcomeOf({ FunctionError, Payload }: InvokeCommandOutput): InvocationOutcome {
  const value = parsePayload(Payload?.transformToString() ?? '');
  return FunctionError ? failureOf(value) : { kind: 'response', value };
}

/** The completions of a streaming registration come from another function, which does not stream. */
function streams({ registration, functionArn }: FunctionCall): boolean {
  return registration.invokeMode === 'RESPONSE_STREAM' && functionArn === registration.lambdaArn;
}

/** Calls a function that streams, and follows its stream to the end. An abort of `signal` throws. */
export async function invokeStreaming(
  input: Pick<InvokeCommandInput, 'FunctionName' | 'ClientContext' | 'Payload'>,
  signal: AbortSignal,
  live: ClientChannel,
): Promise<InvocationOutcome> {
  const enough = new AbortController();
  const abortSignal = AbortSignal.any([signal, enough.signal]);
  const { EventStream } = await lambda().send(new InvokeWithResponseStreamCommand(input), { abortSignal });
  const answer = new ResponseStream(live, streamBytes());
  const follow = async (): Promise<InvocationOutcome> => {
    for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
      if (PayloadChunk?.Payload && !(await answer.take(PayloadChunk.Payload))) return answer.end();
      if (!InvokeComplete) continue;
      return answer.end(failureIn(InvokeComplete));
    }
    throw new Error('the response has no end');
  };
  try {
    // a client that takes nothing must not hold the call beyond its time
    return await Promise.race([follow(), aborted(signal)]);
  } catch (error) {
    signal.throwIfAborted();
    log.warn('the stream of a registered function broke off', error as Error);
    return { kind: 'failed', message: "the function's stream broke off" };
  } finally {
    enough.abort();
  }
}

/** How the invocation ended, where not well: maybe in the middle of its stream. */
function failureIn({
  ErrorCode,
  ErrorDetails = '',
}: InvokeWithResponseStreamCompleteEvent): InvocationOutcome | undefined {
  if (!ErrorCode) return undefined;
  const failure = failureOf({ errorType: ErrorCode, ...Object(parsePayload(ErrorDetails)) });
  return failure.kind === 'tooLarge' ? { kind: 'tooLarge', what: 'stream', bytes: MAX_STREAM_BYTES } : failure;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
