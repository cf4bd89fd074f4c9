import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { describeMissingScopes } from '../../src/private/oauth.js';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { missingScopes } from '../access/rules.js';
import { auditCall } from '../audit/call.js';
import { note } from '../audit/notes.js';
import { callFunction, continueCall } from '../functions/call-function.js';
import { measureCall } from '../functions/call-metrics.js';
import { maxTaskCalls, readContinuation } from '../functions/continuation.js';
import { toolCall } from '../functions/event.js';
import { tooSlowText, validateSchema } from '../functions/schema-validation.js';
import { invalidParams, withSafeErrors } from '../protocol/errors.js';
import { page } from '../protocol/pagination.js';
import { type RequestScope, revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { STRUCTURED_CONTENT_REVISION } from '../protocol/revisions.js';
import type { Catalog } from '../registry/catalog.js';
import { toolEntry } from '../registry/list-entries.js';
import { startTask } from '../tasks/on-demand.js';
import { taskModeOf } from '../tasks/task-mode.js';
import { auditedCall } from './audited-call.js';
import { listCache } from './list-cache.js';
import { deliverableToolResult } from './result-delivery.js';
import { toolFailure, toolResult } from './tool-result.js';

/** Serves `tools/list` and `tools/call`. */
export function serveTools(instance: ServerInstance): void {
  const { server, catalog } = instance;
  server.setRequestHandler(
    'tools/list',
    withSafeErrors(async ({ params }) => {
      const visible = await catalog();
      const { registrations, nextCursor } = page(visible.tools, params?.cursor);
      const tools = registrations.map(toolEntry);
      if (revisionOf(instance) < STRUCTURED_CONTENT_REVISION) for (const tool of tools) delete tool.outputSchema;
      return { tools, ...(nextCursor ? { nextCursor } : {}), ...listCache(instance, visible) };
    }),
  );
  server.setRequestHandler(
    'tools/call',
    withSafeErrors(({ params }, ctx) => {
      const call = { kind: 'tool', name: params.name, arguments: params.arguments } as const;
      return auditCall(auditedCall(instance, ctx, call), async () => {
        const visible = await catalog();
        const tool = visible.tools.find(({ name }) => name === params.name);
        if (!tool) return unavailable(visible, params.name, instance.scope);
        note({ registration: tool });
        await instance.scope.countCall?.(tool);
        return measureCall(tool.name, ctx.mcpReq.signal, () => callTool(instance, ctx, tool, params.arguments ?? {}));
      });
    }),
  );
}

/** The result of a call of a tool that the caller cannot use: for the caller, only a tool that lacks just scopes exists. */
function unavailable({ full }: Catalog, name: string, scope: RequestScope): CallToolResult {
  const withheld = full?.tools.find((each) => each.name === name);
  const scopes = withheld && missingScopes(withheld, scope.principal);
  if (!scopes) throw invalidParams(`unknown tool: ${name}`);
  const missing = describeMissingScopes(scopes, scope);
  return toolFailure(`${missing}. Request an access token with this scope to call ${name}`);
}

async function callTool(
  instance: ServerInstance,
  ctx: ServerContext,
  tool: Registration,
  args: JsonObject,
): Promise<CallToolResult | InputRequiredResult> {
  const { problems, tooSlow } = tool.inputSchema ? validateSchema(tool.inputSchema, args, tool) : { problems: [] };
  if (tooSlow !== undefined || problems.length > 0) note({ reason: 'arguments' });
  if (tooSlow !== undefined) return toolFailure(tooSlowText('arguments', tooSlow));
  if (problems.length > 0) return toolFailure(`invalid arguments:\n${problems.join('\n')}`);
  const taskMode = taskModeOf(instance, ctx, tool);
  if ('refusal' in taskMode) return toolFailure(taskMode.refusal);
  if (taskMode.mode === 'task') return startTask(instance, ctx, tool, args);
  const functionCall = toolCall(tool, args);
  let callResult = await callFunction(instance, ctx, functionCall);
  for (let continuations = 0; callResult.kind === 'response'; continuations++) {
    const lastCall = { state: callResult.state, background: continuations > 0 };
    const requested = readContinuation(tool, callResult.response, lastCall);
    if (!requested) break;
    if ('refusal' in requested) return toolFailure(requested.refusal);
    if (continuations + 1 >= maxTaskCalls()) {
      return toolFailure(`the function was called ${continuations + 1} times without a result (limits.taskCalls)`);
    }
    if (taskMode.mode === 'auto') return startTask(instance, ctx, tool, args, requested.continuation);
    callResult = await continueCall(instance, ctx, functionCall, requested.continuation);
  }
  if (callResult.kind === 'inputRequired') return callResult.result;
  if (callResult.kind === 'failed') return toolFailure(callResult.text);
  const revision = revisionOf(instance);
  const result = await deliverableToolResult(toolResult(callResult.response, tool, revision), callResult.content, {
    tool,
    revision,
    signal: ctx.mcpReq.signal,
  });
  return instance.server.projectCallToolResult(result, tool.outputSchema);
}
