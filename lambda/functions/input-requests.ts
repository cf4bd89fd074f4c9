import type { InputRequiredResult } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { isObject } from '../shared/json.js';
import { open, type SealedState, type SealingKeys, seal } from './seal.js';
import { ProcessKeys, SharedKeys } from './sealing-keys.js';

/** Most times that one call may ask. */
const MAX_ROUNDS = 8;
/** Largest state of its own that a function may have kept for it. */
export const MAX_STATE_BYTES = 32_768;

const shared = new SharedKeys();
const local = new ProcessKeys();

/** What a registration has to declare before its function may ask for it. */
const ASKS: Readonly<Record<string, 'elicitation' | 'sampling' | 'roots'>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

/** What a `requestState` is bound to, so that it serves no other caller, registration or arguments. */
export function stateBindingOf({ scope }: ServerInstance, registration: Registration, params: JsonObject): unknown {
  const { name, uri, arguments: given } = params;
  return [scope.principal?.id ?? null, registration.id, name ?? uri, given ?? {}];
}

/** Where the state of a call goes: through the client to any of our processes, or round the loop of this one. */
function keysOf(instance: ServerInstance): SealingKeys {
  return isModern(revisionOf(instance)) ? shared : local;
}

/** Opens the `requestState` that came with a request; undefined where it is not ours, not for this call or too old. */
export async function openRequestState(
  instance: ServerInstance,
  sealed: string,
  binding: unknown,
): Promise<SealedState | undefined> {
  return open(sealed, binding, keysOf(instance));
}

/**
 * The question that goes to the client for a function's `input_required`, or why it may not. The SDK does the rest: a
 * 2026 client gets the result as it is; on a session it makes the real requests and calls the handler again.
 */
export async function requestInput(
  instance: ServerInstance,
  registration: Registration,
  result: JsonObject,
  previous: SealedState,
  binding: unknown,
): Promise<{ readonly result: InputRequiredResult } | { readonly refusal: string }> {
  const refusal = inputRequestProblem(registration, result, previous.round) ?? unreachable(instance);
  if (refusal !== undefined) return { refusal };
  const state = result.requestState as string | undefined;
  const requestState = await seal({ round: previous.round + 1, state }, binding, keysOf(instance));
  const { inputRequests, _meta } = result as Partial<InputRequiredResult>;
  const optional = { ...(inputRequests ? { inputRequests } : {}), ...(_meta ? { _meta } : {}) };
  return { result: { resultType: 'input_required', ...optional, requestState } };
}

/** Why a function may not ask what it asks, or not once more. */
export function inputRequestProblem(
  { payload, asksClient = [] }: Registration,
  { inputRequests, requestState }: JsonObject,
  rounds: number,
): string | undefined {
  if (payload !== 'REQUEST') {
    return 'the function asked the client, but with payload ARGUMENTS it could never see the answer: register it with payload REQUEST';
  }
  if (inputRequests !== undefined && !isObject(inputRequests)) return 'inputRequests of the function is not an object';
  const questions = Object.entries(inputRequests ?? {});
  for (const [key, question] of questions) {
    const problem = questionProblem(question, asksClient);
    if (problem) return `input request ${JSON.stringify(key)} of the function ${problem}`;
  }
  if (requestState !== undefined && typeof requestState !== 'string')
    return 'requestState of the function is not a string';
  if (questions.length === 0 && requestState === undefined) {
    return 'the function answered input_required with neither inputRequests nor requestState';
  }
  if (Buffer.byteLength(requestState ?? '') > MAX_STATE_BYTES) {
    return `requestState of the function is larger than ${MAX_STATE_BYTES} bytes`;
  }
  return rounds >= MAX_ROUNDS ? `the function asked ${MAX_ROUNDS} times without coming to an end` : undefined;
}

/** Why the client cannot be asked anything. */
function unreachable(instance: ServerInstance): string | undefined {
  const { transport, sessionId } = instance.scope;
  if (transport === 'http' && sessionId === undefined && !isModern(revisionOf(instance))) {
    return 'this asks the client for input, which a 2025 client without a session cannot be: initialize and send the Mcp-Session-Id of the answer (if there is none, sessions are off on this server), connect over /sse, or with protocol revision 2026-07-28';
  }
  return undefined;
}

function questionProblem(question: unknown, asksClient: NonNullable<Registration['asksClient']>): string | undefined {
  const method = isObject(question) ? question.method : undefined;
  const needed = typeof method === 'string' ? ASKS[method] : undefined;
  if (!needed) return `has a method that is none of ${Object.keys(ASKS).join(', ')}`;
  if (!asksClient.includes(needed))
    return `is ${method}, which the registration does not declare: add "${needed}" to asksClient`;
  if (needed !== 'roots' && !isObject((question as JsonObject).params)) return `is ${method} without params`;
  return undefined;
}
