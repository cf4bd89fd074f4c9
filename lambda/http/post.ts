import { createMcpHandler, isLegacyRequest, type ServerEventBus } from '@modelcontextprotocol/server';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Registration } from '../../src/private/registration.js';
import { catalogFor } from '../access/caller-catalog.js';
import { CallRefused, countCall } from '../limits/call-limits.js';
import { countedCall } from '../limits/counted-call.js';
import { namedRegistration } from '../mcp/named-registration.js';
import { createMcpServer } from '../mcp/server.js';
import { notificationsEnabled } from '../notifications/enabled.js';
import { explicitAccept } from '../protocol/accept.js';
import { KEEP_ALIVE_MS } from '../protocol/event-stream.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { MAX_BATCH_ITEMS, parseBody } from '../protocol/message-body.js';
import { MODERN_REVISION, STRUCTURED_CONTENT_REVISION } from '../protocol/revisions.js';
import { CatalogCache, type ReadCatalog } from '../registry/catalog.js';
import { idProblem } from '../shared/exact-message.js';
import { scopePrefixOf } from '../shared/grants.js';
import { bodyText, headersOf, toolsetOf } from '../shared/http.js';
import { isObject } from '../shared/json.js';
import { JsonTooDeep } from '../shared/json-depth.js';
import { log } from '../shared/log.js';
import { type Principal, principalOf } from '../shared/principal.js';
import { servesTasks } from '../tasks/extension.js';
import { isSubscriptionsListen } from './listen-request.js';
import { handleSessionPost, handleSubscriptionsListen, taskSubscriptionFor } from './on-demand.js';
import { paramHeaderMismatch } from './param-headers.js';
import { limitReached, rpcError } from './rpc-error.js';
import { SESSION_HEADER, sessionsEnabled } from './session-settings.js';
import { auditUnservedCalls } from './unserved-calls.js';

/** Largest request body, bytes: the MCP SDK's default. A Lambda event is limited to 6 MB. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const registry = new CatalogCache();
/** Reads the current catalog through this process's cache. */
export const currentCatalog: ReadCatalog = (maxAgeMs) => registry.get(maxAgeMs);

/**
 * Handles one POST.
 *
 * @param deadline when the response must have ended, epoch milliseconds
 */
export async function handlePost(
  event: APIGatewayProxyEvent,
  deadline: number,
  readCatalog: ReadCatalog = currentCatalog,
): Promise<Response> {
  const text = bodyText(event);
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    return rpcError(413, JSON_RPC_ERROR.INVALID_REQUEST, `the request body is larger than ${MAX_BODY_BYTES} bytes`);
  }
  const headers = headersOf(event);
  const body = parse(text);
  if (body instanceof Response) return body;
  const principal = principalOf(event);
  const scopePrefix = scopePrefixOf(event.requestContext.authorizer);
  const toolset = toolsetOf(event);
  const catalog = catalogFor(readCatalog, principal, toolset);
  const started = performance.now();
  try {
    const rejection =
      rejectUnexpected(body, headers) ?? rejectInexactIds(body) ?? (await paramHeaderMismatch(body, headers, catalog));
    return rejection ?? (await serve({ text, headers, body, principal, scopePrefix, toolset, catalog, deadline }));
  } catch (error) {
    // errors of MCP servers are responses: the calls of this body have not begun
    auditUnservedCalls(body, { principal, toolset }, started, 'internal');
    throw error;
  }
}

/** A POST whose body has been read. */
interface ReadPost {
  readonly text: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly principal: Principal | null;
  readonly scopePrefix?: string;
  readonly toolset?: string;
  readonly catalog: ReadCatalog;
  readonly deadline: number;
}

