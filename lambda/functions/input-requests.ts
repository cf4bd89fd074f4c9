import type { InputRequiredResult } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { hiddenCharacterIn, withoutHiddenCharacters } from '../../src/private/validation/characters.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { withoutReservedMeta } from '../results/safe-result.js';
import { mapValues } from '../shared/exact-json.js';
import { isObject, ownValue } from '../shared/json.js';
import { type RequestedSchemas, requestedSchemasOf } from './input-responses.js';
import { type SealedState, type SealingKeys, seal, unseal } from './seal.js';
import { ProcessKeys, SharedKeys } from './sealing-keys.js';

/** Most rounds of input requests in one request. */
const MAX_ROUNDS = 8;
/** Largest request state of a handler. */
const MAX_STATE_BYTES = 32_768;

/** Most bytes of the schemas that one result of a handler requests content with: they travel in the sealed request state. */
const MAX_SCHEMAS_BYTES = 65_536;

/** A link that the client may open in a browser. */
const WEB_ADDRESS = /^https?:\/\/[^\s/\p{Cc}\p{Cf}][^\s\p{Cc}\p{Cf}]*$/iu;

const sharedKeys = new SharedKeys();
const processKeys = new ProcessKeys();

/** The `asksClient` value that each method of an input request requires. */
const REQUIRED_FEATURE: Readonly<Record<string, 'elicitation' | 'sampling' | 'roots'>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

/** Returns what a `requestState` is bound to: the caller, the registration and the arguments. */
export function stateBindingOf({ scope }: ServerInstance, registration: Registration, params: JsonObject): unknown {
  const { name, uri, arguments: args } = params;
  return [scope.principal?.id ?? null, registration.id, name ?? uri, args ?? {}];
}

/** Opens the `requestState` of a request; undefined if it is forged, expired, or bound to another request. */
export async function openRequestState(
  instance: ServerInstance,
  sealed: string,
  binding: unknown,
): Promise<SealedState | undefined> {
  return unseal(sealed, binding, keysOf(instance));
}

/**
 * Returns the `input_required` result for a handler's input requests, or why they are refused. The SDK delivers it: a 2026 client gets
 * the result as it is; on a session, the SDK sends the requests to the client and runs the request handler again with the responses.
 */
export async function requestInput(
  instance: ServerInstance,
  registration: Registration,
  result: JsonObject,
  previous: SealedState,
  binding: unknown,
): Promise<{ readonly result: InputRequiredResult } | { readonly refusal: string }> {
  const schemas = requestedSchemasOf(result.inputRequests);
  const refusal =
    inputRequestProblem(registration, result, previous.round) ??
    schemasProblem(schemas) ??
    missingSessionProblem(instance);
  if (refusal !== undefined) return { refusal };
  const state = result.requestState as string | undefined;
  const { inputRequests, _meta } = withoutReservedMeta(result);
  const requestState = await seal({ round: previous.round + 1, state, schemas }, binding, keysOf(instance));
  const optional = {
    ...(isObject(inputRequests) ? { inputRequests: safeInputRequests(inputRequests) } : {}),
    ...(_meta ? { _meta } : {}),
  } as Partial<InputRequiredResult>;
  return { result: { resultType: 'input_required', ...optional, requestState } };
}

/** Returns valid input requests without the keys of `_meta` that MCP reserves, and without hidden characters in what the user is asked. */
export function safeInputRequests(inputRequests: JsonObject): JsonObject {
  return mapValues(inputRequests, (_, request) => {
    if (!isObject(request) || !isObject(request.params)) return request;
    const params = withoutHiddenMessage(withoutReservedMeta(request.params));
    return params === request.params ? request : { ...request, params };
  });
}

function withoutHiddenMessage(params: JsonObject): JsonObject {
  if (typeof params.message !== 'string' || hiddenCharacterIn(params.message) === undefined) return params;
  return { ...params, message: withoutHiddenCharacters(params.message) };
}

/**
 * Returns why the input requests of a handler are refused; undefined if they are valid.
 *
 * @param rounds the rounds of input requests that this request has had
 */
export function inputRequestProblem(
  { event, asksClient = [] }: Registration,
  { inputRequests, requestState }: JsonObject,
  rounds: number,
): string | undefined {
  if (event?.type !== 'request') {
    return 'the handler requested input, which requires the event type "request": with any other event it cannot receive the input responses';
  }
  if (inputRequests !== undefined && !isObject(inputRequests)) {
    return 'the handler returned invalid inputRequests: expected an object';
  }
  const entries = Object.entries(inputRequests ?? {});
  for (const [key, request] of entries) {
    const problem = singleRequestProblem(request, asksClient);
    if (problem) return `input request ${JSON.stringify(key)} of the handler ${problem}`;
  }
  if (entries.length === 0 && requestState === undefined) {
    return 'the handler returned input_required with neither inputRequests nor requestState';
  }
  const stateProblem = requestStateProblem(requestState);
  if (stateProblem !== undefined) return stateProblem;
  return rounds >= MAX_ROUNDS ? `the handler requested input more than ${MAX_ROUNDS} times in one request` : undefined;
}

/** Returns why the schemas of input requests cannot travel in the sealed request state; undefined if they can. */
function schemasProblem(schemas: RequestedSchemas): string | undefined {
  if (Buffer.byteLength(JSON.stringify(schemas)) <= MAX_SCHEMAS_BYTES) return undefined;
  return `the requestedSchemas of the handler are too large: expected at most ${MAX_SCHEMAS_BYTES} bytes together`;
}

/** Returns why the request state of a handler is refused; undefined if it is valid. */
export function requestStateProblem(requestState: unknown): string | undefined {
  if (requestState === undefined) return undefined;
  if (typeof requestState !== 'string') return 'the handler returned an invalid requestState: expected a string';
  if (Buffer.byteLength(requestState) <= MAX_STATE_BYTES) return undefined;
  return `the handler returned an invalid requestState: expected at most ${MAX_STATE_BYTES} bytes`;
}

/** Returns the keys that seal request state: it passes through a 2026 client, or stays in this process. */
function keysOf(instance: ServerInstance): SealingKeys {
  return isModern(revisionOf(instance)) ? sharedKeys : processKeys;
}

function missingSessionProblem(instance: ServerInstance): string | undefined {
  const { transport, sessionId } = instance.scope;
  if (transport === 'http' && sessionId === undefined && !isModern(revisionOf(instance))) {
    return 'input requests require a session for 2025 clients: initialize and send the Mcp-Session-Id header of the response (if there is none, sessions are off on this server), connect over /sse, or use protocol revision 2026-07-28';
  }
  return undefined;
}

function singleRequestProblem(
  request: unknown,
  asksClient: NonNullable<Registration['asksClient']>,
): string | undefined {
  const method = isObject(request) ? request.method : undefined;
  const feature = typeof method === 'string' ? ownValue(REQUIRED_FEATURE, method) : undefined;
  if (!feature) return `has an unsupported method: expected one of ${Object.keys(REQUIRED_FEATURE).join(', ')}`;
  if (!asksClient.includes(feature)) {
    return `uses ${method}, which the registration does not declare: add "${feature}" to asksClient`;
  }
  const { params } = request as JsonObject;
  if (feature !== 'roots' && !isObject(params)) return `uses ${method} without params`;
  if (isObject(params) && params.mode === 'url' && !WEB_ADDRESS.test(String(params.url))) {
    return `uses ${method} with a url that is not an https: or http: URL`;
  }
  return undefined;
}
