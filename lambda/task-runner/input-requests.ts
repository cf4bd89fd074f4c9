import { MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import type { FunctionResponse } from '../functions/function-response.js';
import { inputRequestProblem, safeInputRequests } from '../functions/input-requests.js';
import { isObject, ownValue } from '../shared/json.js';
import type { TaskRecord } from '../tasks/record.js';
import type { TaskChange } from '../tasks/store.js';

/**
 * Reads the input requests of a function response as a change to the task, or the reason why they are refused; undefined if there are
 * none. Throws if the client did not declare the capability that an input request needs.
 */
export function readTaskInputRequests(
  { rounds }: TaskRecord,
  tool: Registration,
  response: FunctionResponse,
  capabilities: JsonObject | undefined,
): { readonly change: TaskChange } | { readonly refusal: string } | undefined {
  if (response.kind !== 'result' || response.resultType !== 'input_required') return undefined;
  const refusal = inputRequestProblem(tool, response.result, rounds);
  if (refusal !== undefined) return { refusal };
  const inputRequests = (response.result.inputRequests ?? {}) as Record<string, JsonObject>;
  if (Object.keys(inputRequests).length === 0) {
    return {
      refusal:
        'the function returned input_required without inputRequests: in a task, return resultType "task" instead',
    };
  }
  for (const inputRequest of Object.values(inputRequests)) requireCapability(inputRequest, capabilities);
  const round = rounds + 1;
  return {
    change: {
      rounds: round,
      state: response.result.requestState as string | undefined,
      inputRequests: renameKeys(safeInputRequests(inputRequests), (key) => prefix(round) + key),
      inputResponses: undefined,
      statusMessage: undefined,
      pollIntervalMs: undefined,
      notBefore: undefined,
    },
  };
}

/** The input responses of the client, with the handler's own keys. */
export function inputResponsesOf({ rounds, inputResponses = {} }: TaskRecord): JsonObject {
  return renameKeys(inputResponses, (key) => key.slice(prefix(rounds).length));
}

/** Key prefix of a round. A task must never reuse a key, but a handler may use the same keys in each round. */
const prefix = (round: number) => `${round}-`;

function renameKeys(object: JsonObject, rename: (key: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));
}

function requireCapability({ method, params }: JsonObject, capabilities: JsonObject = {}): void {
  const required = requiredFor(String(method), isObject(params) && params.mode === 'url');
  for (const [name, part] of Object.entries(required)) {
    const declared = ownValue(capabilities, name);
    if (isObject(declared) && Object.keys(part).every((key) => isObject(declared[key]))) continue;
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: required } as never);
  }
}

function requiredFor(method: string, urlMode: boolean): Record<string, JsonObject> {
  if (method === 'elicitation/create') return { elicitation: urlMode ? { url: {} } : {} };
  return method === 'roots/list' ? { roots: {} } : { sampling: {} };
}
