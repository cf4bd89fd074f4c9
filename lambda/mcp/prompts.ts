import {
  type GetPromptResult,
  type InputRequiredResult,
  type PromptMessage,
  type ServerContext,
  specTypeSchemas,
} from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { withoutHiddenCharacters } from '../../src/private/validation/characters.js';
import { auditCall } from '../audit/call.js';
import { note } from '../audit/notes.js';
import { callFunction } from '../functions/call-function.js';
import {
  type FunctionResponse,
  functionError,
  ONLY_TOOLS_CONTINUE,
  redirectText,
} from '../functions/function-response.js';
import { internalError, invalidParams, withSafeErrors } from '../protocol/errors.js';
import { page } from '../protocol/pagination.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { promptEntry } from '../registry/list-entries.js';
import { withoutReservedMeta } from '../results/safe-result.js';
import { plainResult } from '../shared/exact-message.js';
import { ownValue } from '../shared/json.js';
import { auditedCall } from './audited-call.js';
import { listCache } from './list-cache.js';
import { deliverablePromptResult } from './result-delivery.js';
import { binaryContent } from './tool-result.js';

/** Serves `prompts/list` and `prompts/get`. */
export function servePrompts(instance: ServerInstance): void {
  const { server, catalog } = instance;
  server.setRequestHandler(
    'prompts/list',
    withSafeErrors(async ({ params }) => {
      const visible = await catalog();
      const { registrations, nextCursor } = page(visible.prompts, params?.cursor);
      const prompts = registrations.map(promptEntry);
      return { prompts, ...(nextCursor ? { nextCursor } : {}), ...listCache(instance, visible) };
    }),
  );
  server.setRequestHandler(
    'prompts/get',
    withSafeErrors(({ params }, ctx) => {
      const call = { kind: 'prompt', name: params.name, arguments: params.arguments } as const;
      return auditCall(auditedCall(instance, ctx, call), async () => {
        const prompt = (await catalog()).prompts.find(({ name }) => name === params.name);
        if (!prompt) throw invalidParams(`unknown prompt: ${params.name}`);
        note({ registration: prompt });
        await instance.scope.countCall?.(prompt);
        return getPrompt(instance, ctx, prompt, params.arguments ?? {});
      });
    }),
  );
}

async function getPrompt(
  instance: ServerInstance,
  ctx: ServerContext,
  prompt: Registration,
  args: Record<string, string>,
): Promise<GetPromptResult | InputRequiredResult> {
  const missing = (prompt.arguments ?? []).filter(
    ({ name, required }) => required && ownValue(args, name) === undefined,
  );
  if (missing.length > 0) {
    note({ reason: 'arguments' });
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
  if (callResult.kind === 'failed') throw promptFailed(callResult.text);
  return deliverablePromptResult(promptResult(callResult.response, prompt), callResult.content, {
    prompt,
    revision: revisionOf(instance),
    signal: ctx.mcpReq.signal,
  });
}

/** Converts a function response to the result of a prompt. */
export function promptResult(response: FunctionResponse, registration: Registration): GetPromptResult {
  switch (response.kind) {
    case 'error':
      throw functionError(response);
    case 'result':
      if (response.resultType !== 'complete') throw promptFailed(ONLY_TOOLS_CONTINUE);
      return toMcpResult(response.result, registration);
    case 'status':
      throw promptFailed(`its handler returned status ${response.status}`);
    case 'redirect':
      return userMessage({ type: 'text', text: redirectText(response) }, registration);
    case 'failed':
      throw promptFailed(response.text);
    case 'binary':
      return userMessage(binaryContent(response, `prompt-result:${registration.name}`), registration);
    case 'value': {
      const { value } = response;
      if (value === null || value === undefined) return toMcpResult({ messages: [] }, registration);
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return userMessage({ type: 'text', text }, registration);
    }
  }
}

function userMessage(content: PromptMessage['content'], registration: Registration): GetPromptResult {
  return toMcpResult({ messages: [{ role: 'user', content }] }, registration);
}

function toMcpResult({ resultType: _, ...result }: JsonObject, { description }: Registration): GetPromptResult {
  const shown =
    typeof result.description === 'string'
      ? { ...result, description: withoutHiddenCharacters(result.description) }
      : result;
  const withDescription = description === undefined ? shown : { description, ...shown };
  const parsed = specTypeSchemas.GetPromptResult['~standard'].validate(
    plainResult(withoutReservedMeta(withDescription)),
  );
  if (!('value' in parsed)) throw promptFailed('its handler returned invalid messages');
  return parsed.value as GetPromptResult;
}

function promptFailed(reason: string): Error {
  return internalError(`the prompt failed: ${reason}`);
}
