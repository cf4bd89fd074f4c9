import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { startTask } from '../tasks/start.js';
import { courseOf } from '../tasks/support.js';
import { readAgain } from './again.js';
import { deliverableToolResult } from './deliverable.js';
import { guarded, invalidParams } from './errors.js';
import { toolCall } from './event.js';
import { type Conversation, revisionOf, STRUCTURED } from './exchange.js';
import { listedTool } from './listing.js';
import { measured } from './measured.js';
import { page } from './pagination.js';
import { perform, performAgain } from './perform.js';
import { problemsOf } from './schema.js';
import { toolFailure, toolResult } from './tool-result.js';

/** Serves `tools/list` and `tools/call`. */
export function serveTools(conversation: Conversation): void {
  const { server, catalog } = conversation;
  server.setRequestHandler(
    'tools/list',
    guarded(async ({ params }) => {
      const { registrations, nextCursor } = page((await catalog()).tools, params?.cursor);
      const tools = registrations.map(listedTool);
      if (revisionOf(conversation) < STRUCTURED) for (const tool of tools) delete tool.outputSchema;
      return { tools, ...(nextCursor ? { nextCursor } : {}) };
    }),
  );
  server.setRequestHandler(
    'tools/call',
    guarded(async ({ params }, ctx) => {
      const tool = (await catalog()).tools.find(({ name }) => name === params.name);
      if (!tool) throw invalidParams(`unknown tool: ${params.name}`);
      return measured(tool.name, ctx.mcpReq.signal, () => call(conversation, ctx, tool, params.arguments ?? {}));
    }),
  );
}

async function call(
  conversation: Conversation,
  ctx: ServerContext,
  tool: Registration,
  args: JsonObject,
): Promise<CallToolResult | InputRequiredResult> {
  const problems = tool.inputSchema ? problemsOf(tool.inputSchema, args) : [];
  if (problems.length > 0) return toolFailure(`invalid arguments:\n${problems.join('\n')}`);
  const way = courseOf(conversation, ctx, tool);
  if ('refusal' in way) return toolFailure(way.refusal);
  if (way.course === 'task') return startTask(conversation, ctx, tool, args);
  const functionCall = toolCall(tool, args);
  let performed = await perform(conversation, ctx, functionCall);
  for (let rounds = 0; performed.kind === 'answer'; rounds++) {
    const wish = readAgain(tool, performed.answer, { state: performed.state, background: rounds > 0 });
    if (!wish) break;
    if ('refusal' in wish) return toolFailure(wish.refusal);
    if (way.course === 'maybe') return startTask(conversation, ctx, tool, args, wish.again);
    performed = await performAgain(conversation, ctx, functionCall, wish.again);
  }
  if (performed.kind === 'asks') return performed.result;
  if (performed.kind === 'failed') return toolFailure(performed.text);
  const revision = revisionOf(conversation);
  const result = await deliverableToolResult(toolResult(performed.answer, tool, revision), performed.content, {
    tool,
    revision,
    signal: ctx.mcpReq.signal,
  });
  return conversation.server.projectCallToolResult(result, tool.outputSchema);
}
