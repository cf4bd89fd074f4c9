import { type Resource, type ServerContext, specTypeSchemas } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { isUnsafeLink } from '../../src/private/validation/characters.js';
import { failureText } from '../functions/call-function.js';
import { readFunctionResponse } from '../functions/function-response.js';
import { invoke } from '../functions/invoke.js';
import { withoutNulls } from '../protocol/absent-values.js';
import {
  invalidCursor,
  LIST_CACHE,
  PAGE_SIZE,
  PRIVATE_CACHE,
  pageAfter,
  readCursor,
  writeCursor,
} from '../protocol/pagination.js';
import { requestContextOf, revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import type { Catalog } from '../registry/catalog.js';
import { resourceEntry } from '../registry/list-entries.js';
import { safeResource } from '../results/safe-result.js';
import { plainResult } from '../shared/exact-message.js';
import { isObject } from '../shared/json.js';
import { log } from '../shared/log.js';

type ResourcePage = { resources: Resource[]; nextCursor?: string };

/** Lists the registered resources by id, then the resources that the handlers of listable templates return. */
export async function listResources(
  instance: ServerInstance,
  ctx: ServerContext,
  cursor: string | undefined,
): Promise<ResourcePage> {
  const visible = await instance.catalog();
  const { resources, templates } = visible;
  const listable = templates.filter((template) => template.listable);
  const position = cursor === undefined ? {} : positionOf(cursor);
  const hints = isModern(revisionOf(instance)) ? cacheHints(visible, listable) : {};
  const entries: Resource[] = [];
  if (position.template === undefined) {
    const { registrations, nextCursor } = pageAfter(resources, position.after);
    entries.push(...registrations.map(resourceEntry));
    if (nextCursor) return { resources: entries, nextCursor, ...hints };
  }
  const { template: firstId = '', cursor: firstCursor } = position;
  for (const template of listable.filter(({ id }) => id >= firstId)) {
    // do not call a handler if the page has no room for its resources
    if (entries.length >= PAGE_SIZE) {
      return { resources: entries, nextCursor: writeCursor({ template: template.id }), ...hints };
    }
    const templatePage = await listTemplate(instance, ctx, template, template.id === firstId ? firstCursor : undefined);
    for (const resource of templatePage.resources) entries.push(resource);
    if (templatePage.nextCursor !== undefined) {
      const nextCursor = writeCursor({ template: template.id, cursor: templatePage.nextCursor });
      return { resources: entries, nextCursor, ...hints };
    }
  }
  return { resources: entries, ...hints };
}

/** Where a page of `resources/list` begins: after a registered resource, or at a page of a listable template. */
interface Position {
  readonly after?: string;
  readonly template?: string;
  readonly cursor?: string;
}

function positionOf(cursor: string): Position {
  const position = readCursor(cursor);
  const allStrings = Object.values(position).every((value) => typeof value === 'string');
  if (!allStrings || (position.after === undefined) === (position.template === undefined)) throw invalidCursor();
  return position;
}

/** The resources of a listable template may depend on the caller: clients must not share or cache the list. */
function cacheHints({ full }: Catalog, listable: readonly Registration[]) {
  if (listable.length === 0) return full ? PRIVATE_CACHE : LIST_CACHE;
  return { ttlMs: 0, cacheScope: 'private' as const };
}

/** Calls the handler of a listable template for a page of resources. If it fails, the page is empty: other resources stay visible. */
async function listTemplate(
  instance: ServerInstance,
  ctx: ServerContext,
  template: Registration,
  cursor: string | undefined,
): Promise<ResourcePage> {
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
  const response = outcome.kind === 'response' ? readFunctionResponse(outcome.value, 'resources/list') : undefined;
  const value = response?.kind === 'value' ? response.value : undefined;
  const parsed = specTypeSchemas.ListResourcesResult['~standard'].validate(
    isObject(value) ? plainResult(withoutNulls({ ...value }) as JsonObject) : value,
  );
  if ('value' in parsed) {
    const { resources, nextCursor } = parsed.value as ResourcePage;
    return { resources: resources.filter(({ uri }) => !isUnsafeLink(uri)).map(safeResource), nextCursor };
  }
  log.warn('skipping a listable resource template: its handler did not return a list', {
    registration: template.id,
    reason: outcome.kind === 'response' ? 'expected { resources, nextCursor? }' : failureText(outcome),
  });
  return { resources: [] };
}
