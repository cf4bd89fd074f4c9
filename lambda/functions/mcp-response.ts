/** Readers of function responses that are surely MCP: they have the shape, all of it, and nothing else. */
import { specTypeSchemas } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { withoutNulls } from '../protocol/absent-values.js';
import { plainTwin } from '../shared/exact-json.js';
import { isObject } from '../shared/json.js';
import type { CallMethod } from './event.js';
import type { FunctionResponse } from './function-response.js';

/** The MCP result of a method. */
interface ResultShape {
  /** The key whose array the result consists of. */
  readonly items: string;
  /** The other keys of the result. */
  readonly keys: readonly string[];
  /** Keys that only MCP uses: with one of them, an empty array is an MCP result. */
  readonly evidence: readonly string[];
  readonly isItem: (item: JsonObject) => boolean;
}

const RESULT_SHAPES: Readonly<Partial<Record<CallMethod, ResultShape>>> = {
  'tools/call': {
    items: 'content',
    keys: ['structuredContent', 'isError', '_meta'],
    evidence: ['structuredContent', 'isError', '_meta'],
    isItem: (item) => isWhole('ContentBlock', item),
  },
  'prompts/get': {
    items: 'messages',
    keys: ['description', '_meta'],
    evidence: ['_meta'],
    isItem: (item) => isWhole('PromptMessage', item) && isWhole('ContentBlock', item.content),
  },
  'resources/read': {
    items: 'contents',
    keys: ['ttlMs', 'cacheScope', '_meta'],
    evidence: ['ttlMs', 'cacheScope', '_meta'],
    isItem: (item) =>
      ['TextResourceContents', 'BlobResourceContents'].some((type) =>
        isWhole(type as keyof typeof specTypeSchemas, { uri: 'uri:of-the-registration', ...item }),
      ),
  },
};

const INPUT_REQUEST_KEYS = ['resultType', 'inputRequests', 'requestState', '_meta'];
const TASK_KEYS = ['resultType', 'requestState', 'statusMessage', 'pollIntervalMs', '_meta'];
const ERROR_KEYS = ['code', 'message', 'data'];

/** A JSON-RPC error. */
export function jsonRpcError(response: JsonObject): FunctionResponse | undefined {
  const { jsonrpc, error } = response;
  if (jsonrpc !== '2.0' || !hasOnly(response, ['jsonrpc', 'id', 'error'])) return undefined;
  if (!isObject(error) || !hasOnly(error, ERROR_KEYS)) return undefined;
  const { code, message } = plainTwin(error);
  if (!Number.isSafeInteger(code) || typeof message !== 'string') return undefined;
  const data = 'data' in error ? { data: error.data } : {};
  return { kind: 'error', code: code as number, message, ...data };
}

/** Input requests for the client. */
export function inputRequest(response: JsonObject, method: CallMethod): FunctionResponse | undefined {
  const isInputRequest = response.resultType === 'input_required' && hasOnly(response, INPUT_REQUEST_KEYS);
  if (!isInputRequest || !RESULT_SHAPES[method]) return undefined;
  return { kind: 'result', resultType: 'input_required', result: withoutNullKeys(response) };
}

/** The request to be called again in the background. */
export function task(response: JsonObject, method: CallMethod): FunctionResponse | undefined {
  const isTask = response.resultType === 'task' && hasOnly(response, TASK_KEYS);
  if (!isTask || !RESULT_SHAPES[method]) return undefined;
  return { kind: 'result', resultType: 'task', result: withoutNullKeys(response) };
}

/**
 * The MCP result of the method. `resultType: "complete"` and `isError: true` declare one: if it is invalid, the client receives an error
 * that says where. Without them, all items must be valid.
 */
export function mcpResult(response: JsonObject, method: CallMethod): FunctionResponse | undefined {
  const shape = RESULT_SHAPES[method];
  if (!shape || !hasOnly(response, ['resultType', shape.items, ...shape.keys])) return undefined;
  const result = withoutNullKeys(response);
  const { resultType, isError, _meta, [shape.items]: items } = result;
  if (resultType !== undefined && resultType !== 'complete') return undefined;
  if (isError !== undefined && typeof isError !== 'boolean') return undefined;
  if (_meta !== undefined && !isObject(_meta)) return undefined;
  const isDeclared = resultType === 'complete' || isError === true;
  const isResult = isDeclared
    ? Array.isArray(items) || (items === undefined && 'structuredContent' in result)
    : Array.isArray(items) &&
      items.every((item) => isObject(item) && shape.isItem(item)) &&
      (items.length > 0 || shape.evidence.some((key) => key in result));
  return isResult ? { kind: 'result', resultType: 'complete', result } : undefined;
}

/** Whether a value is of an MCP type and has no other keys. */
function isWhole(type: keyof typeof specTypeSchemas, value: unknown): boolean {
  const parsed = specTypeSchemas[type]['~standard'].validate(plainTwin(value));
  return 'value' in parsed && isObject(value) && hasOnly(value, Object.keys(parsed.value as object));
}

function hasOnly(object: JsonObject, keys: readonly string[]): boolean {
  return Object.keys(object).every((key) => keys.includes(key));
}

/** Serialisers of Java and Python write optional keys that are not set as null. Only structured content can be null. */
function withoutNullKeys(result: JsonObject): JsonObject {
  const present = withoutNulls(result) as JsonObject;
  return result.structuredContent === null ? { ...present, structuredContent: null } : present;
}
