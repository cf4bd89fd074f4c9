import type { JsonObject } from '../../src/private/registration.js';
import { readChunks } from './chunks.js';
import type { TaskRecord } from './record.js';

/** How often to ask, milliseconds: the younger a task, the sooner it may end. */
const POLL_INTERVALS = [
  { untilAgeMs: 30_000, pollIntervalMs: 1_000 },
  { untilAgeMs: 300_000, pollIntervalMs: 5_000 },
  { untilAgeMs: Number.POSITIVE_INFINITY, pollIntervalMs: 15_000 },
];

/** What every message about a task says of it (`Task` of the extension). */
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

/** The same with what belongs to its status (`DetailedTask`): open questions, the result or the error. */
export async function detailedView(task: TaskRecord): Promise<JsonObject> {
  const view = taskView(task);
  if (task.status === 'input_required') return { ...view, inputRequests: openQuestions(task) };
  if (!task.outcome) return view;
  const outcome = await readChunks<JsonObject>(task.taskId, task.outcome);
  return { ...view, [task.status === 'failed' ? 'error' : 'result']: outcome };
}

/** What the client has not answered yet. */
export function openQuestions({ inputRequests = {}, inputResponses = {} }: TaskRecord): JsonObject {
  return Object.fromEntries(Object.entries(inputRequests).filter(([key]) => !Object.hasOwn(inputResponses, key)));
}
