import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { ENV, TASK_EVENTS } from '../../src/private/contract.js';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import type { Continuation } from '../functions/continuation.js';
import { requestContextOf, type ServerInstance } from '../protocol/request-scope.js';
import { lambda } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';
import type { TaskRun } from './record.js';
import { createTask } from './store.js';
import { taskView } from './view.js';

/** Longest start of the task runner when concurrency is available, milliseconds. */
const START_MS = 60_000;

/** Epoch milliseconds by which a run that is invoked now must begin. */
export function startDeadline(): number {
  return Date.now() + TASK_EVENTS.MAX_AGE_SECONDS * 1000 + START_MS;
}

/** Invokes the task runner for a run. Repeated invocations are harmless: a run begins only once. */
export async function startRun({ taskId, run }: TaskRun, runnerArn = requireEnv(ENV.TASK_RUNNER_ARN)): Promise<void> {
  await lambda().send(
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
  const task = await createTask(
    {
      principal: instance.scope.principal?.id,
      tool: tool.name,
      lostAt: startDeadline() + (pollIntervalMs ?? 0),
      state,
      statusMessage,
      pollIntervalMs,
      notBefore: pollIntervalMs === undefined ? undefined : Date.now() + pollIntervalMs,
    },
    { arguments: args, inputResponses: ctx.mcpReq.inputResponses, facts: requestContextOf(instance, ctx) },
  );
  await startRun(task);
  // the SDK requires `content` in a tool result; the extension allows it
  return { content: [], resultType: 'task', ...taskView(task) } as CallToolResult;
}
