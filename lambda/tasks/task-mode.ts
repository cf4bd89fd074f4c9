import type { ServerContext } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { clientSupportsTasks, missingTasksExtension, servesTasks, TASKS } from './extension.js';

/** How a tool call runs: as a task at once, as a task if the handler asks for one, or without a task. */
type TaskMode = 'task' | 'auto' | 'direct';

/**
 * The task mode of a call, or why the call is refused. Throws if the tool requires a task and a 2026 client does not declare the extension.
 * A call that began without a task continues so after input responses, until the handler asks for a task.
 */
export function taskModeOf(
  instance: ServerInstance,
  ctx: ServerContext,
  { taskSupport }: Registration,
): { readonly mode: TaskMode } | { readonly refusal: string } {
  const supported = clientSupportsTasks(instance, ctx);
  if (taskSupport === 'required' && !supported) {
    if (instance.scope.transport === 'http' && !servesTasks(instance)) {
      return { refusal: 'this tool only runs as a task, and tasks are disabled on this server' };
    }
    if (isModern(revisionOf(instance))) throw missingTasksExtension();
    return {
      refusal: `this tool only runs as a task: use a 2026-07-28 client with the extension ${TASKS} on /mcp`,
    };
  }
  if (!supported || taskSupport === 'forbidden') return { mode: 'direct' };
  return { mode: taskSupport && ctx.mcpReq.requestState() === undefined ? 'task' : 'auto' };
}
