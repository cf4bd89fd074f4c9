import { type CallToolResult, type ContentBlock, specTypeSchemas } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { type Answer, isObject } from './answer.js';
import { ownError } from './errors.js';
import { isModern, STRUCTURED } from './exchange.js';
import { problemsOf } from './schema.js';

const CONTENT_TYPES = new Set(['text', 'image', 'audio', 'resource', 'resource_link']);

/** The result of a tool for what its function answered. */
export function toolResult(answer: Answer, registration: Registration, revision: string): CallToolResult {
  const result = resultOf(answer, registration);
  if (result.isError || !registration.outputSchema) return fitted(result, registration, revision);
  const problems =
    result.structuredContent === undefined
      ? ['(the whole value): Structured content is missing.']
      : problemsOf(registration.outputSchema, result.structuredContent);
  if (problems.length > 0)
    return toolFailure(`the answer does not match the tool's outputSchema:\n${problems.join('\n')}`);
  return fitted(result, registration, revision);
}

/** A result that tells the model what went wrong. */
export function toolFailure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

function resultOf(answer: Answer, registration: Registration): CallToolResult {
  switch (answer.kind) {
    case 'error':
      throw ownError(answer);
    case 'result':
      return mcpResult(answer.result);
    case 'status':
      return toolFailure(answer.text ? `HTTP ${answer.status}: ${answer.text}` : `HTTP ${answer.status}`);
    case 'binary':
      return { content: [binaryContent(answer, registration)] };
    case 'value':
      return isToolShape(answer.value) ? mcpResult(answer.value) : valueResult(answer.value, registration);
  }
}

function isToolShape(value: unknown): value is JsonObject {
  if (!isObject(value) || !Array.isArray(value.content)) return false;
  return value.content.every((item) => isObject(item) && CONTENT_TYPES.has(String(item.type)));
}

function mcpResult({ resultType: _, ...result }: JsonObject): CallToolResult {
  const content = result.content ?? (result.structuredContent === undefined ? [] : [text(result.structuredContent)]);
  const parsed = specTypeSchemas.CallToolResult['~standard'].validate({ ...result, content });
  if (!('value' in parsed)) {
    const issues = (parsed as { issues: readonly { path?: readonly unknown[]; message: string }[] }).issues;
    const lines = issues.map(({ path = [], message }) => `/${path.map(String).join('/')}: ${message}`);
    return toolFailure(`the function's answer is not a valid tool result:\n${lines.join('\n')}`);
  }
  return parsed.value as CallToolResult;
}

/** Text for the model and, where the answer has a structure or the tool declares one, the value itself. */
function valueResult(value: unknown, { outputSchema }: Registration): CallToolResult {
  if ((value === null || value === undefined) && !outputSchema) return { content: [] };
  const content = [text(value)];
  if (typeof value === 'string' && !outputSchema) return { content };
  return { content, structuredContent: value as CallToolResult['structuredContent'] };
}

function text(value: unknown): ContentBlock {
  return { type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) };
}

function binaryContent(
  { base64, mimeType }: Extract<Answer, { kind: 'binary' }>,
  { name }: Registration,
): ContentBlock {
  if (mimeType.startsWith('image/')) return { type: 'image', data: base64, mimeType };
  if (mimeType.startsWith('audio/')) return { type: 'audio', data: base64, mimeType };
  return { type: 'resource', resource: { uri: `tool-result:${name}`, mimeType, blob: base64 } };
}

/** Leaves of `structuredContent` what the client's revision has: nothing, objects, or any JSON. */
function fitted(result: CallToolResult, { outputSchema }: Registration, revision: string): CallToolResult {
  const { structuredContent, ...rest } = result;
  if (structuredContent === undefined || isModern(revision)) return result;
  if (revision < STRUCTURED) return rest;
  // with a schema the SDK wraps a value that is no object, here and in tools/list
  return isObject(structuredContent) || outputSchema ? result : rest;
}
