import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  InvokeCommand,
  type InvokeCommandOutput,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCompleteEvent,
} from '@aws-sdk/client-lambda';
import type { AuditReason } from '../../src/private/audit.js';
import { DEFAULTS } from '../../src/private/contract.js';
import { note } from '../audit/notes.js';
import type { RequestContext } from '../protocol/request-scope.js';
import { LAMBDA_STREAM_LIMIT_BYTES, maxStreamBytes } from '../results/limits.js';
import { lambda } from '../shared/clients.js';
import { JsonTooDeep } from '../shared/json-depth.js';
import { log } from '../shared/log.js';
import { serverInfo } from '../shared/server-info.js';
import { type ClientChannel, NO_CHANNEL } from './client-channel.js';
import { clientContextOf, type FunctionCall } from './event.js';
import { eventOf } from './events/index.js';
import { InvalidArguments } from './events/invalid-arguments.js';
import { readHttpStream } from './http-stream.js';
import { failureOf, type InvocationOutcome, parsePayload, unansweredOutcome } from './outcome.js';
import { ResponseStream } from './response-stream.js';
import { type Traceable, withTraceHeaders } from './trace-headers.js';

/**
 * Time in which a permission may not have propagated yet, in milliseconds: after a change of its registration, and after the start of this
 * process, because Lambda starts new processes when the runtime role is replaced.
 */
const PROPAGATION_MS = 60_000;
/** How long a denied invocation is retried, and the pause between two attempts, in milliseconds. */
const DENIED_RETRY_MS = 8_000;
const DENIED_PAUSE_MS = 400;
/** Reserved at the end of a scope for the transport to deliver the result, in milliseconds. */
const DELIVERY_MS = 1_000;
/** A function that does not receive the principal could take the caller for an anonymous one. */
const PRINCIPAL_TOO_LONG =
  "the id of the caller is too long for Lambda's client context: the authorizer must return a shorter principalId";

/** The reasons of audit records for outcomes without a response. */
const REASONS: Partial<Record<InvocationOutcome['kind'], AuditReason>> = {
  thrown: 'thrown',
  failed: 'failed',
  timeout: 'timeout',
  tooLarge: 'too_large',
  refused: 'not_invoked',
  lost: 'lost',
};

interface InvokeOptions {
  readonly signal: AbortSignal;
  /** End of the scope, in epoch milliseconds. */
  readonly deadline?: number;
  /** Receives the progress and log messages of a response stream. */
  readonly channel?: ClientChannel;
}

/**
 * Invokes a handler and waits for its response, at most for the timeout of the registration. Throws when `signal` aborts; Lambda cannot
 * stop the invocation itself.
 */
export async function invoke(
  call: FunctionCall,
  request: RequestContext,
  options: InvokeOptions,
): Promise<InvocationOutcome> {
  const invocationId = randomUUID();
  note({ mcpRequestId: invocationId, reason: undefined });
  const outcome = await attempt(call, request, invocationId, options);
  note({ reason: REASONS[outcome.kind] });
  return outcome;
}

async function attempt(
  call: FunctionCall,
  request: RequestContext,
  invocationId: string,
  options: InvokeOptions,
): Promise<InvocationOutcome> {
  const timeoutMs = timeoutOf(call, options.deadline);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const clientContext = clientContextOf(call, request, invocationId, serverInfo().name);
    if (clientContext === undefined) return { kind: 'failed', message: PRINCIPAL_TOO_LONG };
    const input = {
      FunctionName: call.functionArn,
      ClientContext: clientContext,
      Payload: Buffer.from(JSON.stringify(eventOf(call, request, invocationId, Date.now() + timeoutMs))),
    };
    const abortSignal = AbortSignal.any([options.signal, timeout.signal]);
    const traced = <T extends Traceable>(command: T) => withTraceHeaders(command, request.trace);
    const send = async () =>
      streams(call)
        ? invokeStreaming(
            traced(new InvokeWithResponseStreamCommand(input)),
            abortSignal,
            options.channel ?? NO_CHANNEL,
          )
        : outcomeOf(await lambda().send(traced(new InvokeCommand(input)), { abortSignal }));
    const outcome = await retryDenied(call, Math.min(DENIED_RETRY_MS, timeoutMs - DENIED_PAUSE_MS), send);
    options.signal.throwIfAborted();
    return outcome;
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof InvalidArguments) return { kind: 'failed', message: error.message };
    if (error instanceof JsonTooDeep) return { kind: 'failed', message: `the response ${error.message}` };
    if (timeout.signal.aborted) return { kind: 'timeout', seconds: Math.ceil(timeoutMs / 1000) };
    if ((error as Error).name === 'RequestTooLargeException') return { kind: 'tooLarge', what: 'request' };
    const outcome = unansweredOutcome(error as Error);
    const message =
      outcome.kind === 'lost'
        ? 'the response of a registered function was lost: it may have run'
        : 'a registered function cannot be invoked';
    log.error(message, { error: error as Error, registration: call.registration.id });
    return outcome;
  } finally {
    clearTimeout(timer);
  }
}

