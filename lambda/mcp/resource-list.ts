import { type Resource, type ServerContext, specTypeSchemas } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { readFunctionResponse } from '../functions/function-response.js';
import { invoke } from '../functions/invoke.js';
import { invalidCursor, LIST_CACHE, PAGE_SIZE, pageAfter, readCursor, writeCursor } from '../protocol/pagination.js';
import { requestContextOf, revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { listedResource } from '../registry/list-entries.js';
import { isObject } from '../shared/json.js';
import { log } from '../shared/log.js';

/** The registered resources by id, and after them what each listable template's function lists. */
export async function listResources(
  instance: ServerInstance,
  ctx: ServerContext,
  cursor: string | undefined,
): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const { resources, templates } = await instance.catalog();
  const listable = templates.filter((template) => template.listable);
  const position = cursor === undefined ? {} : positionIn(cursor);
  const hints = isModern(revisionOf(instance)) ? cacheHints(listable) : {};
  const shown: Resource[] = [];
  if (position.template === undefined) {
    const { registrations, nextCursor } = pageAfter(resources, position.after);
    shown.push(...registrations.map(listedResource));
    if (nextCursor) return { resources: shown, nextCursor, ...hints };
  }
  const { template: from = '', cursor: resumed } = position;
  for (const template of listable.filter(({ id }) => id >= from)) {
    const resume = template.id === from ? resumed : undefined;
    // a page with something on it need not wait for a function that it has no room for
    if (shown.length >= PAGE_SIZE)
      return { resources: shown, nextCursor: writeCursor({ template: template.id }), ...hints };
    const listed = await listTemplate(instance, ctx, template, resume);
    shown.push(...listed.resources);
    if (listed.nextCursor !== undefined) {
      const nextCursor = writeCursor({ template: template.id, cursor: listed.nextCursor });
      return { resources: shown, nextCursor, ...hints };
    }
  }
  return { resources: shown, ...hints };
}

/** Where in `resources/list` a page begins: after a registered resource, or at a page of a template's function. */
interface Position {
  readonly after?: string;
  readonly template?: string;
  readonly cursor?: string;
}

function positionIn(cursor: string): Position {
  const position = readCursor(cursor);
  const texts = Object.values(position).every((value) => typeof value === 'string');
  if (!texts || (position.after === undefined) === (position.template === undefined)) throw invalidCursor();
  return position;
}

/** What a function lists may depend on the caller. */
function cacheHints(listable: readonly Registration[]) {
  return listable.length === 0 ? LIST_CACHE : { ttlMs: 0, cacheScope: 'private' as const };
}

/**
 * A page of the resources behind a listable template, as its function lists them. A function that fails is logged and
 * lists nothing: the other resources stay visible.
 */
async function listTemplate(
  instance: ServerInstance,
  ctx: ServerContext,
  template: Registration,
  cursor: string | undefined,
): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const outcome = await invoke(
    {
      registration: template,
      functionArn: template.lambdaArn,
      method: 'resources/list',
      target: template.name,
      params: cursor === undefined ? {} : { cursor },
    },
    requestContextOf(instance, ctx),
    { signal: ctx.mcpReq.signal, deadline: instance.scope.deadline },
  );
  const answer = outcome.kind === 'response' ? readFunctionResponse(outcome.value) : undefined;
  const value = answer?.kind === 'value' ? answer.value : answer?.kind === 'result' ? answer.result : undefined;
  const parsed = specTypeSchemas.ListResourcesResult['~standard'].validate(isObject(value) ? { ...value } : value);
  if ('value' in parsed) {
    const { resources, nextCursor } = parsed.value as { resources: Resource[]; nextCursor?: string };
    return { resources, nextCursor };
  }
  log.warn('the function of a listable resource template listed nothing', {
    registration: template.id,
    reason: outcome.kind === 'response' ? 'its answer is not { resources, nextCursor }' : outcome.kind,
  });
  return { resources: [] };
}
