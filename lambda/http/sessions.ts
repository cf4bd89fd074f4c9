import { randomBytes } from 'node:crypto';
import {
  type ClientCapabilities,
  type Implementation,
  isInitializeRequest,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ENV } from '../../src/private/contract.js';
import { createMcpServer } from '../mcp/server.js';
import { notificationsEnabled } from '../notifications/enabled.js';
import { StoredSubscriptions } from '../notifications/subscriptions.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import type { Catalog } from '../registry/catalog.js';
import { optionalEnv } from '../shared/env.js';
import { header } from '../shared/http.js';
import { log } from '../shared/log.js';
import { type Principal, principalOf } from '../shared/principal.js';
import { sessionName } from '../shared/session-name.js';
import { rpcError } from './rpc-error.js';
import { SessionMailbox } from './session-mailbox.js';
import { SessionPost } from './session-post.js';
import { type HttpSession, HttpSessionStore } from './session-store.js';

export const SESSION_HEADER = 'mcp-session-id';

const SESSION_ID = /^[0-9a-f]{32}$/;
/** Most bytes that a client may say of itself; it is stored, and read with each request. */
const MAX_INTRODUCTION_BYTES = 64 * 1024;

/** A POST of a 2025 client. */
export interface SessionRequest {
  readonly request: Request;
  readonly body: unknown;
  readonly principal: Principal | null;
  readonly catalog: () => Promise<Catalog>;
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
}

/** Whether 2025 clients get sessions. */
export function sessionsEnabled(): boolean {
  return optionalEnv(ENV.HTTP_SESSIONS) !== undefined;
}

/** Answers a POST that opens a session or belongs to one; undefined where it does neither. */
export async function handleSessionPost(post: SessionRequest): Promise<Response | undefined> {
  if (isInitializeRequest(post.body)) return openSession(post);
  const id = post.request.headers.get(SESSION_HEADER);
  if (id === null) return undefined;
  const session = await findSession(id, post.principal);
  return session ? serveInSession(session, post) : sessionNotFound();
}

/** Answers DELETE: the client needs the session no more. */
export async function endSession(event: APIGatewayProxyEvent): Promise<Response> {
  const id = header(event, SESSION_HEADER);
  if (!id)
    return rpcError(400, JSON_RPC_ERROR.BAD_REQUEST, 'missing header Mcp-Session-Id: it says which session to end');
  if (!(await findSession(id, principalOf(event)))) return sessionNotFound();
  await new HttpSessionStore().remove(id);
  return new Response(null, { status: 204 });
}

/** The session that lives under an id, if it is this caller's. */
export async function findSession(id: string, principal: Principal | null): Promise<HttpSession | undefined> {
  // DynamoDB would refuse a key of more than 1 KB
  const session = SESSION_ID.test(id) ? await new HttpSessionStore().find(id) : undefined;
  if (!session || session.principal === principal?.id) return session;
  log.warn('a request came from another caller than the one who opened the session');
  return undefined;
}

/** One answer for all: whoever has no right to a session does not learn that there is one. */
export function sessionNotFound(): Response {
  return rpcError(
    404,
    JSON_RPC_ERROR.SESSION_NOT_FOUND,
    'session not found: it has ended, or never was; initialize again without Mcp-Session-Id',
  );
}

/** `initialize` says with which id the client shall come back, so it is answered in one piece, once the record is there. */
async function openSession(post: SessionRequest): Promise<Response> {
  const { request, body, principal } = post;
  const id = randomBytes(16).toString('hex');
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  const server = makeServer(id, post);
  await server.connect(transport);
  try {
    const response = await transport.handleRequest(request, { parsedBody: body });
    const protocolVersion = server.getNegotiatedProtocolVersion();
    if (!response.ok || protocolVersion === undefined) return response;
    const client = server.getClientVersion() as Implementation;
    const capabilities = server.getClientCapabilities() as ClientCapabilities;
    if (Buffer.byteLength(JSON.stringify([client, capabilities])) > MAX_INTRODUCTION_BYTES) {
      const message = `clientInfo and capabilities are larger than ${MAX_INTRODUCTION_BYTES} bytes`;
      return rpcError(400, JSON_RPC_ERROR.INVALID_PARAMS, message, { id: (body as { id: unknown }).id });
    }
    await new HttpSessionStore().create({ id, principal: principal?.id, protocolVersion, client, capabilities });
    response.headers.set(SESSION_HEADER, id);
    return response;
  } finally {
    await server.close();
  }
}

async function serveInSession(session: HttpSession, post: SessionRequest): Promise<Response> {
  const transport = new SessionPost({ mailbox: new SessionMailbox(session.id), deadline: post.deadline });
  const server = makeServer(session.id, post, session.logLevel);
  await server.connect(transport);
  await Promise.all([transport.restore(session), new HttpSessionStore().renew(session)]);
  return transport.handle(post.request, post.body);
}

function makeServer(id: string, { catalog, principal, deadline }: SessionRequest, logLevel?: string): Server {
  const server = createMcpServer({
    catalog,
    scope: {
      transport: 'http',
      sessionId: sessionName(id),
      principal,
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