/** Retries an invocation that Lambda denies while its permission may be propagating. A denied invocation never ran. */
async function retryDenied<T>({ registration }: FunctionCall, retryMs: number, send: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const age = Math.min(started - Date.parse(registration.updatedAt), process.uptime() * 1000);
  const isPropagating = age < PROPAGATION_MS;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      const denied = (error as Error).name === 'AccessDeniedException';
      if (!denied || !isPropagating || Date.now() - started > retryMs) throw error;
      await sleep(DENIED_PAUSE_MS);
    }
  }
}

function timeoutOf({ registration }: FunctionCall, deadline = Number.POSITIVE_INFINITY): number {
  const configured = (registration.timeoutSeconds ?? DEFAULTS.TIMEOUT_SECONDS) * 1000;
  return Math.max(0, Math.min(configured, deadline - DELIVERY_MS - Date.now()));
}

function outcomeOf({ FunctionError, Payload }: InvokeCommandOutput): InvocationOutcome {
  const payload = Buffer.from(Payload ?? []);
  const value = (FunctionError ? undefined : readHttpStream(payload)) ?? parsePayload(payload.toString('utf8'));
  return FunctionError ? failureOf(value) : { kind: 'response', value };
}

/** Whether the function streams. The completion handler of a streaming registration does not. */
function streams({ registration, functionArn }: FunctionCall): boolean {
  return registration.invokeMode === 'RESPONSE_STREAM' && functionArn === registration.lambdaArn;
}

/** Invokes a handler and reads its response stream to the end. Throws when `signal` aborts. */
async function invokeStreaming(
  command: InvokeWithResponseStreamCommand,
  signal: AbortSignal,
  channel: ClientChannel,
): Promise<InvocationOutcome> {
  const finished = new AbortController();
  const abortSignal = AbortSignal.any([signal, finished.signal]);
  const { EventStream } = await lambda().send(command, { abortSignal });
  const stream = new ResponseStream(channel, maxStreamBytes());
  const readToEnd = async (): Promise<InvocationOutcome> => {
    for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
      if (PayloadChunk?.Payload && !(await stream.write(PayloadChunk.Payload))) return stream.end();
      if (InvokeComplete) return stream.end(failureIn(InvokeComplete));
    }
    throw new Error('the response stream ended without InvokeComplete');
  };
  try {
    // a client that does not read must not hold the call beyond its timeout
    return await Promise.race([readToEnd(), rejectOnAbort(signal)]);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof JsonTooDeep) throw error;
    log.warn('the response stream of a handler was interrupted', error as Error);
    return { kind: 'failed', message: 'the response stream was interrupted: the function may have run' };
  } finally {
    finished.abort();
  }
}

/** Returns the error that ended an invocation, even after part of its stream; undefined if it succeeded. */
function failureIn({
  ErrorCode,
  ErrorDetails = '',
}: InvokeWithResponseStreamCompleteEvent): InvocationOutcome | undefined {
  if (!ErrorCode) return undefined;
  const failure = failureOf({ errorType: ErrorCode, ...Object(parsePayload(ErrorDetails)) });
  return failure.kind === 'tooLarge' ? { kind: 'tooLarge', what: 'stream', bytes: LAMBDA_STREAM_LIMIT_BYTES } : failure;
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
