import {
  type GetPromptResult,
  type InputRequiredResult,
  type PromptMessage,
  type ServerContext,
  specTypeSchemas,
} from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { callFunction } from '../functions/call-function.js';
import { type FunctionResponse, functionError } from '../functions/function-response.js';
import { internalError, invalidParams, withSafeErrors } from '../protocol/errors.js';
import { page } from '../protocol/pagination.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { listedPrompt } from '../registry/list-entries.js';
import { isObject } from '../shared/json.js';
import { deliverablePromptResult } from './result-delivery.js';
import { binaryContent } from './tool-result.js';

/** Serves `prompts/list` and `prompts/get`. */
export function servePrompts(instance: ServerInstance): void {
  const { server, catalog } = instance;
  server.setRequestHandler(
    'prompts/list',
    withSafeErrors(async ({ params }) => {
      const { registrations, nextCursor } = page((await catalog()).prompts, params?.cursor);
      return { prompts: registrations.map(listedPrompt), ...(nextCursor ? { nextCursor } : {}) };
    }),
  );
  server.setRequestHandler(
    'prompts/get',
    withSafeErrors(async ({ params }, ctx) => {
      const prompt = (await catalog()).prompts.find(({ name }) => name === params.name);
      if (!prompt) throw invalidParams(`unknown prompt: ${params.name}`);
      return get(instance, ctx, prompt, params.arguments ?? {});
    }),
  );
}

async function get(
  instance: ServerInstance,
  ctx: ServerContext,
  prompt: Registration,
  args: Record<string, string>,
): Promise<GetPromptResult | InputRequiredResult> {
  const missing = (prompt.arguments ?? []).filter(({ name, required }) => required && args[name] === undefined);
  if (missing.length > 0) {
    throw invalidParams(`missing arguments of prompt ${prompt.name}: ${missing.map(({ name }) => name).join(', ')}`);
  }
  const callResult = await callFunction(instance, ctx, {
    registration: prompt,
    functionArn: prompt.lambdaArn,
    method: 'prompts/get',
    target: prompt.name,
    arguments: args,
    params: { name: prompt.name, arguments: args },
  });
  if (callResult.kind === 'inputRequired') return callResult.result;
  if (callResult.kind === 'failed') {
    throw internalError(`the prompt failed: ${callResult.thrown ? 'its function failed' : callResult.text}`);
  }
  return deliverablePromptResult(promptResult(callResult.answer, prompt), callResult.content, {
    prompt,
    revision: revisionOf(instance),
    signal: ctx.mcpReq.signal,
  });
}

/** The messages of a prompt for what its function answered. */
export function promptResult(answer: FunctionResponse, registration: Registration): GetPromptResult {
  switch (answer.kind) {
    case 'error':
      throw functionError(answer);
    case 'result':
      return mcpResult(answer.result, registration);
    case 'status':
      throw internalError(`the prompt failed: its function answered with status ${answer.status}`);
    case 'binary':
      return one(binaryContent(answer, `prompt-result:${registration.name}`), registration);
    case 'value': {
      const { value } = answer;
      if (isObject(value) && Array.isArray(value.messages)) return mcpResult(value, registration);
      if (value === null || value === undefined) return mcpResult({ messages: [] }, registration);
      return one({ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }, registration);
    }
  }
}

function one(content: PromptMessage['content'], registration: Registration): GetPromptResult {
  return mcpResult({ messages: [{ role: 'user', content }] }, registration);
}

function mcpResult({ resultType: _, ...result }: JsonObject, { description }: Registration): GetPromptResult {
  const described = description === undefined ? result : { description, ...result };
  const parsed = specTypeSchemas.GetPromptResult['~standard'].validate(described);
  if (!('value' in parsed)) throw internalError('the function of the prompt answered with invalid messages');
  return parsed.value as GetPromptResult;
}
