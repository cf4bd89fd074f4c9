import {
  type AudioContent,
  type CallToolResult,
  type EmbeddedResource,
  type ImageContent,
  specTypeSchemas,
  type TextContent,
} from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { type FunctionResponse, functionError, redirectText } from '../functions/function-response.js';
import { ROOT, type SchemaValidation, tooSlowText, validateSchema } from '../functions/schema-validation.js';
import { isModern, STRUCTURED_CONTENT_REVISION } from '../protocol/revisions.js';
import { withoutReservedMeta } from '../results/safe-result.js';
import { nonJsonNumbers, parseExternal } from '../shared/exact-json.js';
import { plainResult } from '../shared/exact-message.js';
import { isObject } from '../shared/json.js';

/** Converts a function response to the result of a tool. Validates structured content against the output schema. */
export function toolResult(response: FunctionResponse, registration: Registration, revision: string): CallToolResult {
  const result = matchingResult(resultOf(response, registration), registration);
  return withSupportedContent(result, registration, revision);
}

/** Returns an error result. The model reads its text. */
export function toolFailure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

/** Checks structured content against the output schema. JSON text becomes structured content if it matches the schema. */
function matchingResult(result: CallToolResult, registration: Registration): CallToolResult {
  const { outputSchema } = registration;
  if (!outputSchema || (result.isError && result.structuredContent === undefined)) return result;
  const validation = validateOutput(result.structuredContent, registration);
  if (validation.tooSlow !== undefined) return tooSlowResult(validation.tooSlow);
  if (validation.problems.length === 0) return result;
  if (result.isError) return withStructuredContentAsText(result);
  const parsed = parseJson(result.structuredContent ?? soleText(result));
  const parsedValidation = validateOutput(parsed, registration);
  if (parsedValidation.tooSlow !== undefined) return tooSlowResult(parsedValidation.tooSlow);
  if (parsedValidation.problems.length === 0) {
    return { ...result, structuredContent: parsed as CallToolResult['structuredContent'] };
  }
  const lines =
    isObject(parsed) || Array.isArray(parsed)
      ? parsedValidation.problems
      : [...validation.problems, ...nonJsonProblems(result.structuredContent)];
  return toolFailure(`the response does not match the tool's outputSchema:\n${lines.join('\n')}`);
}

function validateOutput(structuredContent: unknown, registration: Registration): SchemaValidation {
  return structuredContent === undefined
    ? { problems: [`${ROOT}: Structured content is missing.`] }
    : validateSchema(registration.outputSchema!, structuredContent, registration);
}

function tooSlowResult(tooSlow: string): CallToolResult {
  return toolFailure(tooSlowText('structured content', `${tooSlow} of the tool's outputSchema`));
}

function soleText({ content }: CallToolResult): string | undefined {
  return content.length === 1 && content[0]!.type === 'text' ? content[0]!.text : undefined;
}

function parseJson(json: unknown): unknown {
  if (typeof json !== 'string') return undefined;
  try {
    return parseExternal(json);
  } catch {
    return undefined;
  }
}

/** Clients of the v1 SDK throw an error result away if its structured content does not match the output schema. */
function withStructuredContentAsText({ structuredContent, ...result }: CallToolResult): CallToolResult {
  const json = text(structuredContent);
  const isThere = result.content.some((item) => item.type === 'text' && item.text === json.text);
  return isThere ? result : { ...result, content: [...result.content, json] };
}

function resultOf(response: FunctionResponse, { name, outputSchema }: Registration): CallToolResult {
  switch (response.kind) {
    case 'error':
      throw functionError(response);
    case 'result':
      return toMcpResult(response.result);
    case 'status':
      return toolFailure(response.text ? `HTTP ${response.status}: ${response.text}` : `HTTP ${response.status}`);
    case 'redirect':
      return { content: [text(redirectText(response))], ...(outputSchema ? { isError: true } : {}) };
    case 'failed':
      return toolFailure(response.text + (response.details ? `: ${JSON.stringify(response.details)}` : ''));
    case 'binary':
      return { content: [binaryContent(response, `tool-result:${name}`)] };
    case 'value':
      return valueResult(response.value, outputSchema);
  }
}

function toMcpResult({ resultType: _, ...result }: JsonObject): CallToolResult {
  const hasContent = result.content !== undefined && !(Array.isArray(result.content) && result.content.length === 0);
  const content = hasContent || !('structuredContent' in result) ? result.content : [text(result.structuredContent)];
  const parsed = specTypeSchemas.CallToolResult['~standard'].validate(
    plainResult(withoutReservedMeta({ ...result, content })),
  );
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
function valueResult(value: unknown, outputSchema: JsonObject | undefined): CallToolResult {
  if ((value === null || value === undefined) && !outputSchema) return { content: [] };
  const content = [text(value)];
  if (typeof value === 'string' && !outputSchema) return { content };
  return { content, structuredContent: value as CallToolResult['structuredContent'] };
}

function text(value: unknown): TextContent {
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
