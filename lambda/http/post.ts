import { createMcpHandler, isLegacyRequest, type ServerEventBus } from '@modelcontextprotocol/server';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createMcpServer } from '../mcp/server.js';
import { notificationsEnabled } from '../notifications/enabled.js';
import { KEEP_ALIVE_MS } from '../protocol/event-stream.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { CatalogCache, type ReadCatalog } from '../registry/catalog.js';
import { bodyText, headersOf } from '../shared/http.js';
import { log } from '../shared/log.js';
import { principalOf } from '../shared/principal.js';
import { servesTasks } from '../tasks/extension.js';
import { paramHeaderMismatch } from './param-headers.js';
import { rpcError } from './rpc-error.js';
import { handleSessionPost, sessionsEnabled } from './sessions.js';
import { handleListen, isListenRequest, taskSubscriptionFor } from './subscriptions-listen.js';
import { rejectUnexpected } from './unexpected-messages.js';

/** Largest request body, bytes; the MCP SDK's own default. Lambda takes 6 MB with the rest of the event. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const registry = new CatalogCache();
/** The registrations, as fresh as a client may expect. */
export const currentCatalog: ReadCatalog = (maxAgeMs) => registry.get(maxAgeMs);

/** Answers one POST. `deadline` is when this invocation ends, epoch milliseconds. */
export async function handlePost(
  event: APIGatewayProxyEvent,
  deadline: number,
  catalog: ReadCatalog = currentCatalog,
): Promise<Response> {
  const text = bodyText(event);
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    return rpcError(413, JSON_RPC_ERROR.INVALID_REQUEST, `the request body is larger than ${MAX_BODY_BYTES} bytes`);
  }
  const headers = headersOf(event);
  const body = parse(text);
  const refusal = rejectUnexpected(body, headers) ?? (await paramHeaderMismatch(body, headers, catalog));
  if (refusal) return refusal;
  const request = new Request('https://mcp.invalid/mcp', {
    method: 'POST',
    headers: requestHeaders(headers),
    body: text,
  });
  const principal = principalOf(event);
  if (sessionsEnabled() && body !== undefined && (await isLegacyRequest(request, body))) {
    const response = await handleSessionPost({ request, body, principal, catalog, deadline });
    if (response) return response;
  }
  const scope = {
    transport: 'http',
    principal,
    protocolVersion: headers['mcp-protocol-version'],
    deadline,
  } as const;
  const tasks =
    isListenRequest(body) && servesTasks({ scope }) ? await taskSubscriptionFor(body, principal?.id) : undefined;
  if (tasks instanceof Response) return tasks;
  // made per request, for the scope; what is costly to make lives at module scope
  const handler = (bus?: ServerEventBus) => {
    const mcp = createMcpHandler(
      ({ era }) => {
        const told = notificationsEnabled() && era === 'modern'; // a 2025 client without a session cannot be told
        return createMcpServer({ catalog, scope: { ...scope, listChanged: told, updates: told } });
      },
      { bus, keepAliveMs: KEEP_ALIVE_MS, onerror: (error) => log.debug('mcp', error) },
    );
    const parsedBody = tasks ? tasks.body : body;
    const answer = async () => {
      const response = await mcp.fetch(request, parsedBody === undefined ? {} : { parsedBody });
      return tasks ? tasks.translate(response) : response;
    };
    return { answer, close: () => mcp.close() };
  };
  if (notificationsEnabled() && isListenRequest(body)) return handleListen({ body, catalog, deadline, tasks }, handler);
  return handler().answer();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the SDK answers it
  }
}

/** Headers that a `Request` may have: its length is its own, and a name or value that HTTP forbids is left out. */
function requestHeaders(headers: Record<string, string>): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'content-length') continue;
    try {
      result.set(name, value);
    } catch {
      log.debug('left out a malformed request header', { name });
    }
  }
  return result;
}
