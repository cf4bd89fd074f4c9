import type { GetPromptResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { deliverablePromptResult } from './deliverable.js';
import { guarded, internalError, invalidParams } from './errors.js';
import { type Conversation, revisionOf } from './exchange.js';
import { listedPrompt } from './listing.js';
import { page } from './pagination.js';
import { perform } from './perform.js';
import { promptResult } from './prompt-result.js';

/** Serves `prompts/list` and `prompts/get`. */
export function servePrompts(conversation: Conversation): void {
  const { server, catalog } = conversation;
  server.setRequestHandler(
    'prompts/list',
    guarded(async ({ params }) => {
      const { registrations, nextCursor } = page((await catalog()).prompts, params?.cursor);
      return { prompts: registrations.map(listedPrompt), ...(nextCursor ? { nextCursor } : {}) };
    }),
  );
  server.setRequestHandler(
    'prompts/get',
    guarded(async ({ params }, ctx) => {
      const prompt = (await catalog()).prompts.find(({ name }) => name === params.name);
      if (!prompt) throw invalidParams(`unknown prompt: ${params.name}`);
      return get(conversation, ctx, prompt, params.arguments ?? {});
    }),
  );
}

async function get(
  conversation: Conversation,
  ctx: ServerContext,
  prompt: Registration,
  args: Record<string, string>,
): Promise<GetPromptResult | InputRequiredResult> {
  const missing = (prompt.arguments ?? []).filter(({ name, required }) => required && args[name] === undefined);
  if (missing.length > 0) {
    throw invalidParams(`missing arguments of prompt ${prompt.name}: ${missing.map(({ name }) => name).join(', ')}`);
  }
  const performed = await perform(conversation, ctx, {
    registration: prompt,
    functionArn: prompt.lambdaArn,
    method: 'prompts/get',
    target: prompt.name,
    arguments: args,
    params: { name: prompt.name, arguments: args },
  });
  if (performed.kind === 'asks') return performed.result;
  if (performed.kind === 'failed') {
    throw internalError(`the prompt failed: ${performed.thrown ? 'its function failed' : performed.text}`);
  }
  return deliverablePromptResult(promptResult(performed.answer, prompt), performed.content, {
    prompt,
    revision: revisionOf(conversation),
    signal: ctx.mcpReq.signal,
  });
}
