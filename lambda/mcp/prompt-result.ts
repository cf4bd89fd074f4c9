import { type GetPromptResult, type PromptMessage, specTypeSchemas } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { type Answer, isObject } from './answer.js';
import { internalError, ownError } from './errors.js';

/** The messages of a prompt for what its function answered. */
export function promptResult(answer: Answer, registration: Registration): GetPromptResult {
  switch (answer.kind) {
    case 'error':
      throw ownError(answer);
    case 'result':
      return mcpResult(answer.result, registration);
    case 'status':
      throw internalError(`the prompt failed: its function answered with status ${answer.status}`);
    case 'binary':
      return one(binaryContent(answer, registration), registration);
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

function binaryContent(
  { base64, mimeType }: Extract<Answer, { kind: 'binary' }>,
  { name }: Registration,
): PromptMessage['content'] {
  if (mimeType.startsWith('image/')) return { type: 'image', data: base64, mimeType };
  if (mimeType.startsWith('audio/')) return { type: 'audio', data: base64, mimeType };
  return { type: 'resource', resource: { uri: `prompt-result:${name}`, mimeType, blob: base64 } };
}
