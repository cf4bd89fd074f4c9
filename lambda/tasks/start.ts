import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { ENV, TASK_EVENTS } from '../../src/private/contract.js';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { note } from '../audit/notes.js';
import type { Continuation } from '../functions/continuation.js';
import { requestContextOf, type ServerInstance } from '../protocol/request-scope.js';
import { repeatingLambda } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';
import { ShareReached } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { inTaskPlace, TooManyTasks } from './places.js';
import type { TaskRun } from './record.js';
import { changeTask, createTask, newTaskId } from './store.js';
import { taskView } from './view.js';

/** Longest start of the task runner when concurrency is available, milliseconds. */
const START_MS = 60_000;

/** Epoch milliseconds by which a run that is invoked now must begin. */
export function startDeadline(): number {
  return Date.now() + TASK_EVENTS.MAX_AGE_SECONDS * 1000 + START_MS;
}

/** Invokes the task runner for a run. The SDK repeats a failed invocation, which is harmless: a run begins only once. */
export async function startRun({ taskId, run }: TaskRun, runnerArn = requireEnv(ENV.TASK_RUNNER_ARN)): Promise<void> {
  await repeatingLambda().send(
    new InvokeCommand({
      FunctionName: runnerArn,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify({ taskId, run })),
    }),
  );
}

/** Creates a task for a call and returns its handle. `continuation`: what the handler returned if it asked for a background call. */
export async function startTask(
  instance: ServerInstance,
  ctx: ServerContext,
  tool: Registration,
  args: JsonObject,
  continuation: Continuation = {},
): Promise<CallToolResult> {
  const { state, statusMessage, pollIntervalMs } = continuation;
  const taskId = newTaskId();
  note({ taskId });
  const { toolset } = instance.scope;
  const principal = instance.scope.principal?.id;
  const lostAt = startDeadline() + (pollIntervalMs ?? 0);
  const notBefore = pollIntervalMs === undefined ? undefined : Date.now() + pollIntervalMs;
  const start = async () => {
    const created = await createTask(
      { principal, toolset, tool: tool.name, lostAt, state, statusMessage, pollIntervalMs, notBefore },
      { arguments: args, inputResponses: ctx.mcpReq.inputResponses, facts: requestContextOf(instance, ctx) },
      taskId,
    );
    try {
      await startRun(created);
    } catch (error) {
      // the client does not learn the task id, so a run that begins anyway must not call the handler
      await changeTask(taskId, () => ({ status: 'cancelled' })).catch(logUncancelled);
      throw error;
    }
    return created;
  };
  const task = await inTaskPlace({ taskId, principal, lostAt }, start).catch(refuse);
  // the SDK requires `content` in a tool result; the extension allows it
  return { content: [], resultType: 'task', ...taskView(task) } as CallToolResult;
}

/** Rethrows the error of a task that does not start; one of a limit as a protocol error. */
function refuse(error: Error): never {
  if (!(error instanceof TooManyTasks || error instanceof ShareReached)) throw error;
  const { message, limit, value, retryAfter } = error;
  throw new ProtocolError(ProtocolErrorCode.InternalError, message, { limit, value, retryAfter });
}

function logUncancelled(error: Error): void {
  log.warn('cancelling a task that could not be started failed', error);
}
