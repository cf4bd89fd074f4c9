import type { CompleteRequest, ServerContext } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { functionError, readFunctionResponse } from '../functions/function-response.js';
import { invoke } from '../functions/invoke.js';
import { internalError, invalidParams, withSafeErrors } from '../protocol/errors.js';
import { requestContextOf, type ServerInstance } from '../protocol/request-scope.js';
import type { Catalog } from '../registry/catalog.js';
import { isObject } from '../shared/json.js';

/** Most values of one answer: the protocol's limit. */
const MAX_VALUES = 100;

type Completion = { values: string[]; total?: number; hasMore?: boolean };

/** Serves `completion/complete`: from the registration's own values, or by its completion function; never by any other. */
export function serveCompletions(instance: ServerInstance): void {
  instance.server.setRequestHandler(
    'completion/complete',
    withSafeErrors(async ({ params }, ctx) => {
      const registration = referenced(await instance.catalog(), params.ref);
      const values = registration.completions?.[params.argument.name];
      if (values) return { completion: matching(values, params.argument.value) };
      if (!registration.completionHandler) return { completion: { values: [] } };
      return { completion: await byFunction(instance, ctx, registration, params) };
    }),
  );
}

function referenced({ prompts, resources, templates }: Catalog, ref: CompleteRequest['params']['ref']): Registration {
  const found =
    ref.type === 'ref/prompt'
      ? prompts.find(({ name }) => name === ref.name)
      : (templates.find(({ uriTemplate }) => uriTemplate === ref.uri) ?? resources.find(({ uri }) => uri === ref.uri));
  if (found) return found;
  throw invalidParams(
    ref.type === 'ref/prompt' ? `unknown prompt: ${ref.name}` : `unknown resource template: ${ref.uri}`,
  );
}

function matching(values: readonly string[], typed: string): Completion {
  return limited(values.filter((value) => value.toLowerCase().startsWith(typed.toLowerCase())));
}

async function byFunction(
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
  const answer = outcome.kind === 'response' ? readFunctionResponse(outcome.value) : undefined;
  if (answer?.kind === 'error') throw functionError(answer);
  const value = answer?.kind === 'value' ? answer.value : undefined;
  const { values, total, hasMore } = (isObject(value) ? value : { values: value }) as Record<string, unknown>;
  if (!Array.isArray(values) || !values.every((each) => typeof each === 'string')) {
    throw internalError('the completion function failed');
  }
  return limited(values, Number.isInteger(total) ? (total as number) : undefined, hasMore === true);
}

function limited(values: readonly string[], total?: number, hasMore?: boolean): Completion {
  const known = total ?? (hasMore ? undefined : values.length);
  return {
    values: values.slice(0, MAX_VALUES),
    ...(known === undefined ? {} : { total: known }),
    hasMore: hasMore || values.length > MAX_VALUES || (known ?? 0) > Math.min(values.length, MAX_VALUES),
  };
}
