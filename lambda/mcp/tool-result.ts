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
import { nonJsonNumbers } from '../shared/exact-json.js';
import { plainResult } from '../shared/exact-message.js';
import { isObject } from '../shared/json.js';
import { ROOT, schemaProblems } from './schema-validation.js';

const CONTENT_TYPES = new Set(['text', 'image', 'audio', 'resource', 'resource_link']);

/** Converts a function response to the result of a tool. Validates structured content against the output schema. */
export function toolResult(response: FunctionResponse, registration: Registration, revision: string): CallToolResult {
  const result = resultOf(response, registration);
  if (result.isError || !registration.outputSchema) return withSupportedContent(result, registration, revision);
  const problems =
    result.structuredContent === undefined
      ? [`${ROOT}: Structured content is missing.`]
      : schemaProblems(registration.outputSchema, result.structuredContent);
  if (problems.length > 0) {
    problems.push(...nonJsonProblems(result.structuredContent));
    return toolFailure(`the response does not match the tool's outputSchema:\n${problems.join('\n')}`);
  }
  return withSupportedContent(result, registration, revision);
}

/** Returns an error result. The model reads its text. */
export function toolFailure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

function resultOf(response: FunctionResponse, registration: Registration): CallToolResult {
  switch (response.kind) {
    case 'error':
      throw functionError(response);
    case 'result':
      return toMcpResult(response.result);
    case 'status':
      return toolFailure(response.text ? `HTTP ${response.status}: ${response.text}` : `HTTP ${response.status}`);
    case 'binary':
      return { content: [binaryContent(response, `tool-result:${registration.name}`)] };
    case 'value':
      return isToolResult(response.value) ? toMcpResult(response.value) : valueResult(response.value, registration);
  }
}

function isToolResult(value: unknown): value is JsonObject {
  if (!isObject(value) || !Array.isArray(value.content)) return false;
  return value.content.every((item) => isObject(item) && CONTENT_TYPES.has(String(item.type)));
}

function toMcpResult({ resultType: _, ...result }: JsonObject): CallToolResult {
  const content = result.content ?? (result.structuredContent === undefined ? [] : [text(result.structuredContent)]);
  const parsed = specTypeSchemas.CallToolResult['~standard'].validate(plainResult({ ...result, content }));
  if (!('value' in parsed)) {
    const issues = (parsed as { issues: readonly { path?: readonly unknown[]; message: string }[] }).issues;
    const lines = issues.map(({ path = [], message }) => `/${path.map(String).join('/')}: ${message}`);
    return toolFailure(`the handler returned an invalid tool result:\n${lines.join('\n')}`);
  }
  return parsed.value as CallToolResult;
}

/** Names the numbers because of which a response is text: Python writes `NaN` and `Infinity`, which are not JSON. */
function nonJsonProblems(value: unknown): string[] {
  const numbers = typeof value === 'string' ? nonJsonNumbers(value) : [];
  return numbers.map((number) => `${ROOT}: ${number} is not JSON. Return null or a string instead.`);
}

/** Returns a value as text for the model and, unless it is a string without an output schema, as structured content. */
function valueResult(value: unknown, { outputSchema }: Registration): CallToolResult {
  if ((value === null || value === undefined) && !outputSchema) return { content: [] };
  const content = [text(value)];
  if (typeof value === 'string' && !outputSchema) return { content };
  return { content, structuredContent: value as CallToolResult['structuredContent'] };
}

function text(value: unknown): ContentBlock {
  return { type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) };
}

/** Returns a binary body as MCP content: an image, audio, or else an embedded resource with the given URI. */
export function binaryContent(
  { base64, mimeType }: Extract<FunctionResponse, { kind: 'binary' }>,
  uri: string,
): ImageContent | AudioContent | EmbeddedResource {
  if (mimeType.startsWith('image/')) return { type: 'image', data: base64, mimeType };
  if (mimeType.startsWith('audio/')) return { type: 'audio', data: base64, mimeType };
  return { type: 'resource', resource: { uri, mimeType, blob: base64 } };
}

/** Removes `structuredContent` that the revision does not support: older ones none, those of 2025 objects only. */
function withSupportedContent(
  result: CallToolResult,
  { outputSchema }: Registration,
  revision: string,
): CallToolResult {
  const { structuredContent, ...rest } = result;
  if (structuredContent === undefined || isModern(revision)) return result;
  if (revision < STRUCTURED_CONTENT_REVISION) return rest;
  // with an output schema the SDK wraps other values in an object, in this result and in tools/list
  return isObject(structuredContent) || outputSchema ? result : rest;
}
