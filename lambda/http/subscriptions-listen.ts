import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { notificationsEnabled } from '../notifications/enabled.js';
import { FAST_POLLING, pollListChanges } from '../notifications/list-change-poller.js';
import { Listener, TooManyListeners } from '../notifications/listener.js';
import { UpdateLog } from '../notifications/update-log.js';
import { pollUpdates } from '../notifications/update-poller.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import type { ReadCatalog } from '../registry/catalog.js';
import { isObject } from '../shared/json.js';
import { log } from '../shared/log.js';
import { missingTasksExtension } from '../tasks/extension.js';
import { TaskSubscription } from '../tasks/task-notifications.js';
import { rpcError, tooManyListeners } from './rpc-error.js';

/** A `subscriptions/listen`. */
export interface ListenRequest {
  readonly body: { readonly id?: unknown; readonly params?: unknown };
  readonly catalog: ReadCatalog;
  /** The tasks that it asks for. */
  readonly tasks?: TaskSubscription;
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
}

/** The MCP SDK's side of it: answers with a stream of what comes on its bus, until it is closed. */
export interface ListenHandler {
  answer(): Promise<Response>;
  close(): Promise<void>;
}

/** Whether a body asks to listen. */
export function isListenRequest(body: unknown): body is ListenRequest['body'] {
  return isObject(body) && body.method === 'subscriptions/listen' && body.id !== undefined;
}

/** Answers `subscriptions/listen` with what the filter asks for, and ends the stream in good order before the function's time is over. */
export async function handleListen(
  { body, catalog, deadline, tasks }: ListenRequest,
  serve: (bus: ServerEventBus) => ListenHandler,
): Promise<Response> {
  let listener: Listener;
  try {
    listener = await Listener.open({ deadline });
  } catch (error) {
    if (error instanceof TooManyListeners) return tooManyListeners(error, body.id);
    throw error;
  }
  try {
    // from before the acknowledgement on, so that whatever changes after it is told
    const [updates, { digest }] = await Promise.all([wantsUpdates(body) ? UpdateLog.open() : undefined, catalog(0)]);
    const bus = new OneListenerBus(() => void listener.close());
    const handler = serve(bus);
    const response = await handler.answer();
    if (!bus.listening) {
      await listener.close(); // refused, or it asks for nothing that we tell
      return response;
    }
    const { signal } = listener;
    const watching = Promise.all([
      pollListChanges({
        catalog: () => catalog(0),
        signal,
        told: digest,
        tell: (kind) => bus.publish({ kind: `${kind}_list_changed` }),
        ...FAST_POLLING,
      }),
      tasks
        ?.watch((event) => bus.publish(event), signal)
        .then(async () => {
          if (tasks.alone) await listener.close(); // there is nothing left to tell
        }),
      pollUpdates({
        updates: () => updates,
        signal,
        tell: (uris) => {
          for (const uri of uris) bus.publish({ kind: 'resource_updated', uri });
        },
      }),
    ]);
    void watching
      .finally(async () => {
        await listener.close(); // before the end, with which the function stops
        await handler.close();
      })
      .catch((error) => log.error('a listener could not be ended in order', error));
    return response;
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** The tasks that a request asks for, or why it may not; undefined where it asks for none, or nobody is told of any. */
export async function taskSubscriptionFor(
  body: ListenRequest['body'],
  principal: string | undefined,
): Promise<TaskSubscription | Response | undefined> {
  const tasks = await TaskSubscription.of({ ...body }, principal);
  if (tasks === 'malformed')
    return rpcError(400, JSON_RPC_ERROR.INVALID_PARAMS, 'taskIds must be an array of strings', { id: body.id });
  if (tasks === 'undeclared') {
    const { code, message, data } = missingTasksExtension();
    return rpcError(400, code, message, { id: body.id, data });
  }
  return notificationsEnabled() ? tasks : undefined;
}

function wantsUpdates({ params }: ListenRequest['body']): boolean {
  const filter = isObject(params) && isObject(params.notifications) ? params.notifications : {};
  return Array.isArray(filter.resourceSubscriptions) && filter.resourceSubscriptions.length > 0;
}

/** The bus of one request: one listener at most. */
class OneListenerBus implements ServerEventBus {
  private listener?: (event: ServerEvent) => void;

  constructor(private readonly onLeave: () => void) {}

  get listening(): boolean {
    return this.listener !== undefined;
  }

  publish(event: ServerEvent): void {
    this.listener?.(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.listener = listener;
    return () => {
      this.listener = undefined;
      this.onLeave();
    };
  }
}
