/** Reads a response for API Gateway, a function URL or a load balancer. */
import type { JsonObject } from '../../src/private/registration.js';
import { parseExternal, plainTwin } from '../shared/exact-json.js';
import { isObject } from '../shared/json.js';
import { decompress } from './decompress.js';
import type { FunctionResponse } from './function-response.js';

/** The keys of a proxy response, with a check of each value. */
const PROXY_CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  statusCode: () => true,
  statusDescription: (value) => typeof value === 'string',
  headers: isObject,
  multiValueHeaders: isObject,
  cookies: Array.isArray,
  body: () => true,
  isBase64Encoded: (value) => [true, false, 'true', 'false'].includes(value as boolean),
};
export const PROXY_KEYS: readonly string[] = Object.keys(PROXY_CHECKS);

/** Text types other than `text/*` and the types of JSON and XML. */
const TEXT_TYPE =
  /^application\/(?:javascript|ecmascript|x-www-form-urlencoded|(?:x-)?yaml|(?:x-)?ndjson|jsonl|graphql|sql|toml)$/;
const BINARY_TYPE = 'application/octet-stream';

/** The body of a proxy response. */
type Body = { readonly text: string } | { readonly bytes: Buffer } | { readonly json: unknown };

/** Reads a proxy response; undefined for any other object. The `value` of its body may have any form of a function response. */
export function readProxyResponse(response: JsonObject): FunctionResponse | undefined {
  const status = statusOf(response);
  return status === undefined ? undefined : readWithStatus(response, status);
}

/** Whether a value is a proxy response. */
export function isProxyResponse(response: JsonObject): boolean {
  return statusOf(response) !== undefined;
}

/** Returns the status of a proxy response; undefined unless the value has a valid status and only keys of that format. */
function statusOf(response: JsonObject): number | undefined {
  const hasShape = Object.entries(response).every(
    ([key, value]) => Object.hasOwn(PROXY_CHECKS, key) && (value === null || PROXY_CHECKS[key]!(value)),
  );
  const statusCode = plainTwin(response.statusCode);
  if (!hasShape || (typeof statusCode !== 'number' && typeof statusCode !== 'string')) return undefined;
  return /^[2-5]\d\d$/.test(String(statusCode)) ? Number(statusCode) : undefined;
}

function readWithStatus(response: JsonObject, status: number): FunctionResponse {
  const contentType = header(response, 'content-type');
  const mimeType = contentType?.replace(/;.*/s, '').trim().toLowerCase();
  const read = readBody(response, contentType, mimeType);
  if ('problem' in read)
    return { kind: 'failed', text: `${status >= 400 ? `HTTP ${status}, and ` : ''}${read.problem}` };
  const location = header(response, 'location');
  const isEmpty = 'text' in read && read.text === '';
  if (status >= 400) return { kind: 'status', status, text: textOf(read) || reasonOf(response) };
  if (status >= 300 || (isEmpty && location !== undefined)) {
    return { kind: 'redirect', status, ...(location === undefined ? {} : { location }), text: textOf(read) };
  }
  if ('bytes' in read) {
    return { kind: 'binary', base64: read.bytes.toString('base64'), mimeType: mimeType || BINARY_TYPE };
  }
  if (isEmpty) return { kind: 'value', value: null };
  return { kind: 'value', value: 'json' in read ? read.json : parseText(read.text, mimeType), mimeType };
}

/** Returns the body of a proxy response, decompressed and decoded. */
function readBody(
  response: JsonObject,
  contentType: string | undefined,
  mimeType: string | undefined,
): Body | { readonly problem: string } {
  const body = response.body ?? '';
  if (typeof body !== 'string') return { json: body };
  if (response.isBase64Encoded !== true && response.isBase64Encoded !== 'true') return { text: body };
  const decompressed = decompress(Buffer.from(body, 'base64'), header(response, 'content-encoding'));
  if ('problem' in decompressed) return decompressed;
  const { bytes } = decompressed;
  const text = isText(contentType, mimeType) ? decode(bytes, contentType) : undefined;
  return text === undefined ? { bytes } : { text };
}

/** Decodes a text with the charset of its content type; undefined if the bytes are not text of that charset. */
function decode(bytes: Buffer, contentType = ''): string | undefined {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Parses the body of a JSON type, or without a type. A body that is not JSON stays text. */
function parseText(text: string, mimeType: string | undefined): unknown {
  if (mimeType && !isJson(mimeType)) return text;
  try {
    return parseExternal(text.replace(/^\uFEFF/, ''));
  } catch {
    return text;
  }
}

function textOf(body: Body): string {
  if ('bytes' in body) return '';
  return 'text' in body ? body.text : JSON.stringify(body.json);
}

/** Returns the reason phrase of a response for a load balancer, such as "Not Found" of "404 Not Found". */
function reasonOf({ statusDescription }: JsonObject): string {
  return typeof statusDescription === 'string' ? statusDescription.replace(/^\d{3}\s*/, '') : '';
}

function isText(contentType = '', mimeType = ''): boolean {
  if (mimeType === '' || mimeType.startsWith('text/') || isJson(mimeType) || TEXT_TYPE.test(mimeType)) return true;
  if (/^(?:image|audio|video)\//.test(mimeType)) return false;
  return mimeType === 'application/xml' || mimeType.endsWith('+xml') || /;\s*charset\s*=/i.test(contentType);
}

function isJson(mimeType: string): boolean {
  return mimeType === 'application/json' || mimeType.endsWith('+json');
}

function header(response: JsonObject, name: string): string | undefined {
  for (const headers of [response.headers, response.multiValueHeaders]) {
    if (!isObject(headers)) continue;
    const key = Object.keys(headers).find((each) => each.toLowerCase() === name);
    const value = key === undefined ? undefined : headers[key];
    if (typeof value === 'string') return value;
    if (Array.isArray(value) && value.length > 0) return value.join(', ');
  }
  return undefined;
}
