import type { CompleteRequest, ServerContext } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { hiddenCharacterIn } from '../../src/private/validation/characters.js';
import { failureText } from '../functions/call-function.js';
import { functionError, readFunctionResponse } from '../functions/function-response.js';
import { invoke } from '../functions/invoke.js';
import { internalError, invalidParams, withSafeErrors } from '../protocol/errors.js';
import { requestContextOf, type ServerInstance } from '../protocol/request-scope.js';
import type { Catalog } from '../registry/catalog.js';
import { plainTwin, simplestNumber } from '../shared/exact-json.js';
import { isObject, ownValue } from '../shared/json.js';

/** MCP's limit for the values of one completion. */
const MAX_VALUES = 100;

type Completion = { values: string[]; total?: number; hasMore?: boolean };

/** Serves `completion/complete` from the registered values, or by the completion handler of the registration. */
export function serveCompletions(instance: ServerInstance): void {
  instance.server.setRequestHandler(
    'completion/complete',
    withSafeErrors(async ({ params }, ctx) => {
      const registration = findReferenced(await instance.catalog(), params.ref);
      const values = ownValue(registration.completions ?? {}, params.argument.name);
      if (values) return { completion: completeFrom(values, params.argument.value) };
      if (!registration.completionHandler) return { completion: { values: [] } };
      return { completion: await callCompletionHandler(instance, ctx, registration, params) };
    }),
  );
}

function findReferenced(
  { prompts, resources, templates }: Catalog,
  ref: CompleteRequest['params']['ref'],
): Registration {
  const registration =
    ref.type === 'ref/prompt'
      ? prompts.find(({ name }) => name === ref.name)
      : (templates.find(({ uriTemplate }) => uriTemplate === ref.uri) ?? resources.find(({ uri }) => uri === ref.uri));
  if (registration) return registration;
  throw invalidParams(
    ref.type === 'ref/prompt' ? `unknown prompt: ${ref.name}` : `unknown resource template: ${ref.uri}`,
  );
}

function completeFrom(values: readonly string[], prefix: string): Completion {
  return toCompletion(values.filter((value) => value.toLowerCase().startsWith(prefix.toLowerCase())));
}

async function callCompletionHandler(
  instance: ServerInstance,
  ctx: ServerContext,
  registration: Registration,
  { ref, argument, context }: CompleteRequest['params'],
): Promise<Completion> {
  const outcome = await invoke(
    {
      registration,
      functionArn: registration.completionHandler!,
      method: 'completion/complete',
      target: registration.name,
      params: { ref, argument, ...(context ? { context } : {}) },
    },
    requestContextOf(instance, ctx),
    { signal: ctx.mcpReq.signal, deadline: instance.scope.deadline },
  );
  if (outcome.kind !== 'response') throw completionFailed(failureText(outcome));
  const response = readFunctionResponse(outcome.value, 'completion/complete');
  if (response.kind === 'error') throw functionError(response);
  const value = response.kind === 'value' ? response.value : undefined;
  const { values, total, hasMore } = isObject(value) ? value : { values: value };
  if (!Array.isArray(values) || !values.every((each) => typeof each === 'string')) {
    throw completionFailed('it did not return a list of texts');
  }
  const knownTotal = Number.isInteger(plainTwin(total)) ? (simplestNumber(total) as number) : undefined;
  // without the hidden characters, a value would be another argument
  const shown = values.filter((each) => hiddenCharacterIn(each) === undefined);
  return toCompletion(shown, knownTotal, hasMore === true);
}

function completionFailed(reason: string): Error {
  return internalError(`the completion handler failed: ${reason}`);
}

/** @param total may be an exact number */
function toCompletion(values: readonly string[], total?: number, hasMore?: boolean): Completion {
  const knownTotal = total ?? (hasMore ? undefined : values.length);
  return {
    values: values.slice(0, MAX_VALUES),
    ...(knownTotal === undefined ? {} : { total: knownTotal }),
    hasMore: hasMore || values.length > MAX_VALUES || plainTwin(knownTotal ?? 0) > Math.min(values.length, MAX_VALUES),
  };
}
