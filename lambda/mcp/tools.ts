import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { METRICS } from '../../src/private/contract.js';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { MetricUnit, measure } from '../shared/metrics.js';
import { guarded, invalidParams } from './errors.js';
import { type Conversation, revisionOf, STRUCTURED } from './exchange.js';
import { listedTool } from './listing.js';
import { page } from './pagination.js';
import { perform } from './perform.js';
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
      return measured(tool, ctx, () => call(conversation, ctx, tool, params.arguments ?? {}));
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
  const performed = await perform(conversation, ctx, {
    registration: tool,
    functionArn: tool.lambdaArn,
    method: 'tools/call',
    target: tool.name,
    arguments: args,
    params: { name: tool.name, arguments: args },
  });
  if (performed.kind === 'asks') return performed.result;
  if (performed.kind === 'failed') return toolFailure(performed.text);
  const result = toolResult(performed.answer, tool, revisionOf(conversation));
  return conversation.server.projectCallToolResult(result, tool.outputSchema);
}

/** Counts a call and its time, once it has come to an end: neither one that was cancelled nor a question to the client. */
async function measured(
  tool: Registration,
  { mcpReq }: ServerContext,
  run: () => Promise<CallToolResult | InputRequiredResult>,
): Promise<CallToolResult | InputRequiredResult> {
  const started = performance.now();
  let failed = true;
  let ended = true;
  try {
    const result = await run();
    ended = result.resultType !== 'input_required';
    failed = result.isError === true;
    return result;
  } finally {
    if (ended && !mcpReq.signal.aborted) {
      const milliseconds = performance.now() - started;
      measure(
        [
          { name: METRICS.TOOL_CALLS, value: 1 },
          { name: METRICS.TOOL_ERRORS, value: failed ? 1 : 0 },
          { name: METRICS.TOOL_DURATION, value: milliseconds, unit: MetricUnit.Milliseconds },
        ],
        { tool: tool.name },
      );
    }
  }
}
