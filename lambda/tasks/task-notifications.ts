import { CLIENT_CAPABILITIES_META_KEY, type ServerEvent } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { parseExact } from '../shared/exact-json.js';
import { isObject } from '../shared/json.js';
import { log } from '../shared/log.js';
import { pause } from '../shared/pause.js';
import { mayAccess, type TaskCaller } from './access.js';
import { declaresTasks } from './extension.js';
import { failIfLost } from './lost.js';
import { isTerminal } from './record.js';
import { findTask } from './store.js';
import { detailedView } from './view.js';

/** Most tasks per listener. */
const MAX_TASKS = 32;
/** Interval between two reads of the tasks, milliseconds. */
const POLL_MS = 1_000;
/** URI scheme of a task within the MCP SDK, which supports subscriptions to resources, but not to tasks. */
const SCHEME = 'x-mcp-task:';

/** Why the task ids of a `subscriptions/listen` are refused: the extension is not declared, or the ids are not strings. */
type TaskFilterProblem = 'undeclared' | 'malformed';

/** A `subscriptions/listen` with task ids. Translates tasks to resources for the SDK, and resource updates of its stream back to tasks. */
export class TaskSubscription {
  private constructor(
    private readonly request: JsonObject,
    private readonly taskIds: readonly string[],
    private readonly caller: TaskCaller,
  ) {}

  /** Reads the task ids of a request; undefined if it has none. Ids of tasks that the caller cannot access are ignored. */
  static async of(request: JsonObject, caller: TaskCaller): Promise<TaskSubscription | TaskFilterProblem | undefined> {
    const { _meta, notifications } = isObject(request.params) ? request.params : {};
    const taskIds = isObject(notifications) ? notifications.taskIds : undefined;
    if (taskIds === undefined) return undefined;
    if (!declaresTasks(isObject(_meta) ? _meta[CLIENT_CAPABILITIES_META_KEY] : undefined)) return 'undeclared';
    if (!Array.isArray(taskIds) || !taskIds.every((id) => typeof id === 'string')) return 'malformed';
    const found = await Promise.all([...new Set<string>(taskIds)].slice(0, MAX_TASKS).map(findTask));
    const visible = await caller.catalog();
    const own = found.flatMap((task) => (task && mayAccess(task, caller, visible) ? [task.taskId] : []));
    return new TaskSubscription(request, own, caller);
  }

  /** The request with tasks as resource subscriptions, for the SDK. */
  get body(): JsonObject {
    const params = this.request.params as JsonObject;
    const { taskIds: _, ...filter } = params.notifications as JsonObject;
    const resources = Array.isArray(filter.resourceSubscriptions) ? filter.resourceSubscriptions : [];
    const resourceSubscriptions = [
      ...resources.filter((uri) => !isTask(uri)),
      ...this.taskIds.map((id) => SCHEME + id),
    ];
    return { ...this.request, params: { ...params, notifications: { ...filter, resourceSubscriptions } } };
  }

  /** Whether the request subscribes to nothing but tasks. */
  get alone(): boolean {
    const { notifications } = this.request.params as { notifications: JsonObject };
    return Object.entries(notifications).every(
      ([key, value]) => key === 'taskIds' || !value || Object(value).length === 0,
    );
  }

  /** Publishes the status of each task, initially and after each change, until all tasks have ended or `signal` aborts. */
  async watch(publish: (event: ServerEvent) => void, signal: AbortSignal): Promise<void> {
    const versions = new Map<string, number>(this.taskIds.map((id) => [id, 0]));
    do {
      for (const [id, version] of versions) {
        try {
          const stored = await findTask(id);
          const own = stored && mayAccess(stored, this.caller, await this.caller.catalog()) ? stored : undefined;
          const task = own && (await failIfLost(own));
          if (task && task.version !== version) {
            publish({ kind: 'resource_updated', uri: SCHEME + id, params: await detailedView(task) } as ServerEvent);
            versions.set(id, task.version);
          }
          if (!task || isTerminal(task)) versions.delete(id);
        } catch (error) {
          log.warn('publishing the status of a task failed', error as Error);
        }
      }
    } while (versions.size > 0 && (await pause(POLL_MS, signal)));
  }

  /** The SDK's response with task notifications in place of resource updates. */
  translate(response: Response): Response {
    const { body, headers, status } = response;
    if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) return response;
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    const translated = body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        // the SDK writes one event per chunk
        transform: (chunk, out) => out.enqueue(encoder.encode(translateEvent(decoder.decode(chunk)))),
      }),
    );
    return new Response(translated, { status, headers });
  }
}

function translateEvent(event: string): string {
  return event.replace(/^data: (.*)$/m, (line, data: string) => {
    const message = parseExact(data) as { method?: string; params?: JsonObject };
    const { method, params = {} } = message;
    if (method === 'notifications/subscriptions/acknowledged') {
      return `data: ${JSON.stringify({ ...message, params: { ...params, notifications: acknowledged(params.notifications) } })}`;
    }
    if (method !== 'notifications/resources/updated' || !isTask(params.uri)) return line;
    const { uri: _, ...task } = params;
    if (task.taskId === undefined) return ': '; // a function published an update of a resource with this URI
    return `data: ${JSON.stringify({ ...message, method: 'notifications/tasks', params: task })}`;
  });
}

function acknowledged(notifications: unknown): JsonObject {
  const { resourceSubscriptions, ...others } = (notifications ?? {}) as JsonObject;
  const all = Array.isArray(resourceSubscriptions) ? (resourceSubscriptions as string[]) : [];
  const uris = all.filter((uri) => !isTask(uri));
  const taskIds = all.filter(isTask).map((uri) => uri.slice(SCHEME.length));
  return {
    ...others,
    ...(uris.length > 0 ? { resourceSubscriptions: uris } : {}),
    ...(taskIds.length > 0 ? { taskIds } : {}),
  };
}

function isTask(uri: unknown): uri is string {
  return typeof uri === 'string' && uri.startsWith(SCHEME);
}
