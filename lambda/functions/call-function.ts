import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ContentBlock,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { requestContextOf, type ServerInstance } from '../protocol/request-scope.js';
import { formatMegabytes, streamLimitAdvice } from '../results/limits.js';
import { exactInputResponses } from '../shared/exact-message.js';
import { clientChannelOf } from './client-channel.js';
import type { Continuation } from './continuation.js';
import type { FunctionCall } from './event.js';
import { eventTypeOf } from './events/index.js';
import { type FunctionResponse, readFunctionResponse } from './function-response.js';
import { openRequestState, requestInput, stateBindingOf } from './input-requests.js';
import { checkInputResponses } from './input-responses.js';
import { invoke } from './invoke.js';
import type { InvocationOutcome } from './outcome.js';
import type { SealedState } from './seal.js';

/** The result of a call: a function response, input requests for the client, or a failure. */
type CallResult =
  | {
      readonly kind: 'response';
      readonly response: FunctionResponse;
      /** Content that a response stream carried before the response. */
      readonly content?: readonly ContentBlock[];
      /** The request state that the handler was called with. */
      readonly state?: string;
    }
  | { readonly kind: 'inputRequired'; readonly result: InputRequiredResult }
  | { readonly kind: 'failed'; readonly text: string };

/**
 * Calls a handler for a request: the first time, or with the request state and input responses that came with the request.
 *
 * @param continuation the continuation that the handler requested, if this call is in the background
 */
export async function callFunction(
  instance: ServerInstance,
  ctx: ServerContext,
  call: FunctionCall,
  continuation?: Continuation,
): Promise<CallResult> {
  const { mcpReq } = ctx;
  const binding = stateBindingOf(instance, call.registration, call.params);
  const sealed = mcpReq.requestState();
  const previous: SealedState | undefined =
    sealed === undefined ? { round: 0 } : await openRequestState(instance, String(sealed), binding);
  if (!previous) {
    const reason = { reason: 'invalid_request_state' };
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'invalid or expired requestState', reason);
  }
  // the first call of the request has checked them
  if (previous.schemas && !continuation) checkInputResponses(previous.schemas, mcpReq.inputResponses);
  const channel = clientChannelOf(instance, ctx);
  const state = continuation?.state ?? previous.state;
  const outcome = await invoke(
    { ...call, params: { ...call.params, ...continuationParams(exactInputResponses(mcpReq.inputResponses), state) } },
    { ...requestContextOf(instance, ctx), ...(continuation ? { background: true } : {}) },
    { signal: mcpReq.signal, deadline: instance.scope.deadline, channel },
  );
  await channel.readyForResult();
  if (outcome.kind !== 'response') return { kind: 'failed', text: failureText(outcome) };
  const response = readFunctionResponse(outcome.value, call.method, eventTypeOf(call));
  if (response.kind !== 'result' || response.resultType !== 'input_required') {
    return { kind: 'response', response, content: outcome.content, state };
  }
  const request = await requestInput(instance, call.registration, response.result, previous, binding);
  return 'refusal' in request ? { kind: 'failed', text: request.refusal } : { kind: 'inputRequired', ...request };
}

/**
 * Continues a call in the background while its client waits for the result. Each call has the timeout of the registration; the deadline
 * of the scope limits all of them together.
 */
export async function continueCall(
  instance: ServerInstance,
  ctx: ServerContext,
  call: FunctionCall,
  continuation: Continuation,
): Promise<CallResult> {
  const { signal } = ctx.mcpReq;
  const { pollIntervalMs = 0 } = continuation;
  if (Date.now() + pollIntervalMs > (instance.scope.deadline ?? Number.POSITIVE_INFINITY)) {
    return { kind: 'failed', text: 'the handler timed out: use a client that supports tasks' };
  }
  await sleep(pollIntervalMs, undefined, { signal });
  return callFunction(instance, ctx, call, continuation);
}

/** Returns what a further call of a request adds to `params` of the request event. */
export function continuationParams(inputResponses: unknown, requestState: string | undefined): JsonObject {
  return {
    ...(inputResponses === undefined ? {} : { inputResponses }),
    ...(requestState === undefined ? {} : { requestState }),
  };
}

/** Returns the text that tells the client why an invocation failed. */
export function failureText(outcome: Exclude<InvocationOutcome, { kind: 'response' }>): string {
  switch (outcome.kind) {
    case 'thrown':
      return outcome.message ? `${outcome.type}: ${outcome.message}` : outcome.type;
    case 'failed':
      return outcome.message;
    case 'timeout':
      return `no response within ${outcome.seconds} s`;
    case 'tooLarge':
      return tooLargeText(outcome);
    case 'refused':
      return refusalText(outcome);
    case 'lost':
      return `the response of the function was lost (${outcome.reason}): it may have run`;
  }
}

/** The limit that Lambda reports with `TooManyRequestsException`. */
const THROTTLES: Readonly<Record<string, string>> = {
  ReservedFunctionConcurrentInvocationLimitExceeded: 'the reserved concurrency of the function is in use; ',
  ConcurrentInvocationLimitExceeded: "the account's Lambda concurrency is in use; ",
};

const REMEDIES: Readonly<Record<string, string>> = {
  AccessDeniedException: ": its owner must let the server's role invoke it",
  InvalidParameterValueException:
    ': Lambda may be unable to assume its role; if the role was replaced, deploy the function again',
  KMSAccessDeniedException:
    ': Lambda cannot decrypt its environment; if its role was replaced, deploy the function again',
  ResourceConflictException: ': it is being updated; try again later',
  ResourceNotReadyException: ': it is being updated; try again later',
};

function refusalText({ reason, throttle = '' }: Extract<InvocationOutcome, { kind: 'refused' }>): string {
  if (reason === 'TooManyRequestsException')
    return `too many calls at once: ${THROTTLES[throttle] ?? ''}try again later`;
  return `the function cannot be invoked (${reason})${REMEDIES[reason] ?? ''}`;
}

function tooLargeText(outcome: Extract<InvocationOutcome, { kind: 'tooLarge' }>): string {
  switch (outcome.what) {
    case 'request':
      return "the arguments are larger than Lambda's limit of 6 MB";
    case 'response':
      return "the response is larger than Lambda's limit of 6 MB: request less data, or stream the response (invokeMode RESPONSE_STREAM)";
    case 'stream':
      return `the response is larger than ${formatMegabytes(outcome.bytes)}: ${streamLimitAdvice()}`;
  }
}
