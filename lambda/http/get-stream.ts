import type { APIGatewayProxyEvent } from 'aws-lambda';
import { catalogFor } from '../access/caller-catalog.js';
import { withholdsResource } from '../mcp/find-resource.js';
import { LIST_POLL_MS, pollListChanges } from '../notifications/list-change-poller.js';
import type { Digest, ListKind } from '../notifications/list-changes.js';
import { Listener, TooManyListeners } from '../notifications/listener.js';
import { readPosition, type StreamPosition, writePosition } from '../notifications/stream-position.js';
import { StoredSubscriptions } from '../notifications/subscriptions.js';
import { eventKey, UpdateLog } from '../notifications/update-log.js';
import { pollUpdates, UPDATE_POLL_MS } from '../notifications/update-poller.js';
import { accepts } from '../protocol/accept.js';
import { EventStream, KEEP_ALIVE_COMMENT, KEEP_ALIVE_MS } from '../protocol/event-stream.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { isModern } from '../protocol/revisions.js';
import type { ReadCatalog } from '../registry/catalog.js';
import { header, toolsetOf } from '../shared/http.js';
import { ShareReached } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { principalOf } from '../shared/principal.js';
import { limitReached, rpcError, tooManyListeners } from './rpc-error.js';
import { SESSION_HEADER } from './session-settings.js';
import { type HttpSession, HttpSessionStore } from './session-store.js';
import { findSession, sessionNotFound } from './sessions.js';

/** Delay after which clients reconnect, milliseconds. */
const RECONNECT_MS = 1_000;
/** How far back a new stream reads resource updates, milliseconds: some may be published while its request is under way. */
const INITIAL_LOOKBACK_MS = 10_000;
/** First revision whose clients expect a first event without data. */
const EMPTY_FIRST_EVENT_REVISION = '2025-11-25';

/**
 * Handles the GET of a 2025 session: streams notifications until the listener ends. A session has one such stream. A new stream
 * replaces the previous one, because Lambda does not report that a client has disconnected.
 */
export async function getStream(
  event: APIGatewayProxyEvent,
  deadline: number,
  readCatalog: ReadCatalog,
): Promise<Response> {
  if (isModern(header(event, 'mcp-protocol-version') ?? '')) {
    return methodNotAllowed('GET is not supported by this protocol revision: use subscriptions/listen', 'POST');
  }
  const id = header(event, SESSION_HEADER);
  if (!id) {
    return methodNotAllowed('GET requires the header Mcp-Session-Id: without a session, use POST', 'POST, DELETE');
  }
  if (!accepts(header(event, 'accept'), 'text/event-stream')) {
    return rpcError(406, JSON_RPC_ERROR.BAD_REQUEST, 'not acceptable: the client must accept text/event-stream');
  }
  const principal = principalOf(event);
  const toolset = toolsetOf(event);
  const catalog = catalogFor(readCatalog, principal, toolset);
  const session = await findSession(id, { principal, toolset });
  if (!session) return sessionNotFound();
  let listener: Listener;
  try {
    const shouldContinue = () => renewSession(id);
    listener = await Listener.open({ id, principal: principal?.id, deadline, shouldContinue });
  } catch (error) {
    if (error instanceof TooManyListeners) return tooManyListeners(error);
    if (error instanceof ShareReached) return limitReached(error);
    throw error;
  }
  try {
    const { digest } = await catalog(0);
    const resumeFrom = readPosition(header(event, 'last-event-id') ?? '', digest);
    return openStream(session, listener, catalog, {
      updates: await UpdateLog.open(resumeFrom?.updates ?? eventKey(Date.now() - INITIAL_LOOKBACK_MS)),
      lists: resumeFrom?.lists ?? digest,
    });
  } catch (error) {
    await listener.close();
    throw error;
  }
}

interface StartPosition {
  readonly updates: UpdateLog;
  readonly lists: Digest;
}

function openStream(
  { id, protocolVersion }: HttpSession,
  listener: Listener,
  catalog: ReadCatalog,
  start: StartPosition,
): Response {
  const { signal } = listener;
  const { updates } = start;
  const subscriptions = new StoredSubscriptions(id);
  const out = new EventStream(() => void listener.close());
  let { lists } = start;
  const position = (read = updates.position) => writePosition({ updates: read, lists } satisfies StreamPosition);
  const send = (method: string, params?: object, read?: string) => {
    const message = JSON.stringify({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });
    out.write(`id: ${position(read)}\nevent: message\ndata: ${message}\n\n`);
  };
  const firstEvent = protocolVersion >= EMPTY_FIRST_EVENT_REVISION ? `id: ${position()}\ndata:\n` : '';
  out.write(`${firstEvent}retry: ${RECONNECT_MS}\n\n`);
  const keepAlive = setInterval(() => out.write(KEEP_ALIVE_COMMENT), KEEP_ALIVE_MS);
  const onListChange = (kind: ListKind, digest: Digest) => {
    lists = { ...lists, [kind]: digest[kind] };
    send(`notifications/${kind}/list_changed`);
  };
  const onUpdates = async (uris: readonly string[], read: string) => {
    const [all, visible] = await Promise.all([subscriptions.filterSubscribed(uris), catalog()]);
    const subscribed = all.filter((uri) => !withholdsResource(visible, uri));
    // a client that reconnects after any but the last event of a batch gets the whole batch again
    for (const [i, uri] of subscribed.entries()) {
      send('notifications/resources/updated', { uri }, i === subscribed.length - 1 ? read : undefined);
    }
  };
  const polling = Promise.all([
    pollListChanges({
      catalog: () => catalog(0),
      signal,
      everyMs: listener.pollInterval(LIST_POLL_MS),
      announced: lists,
      notify: onListChange,
    }),
    pollUpdates({
      updates: () => updates,
      signal,
      everyMs: listener.pollInterval(UPDATE_POLL_MS),
      notify: onUpdates,
    }),
  ]);
  void polling
    .finally(async () => {
      clearInterval(keepAlive);
      await listener.close(); // before end(): Lambda may freeze the function once the response has ended
      out.end();
    })
    .catch((error) => log.error('closing a listener failed', error));
  return out.response;
}

/** Renews the session while its stream is open. Resolves to false if the session has ended. */
async function renewSession(id: string): Promise<boolean> {
  const store = new HttpSessionStore();
  const session = await store.find(id);
  if (session) await store.renew(session);
  return session !== undefined;
}

function methodNotAllowed(message: string, allow: string): Response {
  const response = rpcError(405, JSON_RPC_ERROR.BAD_REQUEST, message);
  response.headers.set('allow', allow);
  return response;
}
