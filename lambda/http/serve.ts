import { createMcpHandler, isLegacyRequest, type ServerEventBus } from '@modelcontextprotocol/server';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { CatalogCache, type ReadCatalog } from '../mcp/catalog.js';
import { createMcpServer } from '../mcp/server.js';
import { notificationsOn } from '../notifications/on.js';
import { bodyText, headersOf } from '../shared/http.js';
import { log } from '../shared/log.js';
import { principalOf } from '../shared/principal.js';
import { servesTasks } from '../tasks/extension.js';
import { isListen, listen, taskListening } from './listen.js';
import { misplaced } from './misplaced.js';
import { paramHeaderMismatch } from './param-headers.js';
import { rpcError } from './rpc-error.js';
import { serveSession, sessionsOn } from './sessions.js';

/** Largest request body, bytes; the MCP SDK's own default. Lambda takes 6 MB with the rest of the event. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

const registry = new CatalogCache();
/** The registrations, as fresh as a client may expect. */
export const currentCatalog: ReadCatalog = (maxAgeMs) => registry.get(maxAgeMs);

/** Answers one POST. `deadline` is when this invocation ends, epoch milliseconds. */
export async function serve(
  event: APIGatewayProxyEvent,
  deadline: number,
  catalog: ReadCatalog = currentCatalog,
): Promise<Response> {
  const text = bodyText(event);
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    return rpcError(413, -32600, `the request body is larger than ${MAX_BODY_BYTES} bytes`);
  }
  const headers = headersOf(event);
  const body = parse(text);
  const refusal = misplaced(body, headers) ?? (await paramHeaderMismatch(body, headers, catalog));
  if (refusal) return refusal;
  const request = new Request('https://mcp.invalid/mcp', {
    method: 'POST',
    headers: requestHeaders(headers),
    body: text,
  });
  const principal = principalOf(event);
  if (sessionsOn() && body !== undefined && (await isLegacyRequest(request, body))) {
    const response = await serveSession({ request, body, principal, catalog, deadline });
    if (response) return response;
  }
  const exchange = {
    transport: 'http',
    principal,
    protocolVersion: headers['mcp-protocol-version'],
    deadline,
  } as const;
  const tasks = isListen(body) && servesTasks({ exchange }) ? await taskListening(body, principal?.id) : undefined;
  if (tasks instanceof Response) return tasks;
  // made per request, for the exchange; what is costly to make lives at module scope
  const handler = (bus?: ServerEventBus) => {
    const mcp = createMcpHandler(
      ({ era }) => {
        const told = notificationsOn() && era === 'modern'; // a 2025 client without a session cannot be told
        return createMcpServer({ catalog, exchange: { ...exchange, listChanged: told, updates: told } });
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
  if (notificationsOn() && isListen(body)) return listen({ body, catalog, deadline, tasks }, handler);
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
