import {
  type ClientCapabilities,
  type Implementation,
  isInitializeRequest,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createMcpServer } from '../mcp/server.js';
import { notificationsEnabled } from '../notifications/enabled.js';
import { StoredSubscriptions } from '../notifications/subscriptions.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import type { RequestScope } from '../protocol/request-scope.js';
import type { Catalog } from '../registry/catalog.js';
import { header, toolsetOf } from '../shared/http.js';
import { ShareReached } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { type Principal, principalOf } from '../shared/principal.js';
import { isSessionId, newSessionId, sessionName } from '../shared/session-id.js';
import { limitReached, rpcError } from './rpc-error.js';
import { SessionMailbox } from './session-mailbox.js';
import { countOpening, TooManyOpenings } from './session-openings.js';
import { SessionPost } from './session-post.js';
import { SESSION_HEADER } from './session-settings.js';
import { type HttpSession, HttpSessionStore } from './session-store.js';

/** Largest `clientInfo` and capabilities together, bytes. The session record stores them, and each request reads them. */
const MAX_CLIENT_INFO_BYTES = 64 * 1024;

/** A POST of a 2025 client. */
interface SessionRequest {
  readonly request: Request;
  readonly body: unknown;
  readonly principal: Principal | null;
  readonly scopePrefix?: string;
  readonly toolset?: string;
  readonly catalog: () => Promise<Catalog>;
  /** Counts each call of a batch. */
  readonly countCall?: RequestScope['countCall'];
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
}

/** Handles a POST that opens a session or belongs to one. Returns undefined for any other. */
export async function handleSessionPost(post: SessionRequest): Promise<Response | undefined> {
  if (isInitializeRequest(post.body)) return initializeSession(post);
  const id = post.request.headers.get(SESSION_HEADER);
  if (id === null) return undefined;
  const session = await findSession(id, post);
  return session ? serveInSession(session, post) : sessionNotFound();
}

/** Handles DELETE: ends a session. */
export async function endSession(event: APIGatewayProxyEvent): Promise<Response> {
  const id = header(event, SESSION_HEADER);
  if (!id) {
    return rpcError(400, JSON_RPC_ERROR.BAD_REQUEST, 'missing header Mcp-Session-Id: it names the session to end');
  }
  if (!(await findSession(id, { principal: principalOf(event), toolset: toolsetOf(event) }))) return sessionNotFound();
  await new HttpSessionStore().remove(id);
  return new Response(null, { status: 204 });
}

/** Finds a session of this caller, at the path where it was opened. */
export async function findSession(
  id: string,
  { principal, toolset }: Pick<SessionRequest, 'principal' | 'toolset'>,
): Promise<HttpSession | undefined> {
  const session = isSessionId(id) ? await new HttpSessionStore().find(id) : undefined;
  if (!session) return undefined;
  if (session.principal !== principal?.id) {
    log.warn('rejecting a request: the caller is not the principal that opened the session');
    return undefined;
  }
  if (session.toolset !== toolset) {
    log.warn('rejecting a request: its session belongs to another toolset', { toolset, opened: session.toolset });
    return undefined;
  }
  return session;
}

/**
 * The response for unknown and expired sessions and those of other callers and toolsets, so that it does not reveal which sessions exist.
 */
export function sessionNotFound(): Response {
  return rpcError(
    404,
    JSON_RPC_ERROR.SESSION_NOT_FOUND,
    'session not found: it has ended or never existed; initialize again without Mcp-Session-Id',
  );
}

/** Handles `initialize`. Its response is buffered until the record is written, because a header of the response has the session id. */
async function initializeSession(post: SessionRequest): Promise<Response> {
  const { request, body, principal, toolset } = post;
  const id = newSessionId();
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  const server = createServer(id, post);
  await server.connect(transport);
  try {
    const response = await transport.handleRequest(request, { parsedBody: body });
    const protocolVersion = server.getNegotiatedProtocolVersion();
    if (!response.ok || protocolVersion === undefined) return response;
    const client = server.getClientVersion() as Implementation;
    const capabilities = server.getClientCapabilities() as ClientCapabilities;
    if (Buffer.byteLength(JSON.stringify([client, capabilities])) > MAX_CLIENT_INFO_BYTES) {
      const message = `clientInfo and capabilities are larger than ${MAX_CLIENT_INFO_BYTES} bytes`;
      return rpcError(400, JSON_RPC_ERROR.INVALID_PARAMS, message, { id: (body as { id: unknown }).id });
    }
    const refused = await refusalOfOpening(post);
    if (refused) return refused;
    const store = new HttpSessionStore();
    try {
      await store.create({ id, principal: principal?.id, toolset, protocolVersion, client, capabilities });
    } catch (error) {
      await store
        .remove(id)
        .catch((failure) => log.warn('removing a session that could not be opened failed', failure));
      throw error;
    }
    response.headers.set(SESSION_HEADER, id);
    return response;
  } finally {
    await server.close();
  }
}

/** Counts the session that opens. Returns an error response if the server or the caller has too many. */
async function refusalOfOpening({ principal, body }: SessionRequest): Promise<Response | undefined> {
  try {
    await countOpening(principal?.id);
    return undefined;
  } catch (error) {
    if (!(error instanceof TooManyOpenings || error instanceof ShareReached)) throw error;
    return limitReached(error, (body as { id: unknown }).id);
  }
}

async function serveInSession(session: HttpSession, post: SessionRequest): Promise<Response> {
  const transport = new SessionPost({ mailbox: new SessionMailbox(session.id), deadline: post.deadline });
  const server = createServer(session.id, post, session.logLevel);
  await server.connect(transport);
  await Promise.all([transport.restore(session), new HttpSessionStore().renew(session)]);
  return transport.handle(post.request, post.body);
}

function createServer(
  id: string,
  { catalog, principal, scopePrefix, toolset, countCall, deadline }: SessionRequest,
  logLevel?: string,
): Server {
  const server = createMcpServer({
    catalog,
    scope: {
      transport: 'http',
      sessionId: sessionName(id),
      principal,
      scopePrefix,
      toolset,
      countCall,
      listChanged: notificationsEnabled(),
      updates: notificationsEnabled(),
      subscriptions: notificationsEnabled() ? new StoredSubscriptions(id) : undefined,
      deadline,
      logLevel,
      keepLogLevel: (level) => new HttpSessionStore().setLogLevel(id, level),
    },
  });
  server.onerror = (error) => log.debug('mcp', error);
  return server;
}
