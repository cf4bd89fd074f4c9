import { randomBytes } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DEFAULTS, ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds, newWriterToken } from '../shared/conditional-write.js';
import { numberEnv, requireEnv } from '../shared/env.js';
import { parseExact } from '../shared/exact-json.js';
import { MAX_ITEM_BYTES, writeChunks } from './chunks.js';
import { updateTaskPlace } from './places.js';
import { isTerminal, type TaskCall, type TaskError, type TaskRecord } from './record.js';

/** Without authentication, the id alone gives access to a task, so it must be unguessable. */
const ID_BYTES = 16;
const TASK_ID = /^[0-9a-f]{32}$/;
/** Attempts at a conditional write while other processes change the same task. */
const MAX_ATTEMPTS = 20;
/** Number of writer tokens in a task record. */
const MAX_WRITERS = 4;

/** Changes to the mutable properties of a task. */
export type TaskChange = Partial<
  Omit<
    TaskRecord,
    | 'taskId'
    | 'version'
    | 'writers'
    | 'createdAt'
    | 'updatedAt'
    | 'expiresAt'
    | 'principal'
    | 'toolset'
    | 'tool'
    | 'call'
  >
>;

/** Properties of a new task. */
type NewTask = TaskChange & Pick<TaskRecord, 'principal' | 'toolset' | 'tool' | 'lostAt'>;

/** The end of a task that is not cancelled. */
export type TaskEnd =
  | { readonly status: 'completed'; readonly outcome: object }
  | { readonly status: 'failed'; readonly outcome: TaskError };

/** The task record is too large, because of its input requests or input responses. */
export class TaskTooLarge extends Error {
  constructor() {
    super(`a task can hold at most ${MAX_ITEM_BYTES / 1000} KB`);
  }
}

export function newTaskId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

/** Stores a new task and its call. */
export async function createTask(task: NewTask, call: TaskCall, taskId = newTaskId()): Promise<TaskRecord> {
  const now = Date.now();
  const expiresAt = now + numberEnv(ENV.TASK_SECONDS, DEFAULTS.TASK_SECONDS) * 1000;
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
  if (!(await put(record))) throw new Error('a task with this id exists already');
  return record;
}

/** Reads a task; undefined if it does not exist or has expired, or if the id does not have the form of a task id. */
export async function findTask(taskId: string): Promise<TaskRecord | undefined> {
  if (!TASK_ID.test(taskId)) return undefined; // DynamoDB rejects keys of more than 2 KB
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
  const task = Item && (parseExact(Item.record!.S!) as TaskRecord);
  return task && task.expiresAt > Date.now() ? task : undefined;
}

/**
 * Applies the change that `decide` returns for the current task; undefined means no change. Repeats both if another process changed the
 * task meanwhile. A task that has ended does not change. Returns the resulting task; undefined if it does not exist or has expired.
 */
export async function changeTask(
  taskId: string,
  decide: (task: TaskRecord) => TaskChange | undefined,
): Promise<{ readonly task: TaskRecord; readonly changed: boolean } | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const task = await findTask(taskId);
    if (!task) return undefined;
    const change = isTerminal(task) ? undefined : decide(task);
    if (!change) return { task, changed: false };
    const next = { ...task, ...change, version: task.version + 1, updatedAt: new Date().toISOString() };
    if (await put(next, task.version)) {
      if (change.status !== undefined || change.lostAt !== undefined) await updateTaskPlace(next);
      return { task: next, changed: true };
    }
  }
  throw new Error('the task is being changed by other requests');
}

/**
 * Ends a task with a result or an error, unless it has a newer run. Returns the same as `changeTask()`.
 *
 * @param applies whether the stored task is to end; by default always
 */
export async function endTask(
  { taskId, run, expiresAt }: TaskRecord,
  end: TaskEnd,
  applies: (task: TaskRecord) => boolean = () => true,
): ReturnType<typeof changeTask> {
  const outcome = await writeChunks(taskId, expiresAt, end.outcome);
  const statusMessage = end.status === 'failed' ? end.outcome.message : undefined;
  return changeTask(taskId, (task) =>
    task.run === run && applies(task)
      ? { status: end.status, statusMessage, outcome, inputRequests: undefined }
      : undefined,
  );
}

/**
 * Writes a task record. Resolves to false if the stored record is not of the version that it replaces.
 *
 * The SDK repeats a write whose response was lost, and the condition then fails on the record that the first attempt wrote. The record
 * therefore contains the tokens of its last writers: another process may have changed it again meanwhile.
 */
async function put(task: TaskRecord, replaces?: number): Promise<boolean> {
  const writer = newWriterToken();
  const writers = [...(task.writers ?? []), writer].slice(-MAX_WRITERS);
  const record = JSON.stringify({ ...task, writers });
  if (Buffer.byteLength(record) > MAX_ITEM_BYTES) throw new TaskTooLarge();
  const written = await conditionHolds(
    dynamoDb().send(
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
    ),
  );
  return written || ((await findTask(task.taskId))?.writers ?? []).includes(writer);
}
