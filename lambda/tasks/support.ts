import type { ServerContext } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { type Conversation, isModern, revisionOf } from '../mcp/exchange.js';
import { servesTasks, TASKS, takesTasks, tasksMissing } from './extension.js';

/** What may become of a call: a task at once, a task if the function asks for one, or an answer and nothing else. */
export type Course = 'task' | 'maybe' | 'answer';

/**
 * The course of a call, or why there is none; throws what a 2026 client without the extension is told. A round of asking goes on as it
 * began, without a task, until the function says otherwise.
 */
export function courseOf(
  conversation: Conversation,
  ctx: ServerContext,
  { taskSupport }: Registration,
): { readonly course: Course } | { readonly refusal: string } {
  const took = takesTasks(conversation, ctx);
  if (taskSupport === 'required' && !took) {
    if (conversation.exchange.transport === 'http' && !servesTasks(conversation)) {
      return { refusal: 'this runs as a task only, and tasks are switched off on this server' };
    }
    if (isModern(revisionOf(conversation))) throw tasksMissing();
    return { refusal: `this runs as a task only: it takes a 2026-07-28 client with the extension ${TASKS}, over /mcp` };
  }
  if (!took || taskSupport === 'forbidden') return { course: 'answer' };
  return { course: taskSupport && ctx.mcpReq.requestState() === undefined ? 'task' : 'maybe' };
}
