import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { withholdsResource } from '../mcp/find-resource.js';
import { notificationsEnabled } from '../notifications/enabled.js';
import { FAST_POLLING, pollListChanges } from '../notifications/list-change-poller.js';
import { Listener, TooManyListeners } from '../notifications/listener.js';
import { UpdateLog } from '../notifications/update-log.js';
import { pollUpdates, UPDATE_POLL_MS } from '../notifications/update-poller.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import type { ReadCatalog } from '../registry/catalog.js';
import { isObject } from '../shared/json.js';
import { ShareReached } from '../shared/limits.js';
import { log } from '../shared/log.js';
import type { TaskCaller } from '../tasks/access.js';
import { missingTasksExtension } from '../tasks/extension.js';
import { TaskSubscription } from '../tasks/task-notifications.js';
import type { ListenBody } from './listen-request.js';
import { limitReached, rpcError, tooManyListeners } from './rpc-error.js';

/** A `subscriptions/listen` request. */
interface SubscriptionsListenRequest {
  readonly body: ListenBody;
  /** Reads the catalog as the caller sees it. */
  readonly catalog: ReadCatalog;
  /** The tasks in the request's filter. */
  readonly tasks?: TaskSubscription;
  readonly principal?: string;
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
}

/** The MCP SDK's handler of one request: responds with a stream of the events on its bus, until it is closed. */
interface StreamHandler {
  respond(): Promise<Response>;
  close(): Promise<void>;
}

/** Handles `subscriptions/listen`: streams the notifications that the filter selects, and ends the stream before the invocation ends. */
export async function handleSubscriptionsListen(
  { body, catalog, deadline, tasks, principal }: SubscriptionsListenRequest,
  createHandler: (bus: ServerEventBus) => StreamHandler,
): Promise<Response> {
  let listener: Listener;
  try {
    listener = await Listener.open({ deadline, principal });
  } catch (error) {
    if (error instanceof TooManyListeners) return tooManyListeners(error, body.id);
    if (error instanceof ShareReached) return limitReached(error, body.id);
    throw error;
  }
  try {
    // read before the acknowledgement, so that the client gets every change after it
    const [updates, { digest }] = await Promise.all([selectsUpdates(body) ? UpdateLog.open() : undefined, catalog(0)]);
    const bus = new SingleSubscriberBus(() => void listener.close());
    const handler = createHandler(bus);
    const response = await handler.respond();
    if (!bus.subscribed) {
      await listener.close(); // the request was rejected, or its filter selects nothing that this server sends
      return response;
    }
    const { signal } = listener;
    const polling = Promise.all([
      pollListChanges({
        catalog: () => catalog(0),
        signal,
        announced: digest,
        notify: (kind) => bus.publish({ kind: `${kind}_list_changed` }),
        ...FAST_POLLING,
        everyMs: listener.pollInterval(FAST_POLLING.everyMs),
      }),
      tasks
        ?.watch((event) => bus.publish(event), signal)
        .then(async () => {
          if (tasks.alone) await listener.close(); // all tasks have ended, and the filter selects nothing else
        }),
      pollUpdates({
        updates: () => updates,
        signal,
        everyMs: listener.pollInterval(UPDATE_POLL_MS),
        notify: async (uris) => {
          const visible = await catalog();
          for (const uri of uris) if (!withholdsResource(visible, uri)) bus.publish({ kind: 'resource_updated', uri });
        },
      }),
    ]);
    void polling
      .finally(async () => {
        await listener.close(); // before the handler: Lambda may freeze the function once the response has ended
        await handler.close();
      })
      .catch((error) => log.error('closing a listener failed', error));
    return response;
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** Finds the tasks in a request's filter. Returns an error response for an invalid filter, and undefined without tasks or notifications. */
export async function taskSubscriptionFor(
  body: SubscriptionsListenRequest['body'],
  caller: TaskCaller,
): Promise<TaskSubscription | Response | undefined> {
  const tasks = await TaskSubscription.of({ ...body }, caller);
  if (tasks === 'malformed') {
    return rpcError(400, JSON_RPC_ERROR.INVALID_PARAMS, 'taskIds must be an array of strings', { id: body.id });
  }
  if (tasks === 'undeclared') {
    const { code, message, data } = missingTasksExtension();
    return rpcError(400, code, message, { id: body.id, data });
  }
  return notificationsEnabled() ? tasks : undefined;
}

function selectsUpdates({ params }: SubscriptionsListenRequest['body']): boolean {
  const filter = isObject(params) && isObject(params.notifications) ? params.notifications : {};
  return Array.isArray(filter.resourceSubscriptions) && filter.resourceSubscriptions.length > 0;
}

/** The event bus of one request, which has at most one subscriber. */
class SingleSubscriberBus implements ServerEventBus {
  private subscriber?: (event: ServerEvent) => void;

  constructor(private readonly onUnsubscribe: () => void) {}

  get subscribed(): boolean {
    return this.subscriber !== undefined;
  }

  publish(event: ServerEvent): void {
    this.subscriber?.(event);
  }

  subscribe(subscriber: (event: ServerEvent) => void): () => void {
    this.subscriber = subscriber;
    return () => {
      this.subscriber = undefined;
      this.onUnsubscribe();
    };
  }
}
