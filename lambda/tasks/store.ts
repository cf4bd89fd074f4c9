import { randomBytes } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DEFAULTS, ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { numberEnv, requireEnv } from '../shared/env.js';
import { writeChunks } from './chunks.js';
import { isTerminal, type TaskCall, type TaskError, type TaskRecord } from './record.js';

/** Where callers are not known, the id is all that it takes to ask for a task. */
const ID_BYTES = 16;
/** DynamoDB's items hold 400 KB with their keys. */
const MAX_RECORD_BYTES = 380_000;

/** What a change may touch. */
export type TaskChange = Partial<
  Omit<TaskRecord, 'taskId' | 'version' | 'createdAt' | 'updatedAt' | 'expiresAt' | 'principal' | 'tool' | 'call'>
>;

/** What a task is and whose. */
export type NewTask = TaskChange & Pick<TaskRecord, 'principal' | 'tool' | 'lostAt'>;

/** How a task ends, where it is not cancelled. */
export type TaskEnd =
  | { readonly status: 'completed'; readonly outcome: object }
  | { readonly status: 'failed'; readonly outcome: TaskError };

/** More questions, or answers to them, than a task can hold. */
export class TaskTooLarge extends Error {}

/** Writes a new task down, with its call. */
export async function createTask(task: NewTask, call: TaskCall): Promise<TaskRecord> {
  const now = Date.now();
  const expiresAt = now + numberEnv(ENV.TASK_SECONDS, DEFAULTS.TASK_SECONDS) * 1000;
  const taskId = randomBytes(ID_BYTES).toString('hex');
  const record: TaskRecord = {
    status: 'working',
    run: 1,
    begun: 0,
    rounds: 0,
    ...task,
    taskId,
    version: 1,
    createdAt: new Date(now).toISOString(),
    updatedAt: new Date(now).toISOString(),
    expiresAt,
    call: await writeChunks(taskId, expiresAt, call),
  };
  await put(record);
  return record;
}

/** The task of this id, unless its time is over. */
export async function findTask(taskId: string): Promise<TaskRecord | undefined> {
  const { Item } = await dynamoDb().send(
    new GetItemCommand({
      TableName: requireEnv(ENV.SESSION_TABLE),
      Key: {
        [SESSIONS.PARTITION_KEY]: { S: SESSIONS.TASK + taskId },
        [SESSIONS.SORT_KEY]: { S: SESSIONS.TASK_RECORD },
      },
      ConsistentRead: true,
    }),
  );
  const task = Item && (JSON.parse(Item.record!.S!) as TaskRecord);
  return task && task.expiresAt > Date.now() ? task : undefined;
}

/**
 * Changes a task as `decide` says of what it finds, and again of what it finds then if another process was faster; undefined
 * leaves the task alone. What has ended does not change any more. Returns the task as it then stands; undefined if its time is over.
 */
export async function changeTask(
  taskId: string,
  decide: (task: TaskRecord) => TaskChange | undefined,
): Promise<{ readonly task: TaskRecord; readonly changed: boolean } | undefined> {
  for (;;) {
    const task = await findTask(taskId);
    if (!task) return undefined;
    const change = isTerminal(task) ? undefined : decide(task);
    if (!change) return { task, changed: false };
    const next = { ...task, ...change, version: task.version + 1, updatedAt: new Date().toISOString() };
    if (await conditionHolds(put(next, task.version))) return { task: next, changed: true };
  }
}

/** Ends a task with a result or an error, if `run` is still the one that may. Returns what `changeTask` does. */
export async function endTask({ taskId, run, expiresAt }: TaskRecord, end: TaskEnd): ReturnType<typeof changeTask> {
  const outcome = await writeChunks(taskId, expiresAt, end.outcome);
  const statusMessage = end.status === 'failed' ? end.outcome.message : undefined;
  return changeTask(taskId, (task) =>
    task.run === run ? { status: end.status, statusMessage, outcome, inputRequests: undefined } : undefined,
  );
}

async function put(task: TaskRecord, replaces?: number): Promise<void> {
  const record = JSON.stringify(task);
  if (Buffer.byteLength(record) > MAX_RECORD_BYTES) throw new TaskTooLarge();
  await dynamoDb().send(
    new PutItemCommand({
      TableName: requireEnv(ENV.SESSION_TABLE),
      Item: {
        [SESSIONS.PARTITION_KEY]: { S: SESSIONS.TASK + task.taskId },
        [SESSIONS.SORT_KEY]: { S: SESSIONS.TASK_RECORD },
        [SESSIONS.TTL]: { N: String(Math.ceil(task.expiresAt / 1000)) },
        version: { N: String(task.version) },
        record: { S: record },
      },
      ConditionExpression: replaces === undefined ? 'attribute_not_exists(#version)' : '#version = :version',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: replaces === undefined ? undefined : { ':version': { N: String(replaces) } },
    }),
  );
}
