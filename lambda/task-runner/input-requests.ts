import { MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import type { FunctionResponse } from '../functions/function-response.js';
import { inputRequestProblem } from '../functions/input-requests.js';
import { isObject } from '../shared/json.js';
import type { TaskRecord } from '../tasks/record.js';
import type { TaskChange } from '../tasks/store.js';

/**
 * The questions of a function, as they are kept for its client, or why it may not ask them; undefined where it asks nothing. Throws
 * what the extension has for a client that did not declare that it can be asked.
 */
export function readTaskInputRequests(
  { rounds }: TaskRecord,
  tool: Registration,
  answer: FunctionResponse,
  capabilities: JsonObject | undefined,
): { readonly change: TaskChange } | { readonly refusal: string } | undefined {
  if (answer.kind !== 'result' || answer.resultType !== 'input_required') return undefined;
  const refusal = inputRequestProblem(tool, answer.result, rounds);
  if (refusal !== undefined) return { refusal };
  const questions = (answer.result.inputRequests ?? {}) as Record<string, JsonObject>;
  if (Object.keys(questions).length === 0) {
    return {
      refusal: 'the function answered input_required without inputRequests: in a task, answer resultType "task"',
    };
  }
  for (const question of Object.values(questions)) requireCapability(question, capabilities);
  const round = rounds + 1;
  return {
    change: {
      rounds: round,
      state: answer.result.requestState as string | undefined,
      inputRequests: keyed(questions, (key) => prefix(round) + key),
      inputResponses: undefined,
      statusMessage: undefined,
      pollIntervalMs: undefined,
      notBefore: undefined,
    },
  };
}

/** What the client answered, by the function's own keys. */
export function inputResponsesOf({ rounds, inputResponses = {} }: TaskRecord): JsonObject {
  return keyed(inputResponses, (key) => key.slice(prefix(rounds).length));
}

/** A key must not come back for another question as long as the task lives; functions may say the same in each round. */
const prefix = (round: number) => `${round}-`;

function keyed(object: JsonObject, rename: (key: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));
}

function requireCapability({ method, params }: JsonObject, capabilities: JsonObject = {}): void {
  const required = requiredFor(String(method), isObject(params) && params.mode === 'url');
  for (const [name, part] of Object.entries(required)) {
    const declared = capabilities[name];
    if (isObject(declared) && Object.keys(part).every((key) => isObject(declared[key]))) continue;
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: required } as never);
  }
}

function requiredFor(method: string, byUrl: boolean): Record<string, JsonObject> {
  if (method === 'elicitation/create') return { elicitation: byUrl ? { url: {} } : {} };
  return method === 'roots/list' ? { roots: {} } : { sampling: {} };
}
