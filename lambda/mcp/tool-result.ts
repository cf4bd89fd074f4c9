import {
  type AudioContent,
  type CallToolResult,
  type ContentBlock,
  type EmbeddedResource,
  type ImageContent,
  specTypeSchemas,
} from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { type FunctionResponse, functionError } from '../functions/function-response.js';
import { isModern, STRUCTURED_CONTENT_REVISION } from '../protocol/revisions.js';
import { isObject } from '../shared/json.js';
import { schemaProblems } from './schema-validation.js';

const CONTENT_TYPES = new Set(['text', 'image', 'audio', 'resource', 'resource_link']);

/** The result of a tool for what its function answered. */
export function toolResult(answer: FunctionResponse, registration: Registration, revision: string): CallToolResult {
  const result = resultOf(answer, registration);
  if (result.isError || !registration.outputSchema) return fitted(result, registration, revision);
  const problems =
    result.structuredContent === undefined
      ? ['(the whole value): Structured content is missing.']
      : schemaProblems(registration.outputSchema, result.structuredContent);
  if (problems.length > 0)
    return toolFailure(`the answer does not match the tool's outputSchema:\n${problems.join('\n')}`);
  return fitted(result, registration, revision);
}

/** A result that tells the model what went wrong. */
export function toolFailure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

function resultOf(answer: FunctionResponse, registration: Registration): CallToolResult {
  switch (answer.kind) {
    case 'error':
      throw functionError(answer);
    case 'result':
      return mcpResult(answer.result);
    case 'status':
      return toolFailure(answer.text ? `HTTP ${answer.status}: ${answer.text}` : `HTTP ${answer.status}`);
    case 'binary':
      return { content: [binaryContent(answer, `tool-result:${registration.name}`)] };
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

/** The bytes of a proxy response as MCP content; `uri` identifies them where they are neither image nor audio. */
export function binaryContent(
  { base64, mimeType }: Extract<FunctionResponse, { kind: 'binary' }>,
  uri: string,
): ImageContent | AudioContent | EmbeddedResource {
  if (mimeType.startsWith('image/')) return { type: 'image', data: base64, mimeType };
  if (mimeType.startsWith('audio/')) return { type: 'audio', data: base64, mimeType };
  return { type: 'resource', resource: { uri, mimeType, blob: base64 } };
}

/** Leaves of `structuredContent` what the client's revision has: nothing, objects, or any JSON. */
function fitted(result: CallToolResult, { outputSchema }: Registration, revision: string): CallToolResult {
  const { structuredContent, ...rest } = result;
  if (structuredContent === undefined || isModern(revision)) return result;
  if (revision < STRUCTURED_CONTENT_REVISION) return rest;
  // with a schema the SDK wraps a value that is no object, here and in tools/list
  return isObject(structuredContent) || outputSchema ? result : rest;
}
