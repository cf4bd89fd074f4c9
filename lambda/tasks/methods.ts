import {
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
  type StandardSchemaV1,
} from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { invalidParams, withSafeErrors } from '../protocol/errors.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { isObject } from '../shared/json.js';
import { servesTasks, takesTasks, tasksMissing } from './extension.js';
import { isTerminal, type TaskRecord } from './record.js';
import { startRun, startsBy } from './start.js';
import { changeTask, endTask, findTask, TaskTooLarge } from './store.js';
import { detailedView, openQuestions } from './view.js';

interface TaskParams {
  readonly taskId: string;
}

/** A Standard Schema for what the three requests have in common. */
const TASK_PARAMS: StandardSchemaV1<TaskParams> = {
  '~standard': {
    version: 1,
    vendor: 'cdk-mcp-lambda',
    validate: (value) => {
      const { taskId } = value as Partial<TaskParams>;
      return typeof taskId === 'string' ? { value: { taskId } } : { issues: [{ message: 'taskId must be a string' }] };
    },
  },
};

/** Serves `tasks/get`, `tasks/update` and `tasks/cancel`, where tools run as tasks. */
export function serveTasks(instance: ServerInstance): void {
  if (!servesTasks(instance)) return;
  const { server } = instance;
  server.setRequestHandler(
    'tasks/get',
    { params: TASK_PARAMS },
    forOwner(instance, async (task) => detailedView(await withoutLost(task))),
  );
  server.setRequestHandler(
    'tasks/update',
    { params: TASK_PARAMS },
    forOwner(instance, async ({ taskId }, { mcpReq }) => {
      const answers: unknown = mcpReq.inputResponses; // the SDK takes them out of `params` for all methods
      if (!isObject(answers)) throw invalidParams('inputResponses must be an object');
      return update(taskId, answers);
    }),
  );
  server.setRequestHandler(
    'tasks/cancel',
    { params: TASK_PARAMS },
    forOwner(instance, async ({ taskId }) => {
      await changeTask(taskId, () => ({ status: 'cancelled', statusMessage: undefined, inputRequests: undefined }));
      return {};
    }),
  );
}

/** A handler for who may ask about tasks, and only about their own: another's is no different from one that never was. */
function forOwner(instance: ServerInstance, handler: (task: TaskRecord, ctx: ServerContext) => Promise<JsonObject>) {
  return withSafeErrors(async (params: TaskParams, ctx: ServerContext) => {
    if (!isModern(revisionOf(instance))) {
      throw new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found');
    }
    if (!takesTasks(instance, ctx)) throw tasksMissing();
    const task = await findTask(params.taskId);
    if (!task || task.principal !== instance.scope.principal?.id) {
      throw invalidParams('no such task, or its time is over');
    }
    return handler(task, ctx);
  });
}

/** Takes answers to open questions, and only to those. With the last of them, the function is called again. */
async function update(taskId: string, answers: JsonObject): Promise<JsonObject> {
  let complete = false;
  const change = (task: TaskRecord) => {
    complete = false;
    if (task.status !== 'input_required') return undefined;
    const open = Object.keys(openQuestions(task));
    const taken = open.filter((key) => Object.hasOwn(answers, key));
    if (taken.length === 0) return undefined;
    complete = taken.length === open.length;
    const inputResponses = { ...task.inputResponses, ...Object.fromEntries(taken.map((key) => [key, answers[key]])) };
    if (!complete) return { inputResponses };
    return { inputResponses, status: 'working', run: task.run + 1, lostAt: startsBy() } as const;
  };
  try {
    const changed = await changeTask(taskId, change);
    if (changed?.changed && complete) await startRun(changed.task);
  } catch (error) {
    if (error instanceof TaskTooLarge) throw invalidParams('the answers are larger than a task can hold (380 KB)');
    throw error;
  }
  return {};
}

/** The task as it is, or failed where what worked on it is gone without a word. */
async function withoutLost(task: TaskRecord): Promise<TaskRecord> {
  if (isTerminal(task) || task.status !== 'working' || task.lostAt > Date.now()) return task;
  const message = task.begun < task.run ? 'the task could not be started' : 'the task did not come to an end';
  const ended = await endTask(task, {
    status: 'failed',
    outcome: { code: ProtocolErrorCode.InternalError, message },
  });
  return ended?.task ?? task;
}
