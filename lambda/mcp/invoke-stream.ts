import {
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCompleteEvent,
} from '@aws-sdk/client-lambda';
import { MAX_STREAM_BYTES, streamBytes } from '../results/limits.js';
import { lambda } from '../shared/clients.js';
import { log } from '../shared/log.js';
import type { Live } from './live.js';
import { failureOf, type Outcome, parsePayload } from './outcome.js';
import { StreamAnswer } from './stream-answer.js';

/** Calls a function that streams, and follows its stream to the end. An abort of `signal` throws. */
export async function invokeStreaming(
  input: Pick<InvokeCommandInput, 'FunctionName' | 'ClientContext' | 'Payload'>,
  signal: AbortSignal,
  live: Live,
): Promise<Outcome> {
  const enough = new AbortController();
  const abortSignal = AbortSignal.any([signal, enough.signal]);
  const { EventStream } = await lambda().send(new InvokeWithResponseStreamCommand(input), { abortSignal });
  const answer = new StreamAnswer(live, streamBytes());
  const follow = async (): Promise<Outcome> => {
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
function failureIn({ ErrorCode, ErrorDetails = '' }: InvokeWithResponseStreamCompleteEvent): Outcome | undefined {
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
