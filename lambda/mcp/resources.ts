import {
  type InputRequiredResult,
  type ReadResourceResult,
  type Resource,
  ResourceNotFoundError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { guarded, internalError } from './errors.js';
import { type Conversation, isModern, revisionOf } from './exchange.js';
import { listedResource, listedTemplate } from './listing.js';
import { invalidCursor, LIST_CACHE, PAGE_SIZE, page, pageAfter, readCursor, writeCursor } from './pagination.js';
import { perform } from './perform.js';
import { resourceResult } from './resource-result.js';
import { listTemplate } from './template-list.js';
import { matchTemplate, type UriVariables } from './uri-template.js';

/** Serves `resources/list`, `resources/templates/list` and `resources/read`. */
export function serveResources(conversation: Conversation): void {
  const { server, catalog } = conversation;
  server.setRequestHandler(
    'resources/list',
    guarded(({ params }, ctx) => list(conversation, ctx, params?.cursor)),
  );
  server.setRequestHandler(
    'resources/templates/list',
    guarded(async ({ params }) => {
      const { registrations, nextCursor } = page((await catalog()).templates, params?.cursor);
      return { resourceTemplates: registrations.map(listedTemplate), ...(nextCursor ? { nextCursor } : {}) };
    }),
  );
  server.setRequestHandler(
    'resources/read',
    guarded(async ({ params: { uri } }, ctx) => {
      const { resources, templates } = await catalog();
      const exact = resources.find((resource) => resource.uri === uri);
      const match = exact ? { registration: exact, variables: {} } : matchTemplate(templates, uri);
      if (!match) throw new ResourceNotFoundError(uri);
      return read(conversation, ctx, uri, match.registration, match.variables);
    }),
  );
}

async function read(
  conversation: Conversation,
  ctx: ServerContext,
  uri: string,
  registration: Registration,
  variables: UriVariables,
): Promise<ReadResourceResult | InputRequiredResult> {
  const performed = await perform(conversation, ctx, {
    registration,
    functionArn: registration.lambdaArn,
    method: 'resources/read',
    target: uri,
    arguments: { uri, variables },
    params: { uri, variables },
  });
  if (performed.kind === 'asks') return performed.result;
  if (performed.kind === 'failed') {
    throw internalError(`the resource cannot be read: ${performed.thrown ? 'its function failed' : performed.text}`);
  }
  const result = resourceResult(performed.answer, uri, registration);
  const { cache } = registration;
  if (!cache || !isModern(revisionOf(conversation))) return result;
  return { ttlMs: cache.ttlSeconds * 1000, cacheScope: cache.scope, ...result };
}

/** The registered resources by id, and after them what each listable template's function lists. */
async function list(
  conversation: Conversation,
  ctx: ServerContext,
  cursor: string | undefined,
): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const { resources, templates } = await conversation.catalog();
  const listable = templates.filter((template) => template.listable);
  const position = cursor === undefined ? {} : readCursor(cursor);
  const hints = isModern(revisionOf(conversation)) ? cacheHints(listable) : {};
  const shown: Resource[] = [];
  if (position.template === undefined) {
    const { registrations, nextCursor } = pageAfter(resources, afterIn(position, cursor));
    shown.push(...registrations.map(listedResource));
    if (nextCursor) return { resources: shown, nextCursor, ...hints };
  }
  let inner = typeof position.cursor === 'string' ? position.cursor : undefined;
  const from = typeof position.template === 'string' ? position.template : '';
  for (const template of listable.filter(({ id }) => id >= from)) {
    const resume = template.id === from ? inner : undefined;
    inner = undefined;
    // a page with something on it need not wait for a function that it has no room for
    if (shown.length >= PAGE_SIZE)
      return { resources: shown, nextCursor: writeCursor({ template: template.id }), ...hints };
    const listed = await listTemplate(conversation, ctx, template, resume);
    shown.push(...listed.resources);
    if (listed.nextCursor !== undefined) {
      const nextCursor = writeCursor({ template: template.id, cursor: listed.nextCursor });
      return { resources: shown, nextCursor, ...hints };
    }
  }
  return { resources: shown, ...hints };
}

function afterIn({ after }: JsonObject, cursor: string | undefined): string | undefined {
  if (cursor !== undefined && typeof after !== 'string') throw invalidCursor();
  return after as string | undefined;
}

/** What a function lists may depend on the caller. */
function cacheHints(listable: readonly Registration[]) {
  return listable.length === 0 ? LIST_CACHE : { ttlMs: 0, cacheScope: 'private' as const };
}
