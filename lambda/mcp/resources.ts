import {
  type InputRequiredResult,
  type ReadResourceResult,
  ResourceNotFoundError,
  type ServerContext,
  specTypeSchemas,
} from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { callFunction } from '../functions/call-function.js';
import { type FunctionResponse, functionError } from '../functions/function-response.js';
import { internalError, withSafeErrors } from '../protocol/errors.js';
import { page } from '../protocol/pagination.js';
import { type ResourceSubscriptions, revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { listedTemplate } from '../registry/list-entries.js';
import { MAX_RESULT_BYTES, megabytes } from '../results/limits.js';
import { isObject } from '../shared/json.js';
import { listResources } from './resource-list.js';
import { matchTemplate, type UriVariables } from './uri-template.js';

/** Serves `resources/list`, `resources/templates/list` and `resources/read`. */
export function serveResources(instance: ServerInstance): void {
  const { server, catalog } = instance;
  server.setRequestHandler(
    'resources/list',
    withSafeErrors(({ params }, ctx) => listResources(instance, ctx, params?.cursor)),
  );
  server.setRequestHandler(
    'resources/templates/list',
    withSafeErrors(async ({ params }) => {
      const { registrations, nextCursor } = page((await catalog()).templates, params?.cursor);
      return { resourceTemplates: registrations.map(listedTemplate), ...(nextCursor ? { nextCursor } : {}) };
    }),
  );
  server.setRequestHandler(
    'resources/read',
    withSafeErrors(async ({ params: { uri } }, ctx) => {
      const { resources, templates } = await catalog();
      const exact = resources.find((resource) => resource.uri === uri);
      const match = exact ? { registration: exact, variables: {} } : matchTemplate(templates, uri);
      if (!match) throw new ResourceNotFoundError(uri);
      return read(instance, ctx, uri, match.registration, match.variables);
    }),
  );
}

async function read(
  instance: ServerInstance,
  ctx: ServerContext,
  uri: string,
  registration: Registration,
  variables: UriVariables,
): Promise<ReadResourceResult | InputRequiredResult> {
  const callResult = await callFunction(instance, ctx, {
    registration,
    functionArn: registration.lambdaArn,
    method: 'resources/read',
    target: uri,
    arguments: { uri, variables },
    params: { uri, variables },
  });
  if (callResult.kind === 'inputRequired') return callResult.result;
  if (callResult.kind === 'failed') {
    throw internalError(`the resource cannot be read: ${callResult.thrown ? 'its function failed' : callResult.text}`);
  }
  if (callResult.content?.length) {
    throw internalError('the resource cannot be read: its function streams content, which is for tools and prompts');
  }
  const result = resourceResult(callResult.answer, uri, registration);
  refuseTooLarge(result);
  const { cache } = registration;
  if (!cache || !isModern(revisionOf(instance))) return result;
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

/** Serves `resources/subscribe` and `resources/unsubscribe`. */
export function serveSubscriptions({ server, catalog }: ServerInstance, subscriptions: ResourceSubscriptions): void {
  server.setRequestHandler(
    'resources/subscribe',
    withSafeErrors(async ({ params: { uri } }) => {
      const { resources, templates } = await catalog();
      const known = resources.some((resource) => resource.uri === uri) || matchTemplate(templates, uri);
      if (!known) throw new ResourceNotFoundError(uri);
      await subscriptions.subscribe(uri);
      return {};
    }),
  );
  server.setRequestHandler(
    'resources/unsubscribe',
    withSafeErrors(async ({ params: { uri } }) => {
      await subscriptions.unsubscribe(uri);
      return {};
    }),
  );
}

/** The contents of a resource for what its function answered. */
export function resourceResult(answer: FunctionResponse, uri: string, registration: Registration): ReadResourceResult {
  const registered = registration.mimeType;
  const one = (content: JsonObject, mimeType?: string) =>
    mcpResult({ contents: [{ mimeType, ...content }] }, uri, registered);
  switch (answer.kind) {
    case 'error':
      throw functionError(answer);
    case 'result':
      return mcpResult(answer.result, uri, registered);
    case 'status':
      if (answer.status === 404) throw new ResourceNotFoundError(uri);
      throw internalError(`the resource cannot be read: its function answered with status ${answer.status}`);
    case 'binary':
      return one({ blob: answer.base64 }, answer.mimeType);
    case 'value': {
      const { value, mimeType } = answer;
      if (isObject(value) && Array.isArray(value.contents)) return mcpResult(value, uri, registered);
      if (value === null || value === undefined) return { contents: [] };
      if (typeof value === 'string') return one({ text: value }, registered ?? mimeType);
      return one({ text: JSON.stringify(value) }, registered ?? mimeType ?? 'application/json');
    }
  }
}

/** A result of the function's own making; what each content leaves out is the registration's. */
function mcpResult({ resultType: _, ...result }: JsonObject, uri: string, mimeType?: string): ReadResourceResult {
  const contents = Array.isArray(result.contents) ? result.contents : [];
  const complete = contents.map((content) => {
    if (!isObject(content)) return content;
    const filled: JsonObject = { uri, ...content, mimeType: content.mimeType ?? mimeType };
    if (filled.mimeType === undefined) delete filled.mimeType;
    return filled;
  });
  const parsed = specTypeSchemas.ReadResourceResult['~standard'].validate({ ...result, contents: complete });
  if (!('value' in parsed)) throw internalError('the function of the resource answered with invalid contents');
  return parsed.value as ReadResourceResult;
}
