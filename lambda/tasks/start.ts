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

/** What an invocation of the runner takes to begin where there is room. */
const START_MS = 60_000;

/** Epoch milliseconds by which a run that is asked for now has to begin. */
export function startsBy(now = Date.now()): number {
  return now + TASK_EVENTS.MAX_AGE_SECONDS * 1000 + START_MS;
}

/** Has the task runner work on a task. It is not called twice for one run, and the run begins once however often it is. */
export async function startRun({ taskId, run }: TaskRun, runnerArn = requireEnv(ENV.TASK_RUNNER_ARN)): Promise<void> {
  await lambda().send(
    new InvokeCommand({
      FunctionName: runnerArn,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify({ taskId, run })),
    }),
  );
}

/** Makes a task of a call and answers with its handle. `again`: what the function had said when it asked for that. */
export async function startTask(
  instance: ServerInstance,
  ctx: ServerContext,
  tool: Registration,
  args: JsonObject,
  again: Continuation = {},
): Promise<CallToolResult> {
  const { state, statusMessage, pollIntervalMs } = again;
  const task = await createTask(
    {
      principal: instance.scope.principal?.id,
      tool: tool.name,
      lostAt: startsBy() + (pollIntervalMs ?? 0),
      state,
      statusMessage,
      pollIntervalMs,
      notBefore: pollIntervalMs === undefined ? undefined : Date.now() + pollIntervalMs,
    },
    { arguments: args, inputResponses: ctx.mcpReq.inputResponses, facts: requestContextOf(instance, ctx) },
  );
  await startRun(task);
  // the SDK knows results of tools without `content` no other way; the extension leaves room for it
  return { content: [], resultType: 'task', ...taskView(task) } as CallToolResult;
}
