import type { JsonObject } from '../../src/private/registration.js';
import { isObject } from '../shared/json.js';

/** Members whose own members are not MCP's: null is data in them. */
const DATA = new Set([
  'data',
  'experimental',
  'extensions',
  'input',
  'inputSchema',
  'metadata',
  'outputSchema',
  'structuredContent',
]);
/** The keys of `_meta` that MCP defines. All others are data. */
const RESERVED_META = /^(progressToken|traceparent|tracestate|baggage|io\.modelcontextprotocol\/.*)$/;
/** Deepest level at which MCP has optional members. Data may be nested further. */
const MAX_DEPTH = 10;

/**
 * Removes the values of a message that mean "absent": null in every optional member that MCP defines, and an empty cursor. Many clients
 * serialise absent values so, and the MCP SDK rejects them. Tool arguments and other data stay as they are.
 */
export function normalizeMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  const isTool = message.method === 'tools/call';
  return mapMembers(message, (key, value) => {
    if (key === 'id') return value; // a request with id null is an error, not a notification
    if (value === null) return isOnlyResult(key, message) ? value : undefined;
    if (key !== 'params' || !isObject(value)) return withoutNulls(value);
    return mapMembers(value, (name, param) => {
      if (name === 'cursor' && param === '') return undefined;
      return name === 'arguments' && isTool && param !== null ? param : member(name, param, 1);
    });
  });
}

/** Whether a null is all that a response has. */
function isOnlyResult(key: string, message: JsonObject): boolean {
  return key === 'result' && (message.method ?? message.error ?? null) === null;
}

function member(key: string, value: unknown, depth: number): unknown {
  if (value === null) return undefined;
  if (DATA.has(key)) return value;
  if (key !== '_meta' || !isObject(value)) return withoutNulls(value, depth + 1);
  return mapMembers(value, (name, entry) => (RESERVED_META.test(name) ? member(name, entry, depth + 1) : entry));
}

/** Removes null from every optional member of an MCP object, at any depth. */
export function withoutNulls(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return value;
  if (isObject(value)) return mapMembers(value, (key, each) => member(key, each, depth));
  if (!Array.isArray(value)) return value;
  const items = value.map((each) => withoutNulls(each, depth + 1));
  return items.some((each, index) => each !== value[index]) ? items : value;
}

/** Maps the members of an object. Leaves out those that become undefined, and returns the object itself if nothing changes. */
function mapMembers(object: JsonObject, map: (key: string, value: unknown) => unknown): JsonObject {
  const entries = Object.entries(object);
  const mapped = entries.map(([key, value]) => [key, map(key, value)] as const);
  if (mapped.every(([, value], index) => value === entries[index]![1])) return object;
  return Object.fromEntries(mapped.filter(([, value]) => value !== undefined)) as JsonObject;
}
