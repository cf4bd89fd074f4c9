import {
  type InputRequiredResult,
  type ReadResourceResult,
  ResourceNotFoundError,
  type ServerContext,
  specTypeSchemas,
} from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { isUnsafeLink } from '../../src/private/validation/characters.js';
import { accessOf } from '../access/rules.js';
import { auditCall } from '../audit/call.js';
import { note } from '../audit/notes.js';
import { callFunction } from '../functions/call-function.js';
import { type FunctionResponse, functionError, ONLY_TOOLS_CONTINUE } from '../functions/function-response.js';
import { internalError, withSafeErrors } from '../protocol/errors.js';
import { page } from '../protocol/pagination.js';
import { type ResourceSubscriptions, revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { checkUri } from '../protocol/uri.js';
import { templateEntry } from '../registry/list-entries.js';
import type { UriVariables } from '../registry/uri-template.js';
import { formatMegabytes, MAX_RESULT_BYTES } from '../results/limits.js';
import { withoutReservedMeta } from '../results/safe-result.js';
import { plainResult } from '../shared/exact-message.js';
import { isObject } from '../shared/json.js';
import { auditedCall } from './audited-call.js';
import { findResource } from './find-resource.js';
import { listCache } from './list-cache.js';
import { listResources } from './resource-list.js';

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
      const visible = await catalog();
      const { registrations, nextCursor } = page(visible.templates, params?.cursor);
      const resourceTemplates = registrations.map(templateEntry);
      return { resourceTemplates, ...(nextCursor ? { nextCursor } : {}), ...listCache(instance, visible) };
    }),
  );
  server.setRequestHandler(
    'resources/read',
    withSafeErrors(({ params: { uri } }, ctx) =>
      auditCall(auditedCall(instance, ctx, { kind: 'resource', arguments: { uri } }), async () => {
        checkUri(uri);
        const match = findResource(await catalog(), uri);
        if (!match) throw new ResourceNotFoundError(uri);
        note({ registration: match.registration });
        await instance.scope.countCall?.(match.registration);
        return readResource(instance, ctx, uri, match.registration, match.variables);
      }),
    ),
  );
}

/** Serves `resources/subscribe` and `resources/unsubscribe`. */
export function serveSubscriptions(
  { server, catalog, scope }: ServerInstance,
  subscriptions: ResourceSubscriptions,
): void {
  server.setRequestHandler(
    'resources/subscribe',
    withSafeErrors(async ({ params: { uri } }) => {
      checkUri(uri);
      if (!findResource(await catalog(), uri)) throw new ResourceNotFoundError(uri);
      await subscriptions.subscribe(uri, scope.principal);
      return {};
    }),
  );
  server.setRequestHandler(
    'resources/unsubscribe',
    withSafeErrors(async ({ params: { uri } }) => {
      checkUri(uri);
      await subscriptions.unsubscribe(uri);
      return {};
    }),
  );
}

/** MIME type of a list of URIs (RFC 2483). */
const URI_LIST = 'text/uri-list';

/** Converts a function response to the contents of a resource. */
export function resourceResult(
  response: FunctionResponse,
  uri: string,
  registration: Registration,
): ReadResourceResult {
  const { mimeType: registeredType } = registration;
  const single = (content: JsonObject, mimeType?: string) =>
    toMcpResult({ contents: [{ mimeType, ...content }] }, uri, registeredType);
  switch (response.kind) {
    case 'error':
      throw functionError(response);
    case 'result':
      if (response.resultType !== 'complete') throw readFailed(ONLY_TOOLS_CONTINUE);
      return toMcpResult(response.result, uri, registeredType);
    case 'status':
      if (response.status === 404) throw new ResourceNotFoundError(uri);
      throw readFailed(`its handler returned status ${response.status}`);
    case 'redirect':
      return single(
        { text: response.location ?? response.text },
        response.location === undefined ? registeredType : URI_LIST,
      );
    case 'failed':
      throw readFailed(response.text);
    case 'binary':
      return single({ blob: response.base64 }, response.mimeType);
    case 'value': {
      const { value, mimeType } = response;
      if (value === null || value === undefined) return single({ text: '' }, registeredType);
      if (typeof value === 'string') return single({ text: value }, registeredType ?? mimeType);
      return single({ text: JSON.stringify(value) }, registeredType ?? mimeType ?? 'application/json');
    }
  }
}

async function readResource(
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
    arguments: variables,
    argumentsEvent: { uri, variables },
    params: { uri, variables },
  });
  if (callResult.kind === 'inputRequired') return callResult.result;
  if (callResult.kind === 'failed') throw readFailed(callResult.text);
  if (callResult.content?.length) {
    throw readFailed('its handler streamed content, which only tools and prompts support');
  }
  const result = resourceResult(callResult.response, uri, registration);
  assertSize(result);
  const { cache } = registration;
  if (!isModern(revisionOf(instance))) return result;
  const hinted = cache ? { ttlMs: cache.ttlSeconds * 1000, cacheScope: cache.scope, ...result } : result;
  // content that only some callers may read must not be shared, whatever the registration or the handler says
  return accessOf(registration) && hinted.cacheScope === 'public' ? { ...hinted, cacheScope: 'private' } : hinted;
}

/** Rejects contents that are too large: unlike the content of tools and prompts, they cannot become result links. */
function assertSize({ contents }: ReadResourceResult): void {
  const bytes = contents.reduce(
    (sum, each) => sum + ('text' in each ? Buffer.byteLength(each.text) : each.blob.length),
    0,
  );
  if (bytes > MAX_RESULT_BYTES) {
    const sizes = `${formatMegabytes(bytes)} exceeds the limit of ${formatMegabytes(MAX_RESULT_BYTES)}`;
    throw internalError(`the resource is too large: ${sizes}`);
  }
}

/** Validates an MCP result of a handler. The registration provides the URI and MIME type that the contents leave out. */
function toMcpResult({ resultType: _, ...result }: JsonObject, uri: string, mimeType?: string): ReadResourceResult {
  const contents = Array.isArray(result.contents) ? result.contents : [];
  const complete = contents.map((content) => {
    if (!isObject(content)) return content;
    const item: JsonObject = { uri, ...withoutReservedMeta(content), mimeType: content.mimeType ?? mimeType };
    if (typeof item.uri === 'string' && isUnsafeLink(item.uri)) item.uri = uri;
    if (item.mimeType === undefined) delete item.mimeType;
    return item;
  });
  const parsed = specTypeSchemas.ReadResourceResult['~standard'].validate(
    plainResult(withoutReservedMeta({ ...result, contents: complete })),
  );
  if (!('value' in parsed)) throw readFailed('its handler returned invalid contents');
  return parsed.value as ReadResourceResult;
}

function readFailed(reason: string): Error {
  return internalError(`the resource cannot be read: ${reason}`);
}
