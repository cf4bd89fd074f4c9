/**
 * MCP messages without loss of numbers. The user's own data stays exact: arguments, results and metadata. A number that MCP defines, such
 * as an id or a priority, becomes JavaScript's: the MCP SDK computes with it, and its schemas accept nothing else.
 */
import type { JsonObject } from '../../src/private/registration.js';
import { isExactNumber, mapValues, parseExternal, plainTwin, withExactNumbers } from './exact-json.js';
import { isObject } from './json.js';

/** Members of a result that MCP defines and that contain numbers. */
const RESULT_MEMBERS = new Set(['content', 'contents', 'messages', 'resources', 'ttlMs']);
/** Members of content that hold the user's data. */
const OPEN_CONTENT_MEMBERS = new Set(['_meta', 'input', 'structuredContent']);
/** Prefix of the `_meta` keys that MCP defines. */
const MCP_META_PREFIX = 'io.modelcontextprotocol/';
/** An exact number that is an integer which JavaScript does not round, such as `1.0`. */
const SAFE_INTEGER = /^-?\d{1,15}(\.0+)?$/;

/** What an id or a progress token must be. Any other number would change, and the client would not recognize it. */
const ID_RULE = `a string or an integer from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`;

/**
 * Parses a JSON-RPC message or a batch.
 *
 * @throws SyntaxError if the text is not JSON
 * @throws JsonTooDeep if it is nested too deeply
 */
export function parseMessage(text: string): unknown {
  const body = parseExternal(text);
  return Array.isArray(body) ? body.map(plainMessage) : plainMessage(body);
}

/** Longest progress token, in characters: each progress notification repeats it. */
const MAX_TOKEN_CHARACTERS = 1_024;

/** A value that cannot be the id or the progress token of a message. */
export interface IdProblem {
  /** The member of the message. */
  readonly path: 'id' | 'params._meta.progressToken';
  /** The number as the client wrote it, or the beginning of a long token. */
  readonly value: string;
  readonly rule: string;
}

/** Returns what is wrong with an id or progress token of a message; undefined if it can be echoed unaltered. */
export function idProblem(message: unknown): IdProblem | undefined {
  if (!isObject(message)) return undefined;
  const { id, params } = message;
  if (isUnsafe(id)) return { path: 'id', value: JSON.stringify(id), rule: ID_RULE };
  const meta = isObject(params) ? params._meta : undefined;
  const token = isObject(meta) ? meta.progressToken : undefined;
  if (typeof token === 'string' && token.length > MAX_TOKEN_CHARACTERS) {
    const rule = `a string of at most ${MAX_TOKEN_CHARACTERS} characters, or an integer`;
    return { path: 'params._meta.progressToken', value: `${JSON.stringify(token.slice(0, 40))}…`, rule };
  }
  if (!isUnsafe(token)) return undefined;
  return { path: 'params._meta.progressToken', value: JSON.stringify(token), rule: ID_RULE };
}

/** Returns an MCP result of a handler with JavaScript's numbers in the members that MCP defines. */
export function plainResult(result: JsonObject): JsonObject {
  return mapValues(result, (key, value) => {
    if (key === '_meta') return isObject(value) ? value : plainTwin(value);
    return RESULT_MEMBERS.has(key) ? plainContent(value) : value;
  });
}

/** Returns MCP content with JavaScript's numbers in the members that MCP defines. */
export function plainContent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainContent);
  if (!isObject(value)) return plainTwin(value);
  return mapValues(value, (key, each) => (OPEN_CONTENT_MEMBERS.has(key) && isObject(each) ? each : plainContent(each)));
}

const ORIGINAL_KEY = 'cdk-mcp-lambda/original';

/** A client's result before {@link plainResponse}. A class, so that a client cannot send one. */
class Original {
  constructor(readonly result: JsonObject) {}
}

/**
 * Returns a client's response as the schemas of the MCP SDK accept it, with JavaScript's numbers. Its `_meta` carries the original
 * through the SDK, for {@link exactInputResponses}.
 */
export function plainResponse<T extends object>(response: T): T {
  const { result } = response as { readonly result?: unknown };
  const plain = plainTwin(result);
  if (!isObject(result) || !isObject(plain) || plain === result) return response;
  const _meta = { ...(isObject(plain._meta) ? plain._meta : {}), [ORIGINAL_KEY]: new Original(result) };
  return { ...response, result: { ...plain, _meta } };
}

/** Restores the exact numbers of input responses that passed through the MCP SDK. */
export function exactInputResponses(responses: unknown): unknown {
  if (!isObject(responses)) return responses;
  return mapValues(responses, (_, response) => {
    if (!isObject(response) || !isObject(response._meta)) return response;
    const { _meta, ...rest } = response;
    const { [ORIGINAL_KEY]: original, ...meta } = _meta;
    if (!(original instanceof Original)) return response;
    return withExactNumbers(Object.keys(meta).length > 0 ? { ...rest, _meta: meta } : rest, original.result);
  });
}

function plainMessage(message: unknown): unknown {
  if (!isObject(message)) return plainTwin(message);
  return mapValues(message, (key, value) => {
    if (key === 'id') return plainId(value);
    if (!isObject(value)) return plainTwin(value);
    if (key === 'params') return plainParams(value, message.method);
    if (key === 'error') return mapValues(value, (name, each) => (name === 'data' ? each : plainTwin(each)));
    return key === 'result' ? value : plainTwin(value);
  });
}

function plainParams(params: JsonObject, method: unknown): JsonObject {
  return mapValues(params, (key, value) => {
    if (key === 'requestId' || key === 'progressToken') return plainId(value);
    if (!isObject(value)) return plainTwin(value);
    if (key === '_meta') return mapValues(value, plainMetaValue);
    if (key === 'inputResponses') return mapValues(value, (_, each) => (isObject(each) ? each : plainTwin(each)));
    return key === 'arguments' && method === 'tools/call' ? value : plainTwin(value);
  });
}

function plainMetaValue(key: string, value: unknown): unknown {
  if (key === 'progressToken') return plainId(value);
  return key.startsWith(MCP_META_PREFIX) ? plainTwin(value) : value;
}

/** An id that JavaScript would alter stays as it is, so that it is rejected. */
function plainId(value: unknown): unknown {
  return isExactNumber(value) && SAFE_INTEGER.test(value.rawJSON) ? Number(value.rawJSON) : value;
}

function isUnsafe(id: unknown): boolean {
  return isExactNumber(id) || (typeof id === 'number' && !Number.isSafeInteger(id));
}