async function serve(post: ReadPost): Promise<Response> {
  const { text, headers, body, principal, scopePrefix, toolset, catalog, deadline } = post;
  const refused = await refuseCall(body, { principal, toolset, catalog });
  if (refused) return refused;
  const countEach = Array.isArray(body) ? (each: Registration) => countedCall(each, principal) : undefined;
  const request = new Request('https://mcp.invalid/mcp', {
    method: 'POST',
    headers: requestHeaders(headers),
    body: text,
  });
  if (sessionsEnabled() && body !== undefined && (await isLegacyRequest(request, body))) {
    const response = await handleSessionPost({ ...post, request, countCall: countEach });
    if (response) return response;
  }
  const scope = {
    transport: 'http',
    principal,
    scopePrefix,
    toolset,
    countCall: countEach,
    protocolVersion: headers['mcp-protocol-version'] || undefined,
    deadline,
  } as const;
  const tasks =
    isSubscriptionsListen(body) && servesTasks({ scope })
      ? await taskSubscriptionFor(body, { principal, toolset, catalog })
      : undefined;
  if (tasks instanceof Response) return tasks;
  // created per request because of its scope; the expensive parts are at module scope
  const createHandler = (bus?: ServerEventBus) => {
    const mcp = createMcpHandler(
      ({ era }) => {
        // a 2025 client without a session has no stream for notifications
        const notifies = notificationsEnabled() && era === 'modern';
        return createMcpServer({ catalog, scope: { ...scope, listChanged: notifies, updates: notifies } });
      },
      { bus, keepAliveMs: KEEP_ALIVE_MS, onerror: (error) => log.debug('mcp', error) },
    );
    const parsedBody = tasks ? tasks.body : body;
    const respond = async () => {
      const response = await mcp.fetch(request, parsedBody === undefined ? {} : { parsedBody });
      return tasks ? tasks.translate(response) : response;
    };
    return { respond, close: () => mcp.close() };
  };
  if (notificationsEnabled() && isSubscriptionsListen(body)) {
    return handleSubscriptionsListen({ body, catalog, deadline, tasks, principal: principal?.id }, createHandler);
  }
  return createHandler().respond();
}

/** Counts a single call before its response begins. Refuses it with status 429 if a limit of the caller is reached. */
async function refuseCall(
  body: unknown,
  { principal, toolset, catalog }: Pick<ReadPost, 'principal' | 'toolset' | 'catalog'>,
): Promise<Response | undefined> {
  const started = performance.now();
  const registration = await namedRegistration(body, catalog);
  if (!registration) return undefined;
  try {
    await countCall(registration, principal);
    return undefined;
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    auditUnservedCalls(body, { principal, toolset }, started, 'limit', registration);
    return limitReached(error, (body as { id?: unknown }).id);
  }
}

/** Rejects valid JSON-RPC that the server does not expect: a batch in a revision without batches, or a response outside of a session. */
function rejectUnexpected(body: unknown, headers: Readonly<Record<string, string>>): Response | undefined {
  const revision = headers['mcp-protocol-version'] ?? '';
  if (Array.isArray(body) && revision >= STRUCTURED_CONTENT_REVISION) {
    return rpcError(
      400,
      JSON_RPC_ERROR.INVALID_REQUEST,
      `protocol revision ${revision} does not support batches: send one message per request`,
    );
  }
  if (Array.isArray(body) && body.length > MAX_BATCH_ITEMS) {
    return rpcError(
      413,
      JSON_RPC_ERROR.INVALID_REQUEST,
      `batch of ${body.length} messages: at most ${MAX_BATCH_ITEMS} are allowed`,
    );
  }
  const inSession = sessionsEnabled() && revision < MODERN_REVISION && Boolean(headers[SESSION_HEADER]);
  if (isObject(body) && body.method === undefined && ('result' in body || 'error' in body) && !inSession) {
    return rpcError(
      400,
      JSON_RPC_ERROR.INVALID_REQUEST,
      'unexpected response: no request is pending; send responses within a session',
    );
  }
  return undefined;
}

/** Rejects an id or progress token that JavaScript would alter: the client would not recognize it. */
function rejectInexactIds(body: unknown): Response | undefined {
  for (const message of [body].flat()) {
    const problem = idProblem(message);
    if (!problem) continue;
    const { path, value, rule } = problem;
    const error = `invalid ${path} ${value}: expected ${rule}`;
    return rpcError(400, JSON_RPC_ERROR.INVALID_REQUEST, error, { id: (message as { id?: unknown }).id });
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return parseBody(text);
  } catch (error) {
    if (!(error instanceof JsonTooDeep)) return undefined; // the SDK reports the parse error
    return rpcError(400, JSON_RPC_ERROR.INVALID_PARAMS, `invalid params: the message ${error.message}`, {
      id: requestIdIn(text),
    });
  }
}

/** The id of a request that is too deep to be read; undefined if there is none. */
function requestIdIn(text: string): unknown {
  try {
    const { id } = Object(JSON.parse(text)) as { id?: unknown };
    return typeof id === 'string' || Number.isSafeInteger(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Headers for a `Request`, which sets its own `content-length`. Empty ones, and names and values that are invalid in HTTP, are left out. */
function requestHeaders(headers: Record<string, string>): Headers {
  const result = new Headers();
  const accept = explicitAccept(headers.accept);
  for (const [name, value] of Object.entries({ ...headers, ...(accept === undefined ? {} : { accept }) })) {
    if (name === 'content-length' || value === '') continue;
    try {
      result.set(name, value);
    } catch {
      log.debug('ignoring a malformed request header', { name });
    }
  }
  return result;
}
