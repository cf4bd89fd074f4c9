import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { checkInputResponses, requestedSchemasOf } from '../functions/input-responses.js';
import { invalidParams, withSafeErrors } from '../protocol/errors.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { isObject } from '../shared/json.js';
import { mayAccess } from './access.js';
import { clientSupportsTasks, missingTasksExtension } from './extension.js';
import { failIfLost } from './lost.js';
import type { TaskParams } from './on-demand.js';
import type { TaskRecord } from './record.js';
import { startDeadline, startRun } from './start.js';
import { changeTask, findTask, TaskTooLarge } from './store.js';
import { detailedView, pendingInputRequests } from './view.js';

/** The handlers of the methods of the tasks extension. */
export function taskMethods(instance: ServerInstance) {
  return {
    'tasks/get': forOwner(instance, async (task) => detailedView(await failIfLost(task))),
    'tasks/update': forOwner(instance, async ({ taskId }, { mcpReq }) => {
      const responses: unknown = mcpReq.inputResponses; // the SDK removes them from `params` for all methods
      if (!isObject(responses)) throw invalidParams('inputResponses must be an object');
      return update(taskId, responses);
    }),
    'tasks/cancel': forOwner(instance, async ({ taskId }) => {
      await changeTask(taskId, () => ({ status: 'cancelled', statusMessage: undefined, inputRequests: undefined }));
      return {};
    }),
  };
}

/** A request handler for the caller's own tasks. The response does not reveal whether another task exists. */
function forOwner(instance: ServerInstance, handler: (task: TaskRecord, ctx: ServerContext) => Promise<JsonObject>) {
  return withSafeErrors(async (params: TaskParams, ctx: ServerContext) => {
    if (!isModern(revisionOf(instance))) {
      throw new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found');
    }
    if (!clientSupportsTasks(instance, ctx)) throw missingTasksExtension();
    const task = await findTask(params.taskId);
    if (!task || !mayAccess(task, instance.scope, await instance.catalog())) {
      throw invalidParams('task not found or expired');
    }
    return handler(task, ctx);
  });
}

/**
 * Stores the responses to pending input requests and ignores others. The last one starts the next run. A client repeats an update that
 * failed: a run that has not begun is therefore started again.
 */
async function update(taskId: string, responses: JsonObject): Promise<JsonObject> {
  let complete = false;
  const change = (task: TaskRecord) => {
    complete = task.status === 'working' && task.begun < task.run && task.inputResponses !== undefined;
    if (complete) return { lostAt: startDeadline() };
    if (task.status !== 'input_required') return undefined;
    const pending = pendingInputRequests(task);
    const answered = Object.keys(pending).filter((key) => Object.hasOwn(responses, key));
    if (answered.length === 0) return undefined;
    checkInputResponses(requestedSchemasOf(pending), responses);
    complete = answered.length === Object.keys(pending).length;
    const added = Object.fromEntries(answered.map((key) => [key, responses[key]]));
    const inputResponses = { ...task.inputResponses, ...added };
    if (!complete) return { inputResponses };
    return { inputResponses, status: 'working', run: task.run + 1, lostAt: startDeadline() } as const;
  };
  try {
    const changed = await changeTask(taskId, change);
    if (changed?.changed && complete) await startRun(changed.task);
  } catch (error) {
    if (error instanceof TaskTooLarge) throw invalidParams(`the input responses are too large: ${error.message}`);
    throw error;
  }
  return {};
}
