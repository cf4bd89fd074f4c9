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
import { megabytes, streamAdvice } from '../results/limits.js';
import { clientChannelOf } from './client-channel.js';
import type { Continuation } from './continuation.js';
import type { FunctionCall } from './event.js';
import { type FunctionResponse, readFunctionResponse } from './function-response.js';
import { openRequestState, requestInput, stateBindingOf } from './input-requests.js';
import { type InvocationOutcome, invoke } from './invoke.js';

/** What a call came to: something to answer with, a question to the client, or a failure that has a text. */
export type CallResult =
  | {
      readonly kind: 'response';
      readonly answer: FunctionResponse;
      /** What a function that streams gave before it. */
      readonly content?: readonly ContentBlock[];
      /** The function's own value that it was called with. */
      readonly state?: string;
    }
  | { readonly kind: 'inputRequired'; readonly result: InputRequiredResult }
  | {
      readonly kind: 'failed';
      readonly text: string /** The text is the function's own. */;
      readonly thrown?: boolean;
    };

/**
 * Calls the function of a tool, prompt or resource, in whichever round of asking the client it is. `background`: what it said when
 * it asked to be called again.
 */
export async function callFunction(
  instance: ServerInstance,
  ctx: ServerContext,
  call: FunctionCall,
  background?: Continuation,
): Promise<CallResult> {
  const { mcpReq } = ctx;
  const binding = stateBindingOf(instance, call.registration, call.params);
  const sealed = mcpReq.requestState();
  const previous = sealed === undefined ? { round: 0 } : await openRequestState(instance, String(sealed), binding);
  if (!previous) {
    const reason = { reason: 'invalid_request_state' };
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'invalid or expired requestState', reason);
  }
  const live = clientChannelOf(instance, ctx);
  const state = background?.state ?? previous.state;
  const outcome = await invoke(
    { ...call, params: { ...call.params, ...continuationParams(mcpReq.inputResponses, state) } },
    { ...requestContextOf(instance, ctx), ...(background ? { background: true } : {}) },
    { signal: mcpReq.signal, deadline: instance.scope.deadline, live },
  );
  await live.settled();
  if (outcome.kind !== 'response') {
    return { kind: 'failed', text: failureText(outcome), thrown: outcome.kind === 'thrown' };
  }
  const answer = readFunctionResponse(outcome.value);
  if (answer.kind !== 'result' || answer.resultType === 'complete' || wantsAgain(call, answer.resultType)) {
    return { kind: 'response', answer, content: outcome.content, state };
  }
  if (answer.resultType !== 'input_required') {
    return {
      kind: 'failed',
      text: `the function answered with resultType ${JSON.stringify(answer.resultType)}, which is not served here`,
    };
  }
  const question = await requestInput(instance, call.registration, answer.result, previous, binding);
  return 'refusal' in question ? { kind: 'failed', text: question.refusal } : { kind: 'inputRequired', ...question };
}

/**
 * Calls a function again that asked to be called in the background, for a client that can only wait. Each call has the timeout of the
 * registration; what ends them all is the end of the scope.
 */
export async function continueCall(
  instance: ServerInstance,
  ctx: ServerContext,
  call: FunctionCall,
  again: Continuation,
): Promise<CallResult> {
  const { signal } = ctx.mcpReq;
  const { pollIntervalMs = 0 } = again;
  if (Date.now() + pollIntervalMs > (instance.scope.deadline ?? Number.POSITIVE_INFINITY)) {
    return { kind: 'failed', text: 'the function has not come to an end in time: it takes a client with tasks' };
  }
  await sleep(pollIntervalMs, undefined, { signal });
  return callFunction(instance, ctx, call, again);
}

function wantsAgain({ method }: FunctionCall, resultType: string): boolean {
  return method === 'tools/call' && resultType === 'task';
}

/** What `params` of a REQUEST event have beside those of the first call. */
export function continuationParams(inputResponses: unknown, requestState: string | undefined): JsonObject {
  return {
    ...(inputResponses === undefined ? {} : { inputResponses }),
    ...(requestState === undefined ? {} : { requestState }),
  };
}

/** What a client reads of a call that brought no answer. */
export function failureText(outcome: Exclude<InvocationOutcome, { kind: 'response' }>): string {
  switch (outcome.kind) {
    case 'thrown':
      return outcome.message ? `${outcome.type}: ${outcome.message}` : outcome.type;
    case 'failed':
      return outcome.message;
    case 'timeout':
      return `no answer within ${outcome.seconds} s`;
    case 'tooLarge':
      return tooLargeText(outcome);
    case 'refused':
      return outcome.reason === 'TooManyRequestsException'
        ? 'too many calls at once: try again later'
        : `the function cannot be invoked (${outcome.reason})`;
  }
}

function tooLargeText(outcome: Extract<InvocationOutcome, { kind: 'tooLarge' }>): string {
  switch (outcome.what) {
    case 'request':
      return 'the arguments are larger than the 6 MB that Lambda takes';
    case 'response':
      return 'the answer is larger than the 6 MB that Lambda delivers at once: ask for less, or have the function stream (invokeMode RESPONSE_STREAM)';
    case 'stream':
      return `the answer is larger than ${megabytes(outcome.bytes)}: ${streamAdvice()}`;
  }
}
