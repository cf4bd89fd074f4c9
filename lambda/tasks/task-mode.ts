import type { ServerContext } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { servesTasks, TASKS, takesTasks, tasksMissing } from './extension.js';

/** What may become of a call: a task at once, a task if the function asks for one, or an answer and nothing else. */
export type TaskMode = 'task' | 'auto' | 'direct';

/**
 * The mode of a call, or why there is none; throws what a 2026 client without the extension is told. A round of asking goes on as it
 * began, without a task, until the function says otherwise.
 */
export function taskModeOf(
  instance: ServerInstance,
  ctx: ServerContext,
  { taskSupport }: Registration,
): { readonly mode: TaskMode } | { readonly refusal: string } {
  const took = takesTasks(instance, ctx);
  if (taskSupport === 'required' && !took) {
    if (instance.scope.transport === 'http' && !servesTasks(instance)) {
      return { refusal: 'this runs as a task only, and tasks are switched off on this server' };
    }
    if (isModern(revisionOf(instance))) throw tasksMissing();
    return { refusal: `this runs as a task only: it takes a 2026-07-28 client with the extension ${TASKS}, over /mcp` };
  }
  if (!took || taskSupport === 'forbidden') return { mode: 'direct' };
  return { mode: taskSupport && ctx.mcpReq.requestState() === undefined ? 'task' : 'auto' };
}
