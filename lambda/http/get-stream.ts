import type { APIGatewayProxyEvent } from 'aws-lambda';
import { pollListChanges } from '../notifications/list-change-poller.js';
import type { Digest, ListKind } from '../notifications/list-changes.js';
import { Listener, TooManyListeners } from '../notifications/listener.js';
import { readPosition, type StreamPosition, writePosition } from '../notifications/stream-position.js';
import { StoredSubscriptions } from '../notifications/subscriptions.js';
import { eventKey, UpdateLog } from '../notifications/update-log.js';
import { pollUpdates } from '../notifications/update-poller.js';
import { EventStream, KEEP_ALIVE_COMMENT, KEEP_ALIVE_MS } from '../protocol/event-stream.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { isModern } from '../protocol/revisions.js';
import type { ReadCatalog } from '../registry/catalog.js';
import { header } from '../shared/http.js';
import { log } from '../shared/log.js';
import { principalOf } from '../shared/principal.js';
import { rpcError, tooManyListeners } from './rpc-error.js';
import { type HttpSession, HttpSessionStore } from './session-store.js';
import { findSession, SESSION_HEADER, sessionNotFound } from './sessions.js';

/** Milliseconds after which clients shall come back. */
const RECONNECT_MS = 1_000;
/** How long a client's stream may have been on its way, milliseconds, while it subscribed and something was published. */
const OPENING_MS = 10_000;
/** First revision whose clients expect an event without data. */
const PRIMED = '2025-11-25';

/**
 * Answers the GET of a 2025 session: notifications, until it is time to reconnect. A session has one such stream; a new one takes the
 * place of the one before, for Lambda is not told that a client hung up.
 */
export async function getStream(
  event: APIGatewayProxyEvent,
  deadline: number,
  catalog: ReadCatalog,
): Promise<Response> {
  if (isModern(header(event, 'mcp-protocol-version') ?? '')) {
    return methodNotAllowed('this revision has no GET: send subscriptions/listen');
  }
  const id = header(event, SESSION_HEADER);
  if (!id)
    return rpcError(400, JSON_RPC_ERROR.BAD_REQUEST, 'missing header Mcp-Session-Id: notifications are for sessions');
  if (!header(event, 'accept')?.includes('text/event-stream')) {
    return rpcError(406, JSON_RPC_ERROR.BAD_REQUEST, 'not acceptable: the client has to accept text/event-stream');
  }
  const session = await findSession(id, principalOf(event));
  if (!session) return sessionNotFound();
  let listener: Listener;
  try {
    listener = await Listener.open({ id, deadline, wanted: () => keepSession(id) });
  } catch (error) {
    if (error instanceof TooManyListeners) return tooManyListeners(error);
    throw error;
  }
  try {
    const { digest } = await catalog(0);
    const from = readPosition(header(event, 'last-event-id') ?? '', digest);
    return stream(session, listener, catalog, {
      updates: await UpdateLog.open(from?.updates ?? eventKey(Date.now() - OPENING_MS)),
      lists: from?.lists ?? digest,
    });
  } catch (error) {
    await listener.close();
    throw error;
  }
}

interface From {
  readonly updates: UpdateLog;
  readonly lists: Digest;
}

function stream({ id, protocolVersion }: HttpSession, listener: Listener, catalog: ReadCatalog, from: From): Response {
  const { signal } = listener;
  const { updates } = from;
  const subscriptions = new StoredSubscriptions(id);
  const out = new EventStream(() => void listener.close());
  let { lists } = from;
  const position = () => writePosition({ updates: updates.position, lists } satisfies StreamPosition);
  const send = (method: string, params?: object) => {
    const message = JSON.stringify({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });
    out.write(`id: ${position()}\nevent: message\ndata: ${message}\n\n`);
  };
  out.write(`${protocolVersion >= PRIMED ? `id: ${position()}\ndata:\n` : ''}retry: ${RECONNECT_MS}\n\n`);
  const keepAlive = setInterval(() => out.write(KEEP_ALIVE_COMMENT), KEEP_ALIVE_MS);
  const told = (kind: ListKind, digest: Digest) => {
    lists = { ...lists, [kind]: digest[kind] };
    send(`notifications/${kind}/list_changed`);
  };
  const updated = async (uris: readonly string[]) => {
    for (const uri of await subscriptions.among(uris)) send('notifications/resources/updated', { uri });
  };
  const watching = Promise.all([
    pollListChanges({ catalog: () => catalog(0), signal, told: lists, tell: told }),
    pollUpdates({ updates: () => updates, signal, tell: updated }),
  ]);
  void watching
    .finally(async () => {
      clearInterval(keepAlive);
      await listener.close(); // before the end, with which the function stops
      out.end();
    })
    .catch((error) => log.error('a listener could not be ended in order', error));
  return out.response;
}

/** Whether the session lives still; one that listens is in use. */
async function keepSession(id: string): Promise<boolean> {
  const store = new HttpSessionStore();
  const session = await store.find(id);
  if (session) await store.renew(session);
  return session !== undefined;
}

function methodNotAllowed(message: string): Response {
  const response = rpcError(405, JSON_RPC_ERROR.BAD_REQUEST, message);
  response.headers.set('allow', 'POST');
  return response;
}
