import type { JsonObject } from '../../src/private/registration.js';
import { readChunks } from './chunks.js';
import type { TaskRecord } from './record.js';

/** Poll intervals for clients by the age of a task, milliseconds: young tasks tend to end sooner. */
const POLL_INTERVALS = [
  { untilAgeMs: 30_000, pollIntervalMs: 1_000 },
  { untilAgeMs: 300_000, pollIntervalMs: 5_000 },
  { untilAgeMs: Number.POSITIVE_INFINITY, pollIntervalMs: 15_000 },
];

/** The `Task` object of the extension, which every message about a task contains. */
export function taskView(task: TaskRecord): JsonObject {
  const { taskId, status, statusMessage, createdAt, updatedAt, expiresAt } = task;
  const created = Date.parse(createdAt);
  const age = Date.now() - created;
  return {
    taskId,
    status,
    ...(statusMessage === undefined ? {} : { statusMessage }),
    createdAt,
    lastUpdatedAt: updatedAt,
    ttlMs: expiresAt - created,
    pollIntervalMs: task.pollIntervalMs ?? POLL_INTERVALS.find(({ untilAgeMs }) => age < untilAgeMs)!.pollIntervalMs,
  };
}

/** The `DetailedTask` object of the extension: a `Task` with pending input requests, result or error. */
export async function detailedView(task: TaskRecord): Promise<JsonObject> {
  const view = taskView(task);
  if (task.status === 'input_required') return { ...view, inputRequests: pendingInputRequests(task) };
  if (!task.outcome) return view;
  const outcome = await readChunks<JsonObject>(task.taskId, task.outcome);
  return { ...view, [task.status === 'failed' ? 'error' : 'result']: outcome };
}

/** Input requests without a response. */
export function pendingInputRequests({ inputRequests = {}, inputResponses = {} }: TaskRecord): JsonObject {
  return Object.fromEntries(Object.entries(inputRequests).filter(([key]) => !Object.hasOwn(inputResponses, key)));
}
