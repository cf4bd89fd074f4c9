import {
  type InputRequiredResult,
  type ReadResourceResult,
  ResourceNotFoundError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { MAX_RESULT_BYTES, megabytes } from '../results/limits.js';
import { guarded, internalError } from './errors.js';
import { type Conversation, isModern, revisionOf } from './exchange.js';
import { listedTemplate } from './listing.js';
import { page } from './pagination.js';
import { perform } from './perform.js';
import { listResources } from './resource-list.js';
import { resourceResult } from './resource-result.js';
import { matchTemplate, type UriVariables } from './uri-template.js';

/** Serves `resources/list`, `resources/templates/list` and `resources/read`. */
export function serveResources(conversation: Conversation): void {
  const { server, catalog } = conversation;
  server.setRequestHandler(
    'resources/list',
    guarded(({ params }, ctx) => listResources(conversation, ctx, params?.cursor)),
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
  if (performed.content?.length) {
    throw internalError('the resource cannot be read: its function streams content, which is for tools and prompts');
  }
  const result = resourceResult(performed.answer, uri, registration);
  refuseTooLarge(result);
  const { cache } = registration;
  if (!cache || !isModern(revisionOf(conversation))) return result;
  return { ttlMs: cache.ttlSeconds * 1000, cacheScope: cache.scope, ...result };
}

/** Unlike results of tools and prompts, contents of a resource cannot be a link. */
function refuseTooLarge({ contents }: ReadResourceResult): void {
  const bytes = contents.reduce(
    (sum, each) => sum + ('text' in each ? Buffer.byteLength(each.text) : each.blob.length),
    0,
  );
  if (bytes > MAX_RESULT_BYTES) {
    throw internalError(
      `the resource has ${megabytes(bytes)}, more than the ${megabytes(MAX_RESULT_BYTES)} that can be sent`,
    );
  }
}
