import { ProtocolError } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { parseExact, plainTwin } from '../shared/exact-json.js';
import { isObject } from '../shared/json.js';

/** A function response by its form. Tools, resources and prompts each make their own MCP result of it. */
export type FunctionResponse =
  /** A JSON-RPC error. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown }
  /** An MCP result with a `resultType`. */
  | { readonly kind: 'result'; readonly resultType: string; readonly result: JsonObject }
  /** The binary body of a proxy response. */
  | { readonly kind: 'binary'; readonly base64: string; readonly mimeType: string }
  /** A proxy response with a status of 400 or above. */
  | { readonly kind: 'status'; readonly status: number; readonly text: string }
  /** Any other JSON value. It may have the shape of the tool's, resource's or prompt's MCP result. */
  | { readonly kind: 'value'; readonly value: unknown; readonly mimeType?: string };

const PROXY_KEYS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded', 'cookies']);

/** Determines the form of a function response. */
export function readFunctionResponse(value: unknown): FunctionResponse {
  if (isObject(value) && isProxyResponse(value)) return readProxyResponse(value);
  return readPlain(value);
}

/** Converts a JSON-RPC error of a handler to a protocol error. */
export function functionError({ code, message, data }: Extract<FunctionResponse, { kind: 'error' }>): ProtocolError {
  return new ProtocolError(code, message, data);
}

function readPlain(value: unknown, mimeType?: string): FunctionResponse {
  if (!isObject(value)) return { kind: 'value', value, mimeType };
  const error = value.jsonrpc === '2.0' ? value.error : undefined;
  const code = isObject(error) ? plainTwin(error.code) : undefined;
  if (isObject(error) && Number.isSafeInteger(code) && typeof error.message === 'string') {
    const { message, data } = error as { message: string; data?: unknown };
    const fields = { kind: 'error', code: code as number, message } as const;
    return data === undefined ? fields : { ...fields, data };
  }
  const { resultType } = value;
  if (typeof resultType === 'string') return { kind: 'result', resultType, result: value };
  return { kind: 'value', value, mimeType };
}

/** Whether a value is a response for API Gateway, a function URL or a load balancer: a valid status and only keys of that format. */
function isProxyResponse(value: JsonObject): boolean {
  const statusCode = plainTwin(value.statusCode);
  const isStatus = Number.isInteger(statusCode) && Number(statusCode) >= 100 && Number(statusCode) <= 599;
  return isStatus && Object.keys(value).every((key) => PROXY_KEYS.has(key));
}

function readProxyResponse(response: JsonObject): FunctionResponse {
  const contentType = contentTypeOf(response);
  const mimeType = contentType?.replace(/;.*/s, '').trim().toLowerCase();
  const isText = !mimeType || isJson(mimeType) || mimeType.startsWith('text/');
  const raw = typeof response.body === 'string' ? response.body : undefined;
  const encoded = response.isBase64Encoded === true && raw !== undefined;
  const body = encoded && isText ? Buffer.from(raw, 'base64').toString('utf8') : (raw ?? response.body ?? null);
  const status = plainTwin(response.statusCode) as number;
  if (status >= 400) {
    const text = encoded && !isText ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    return { kind: 'status', status, text: body === null ? '' : text };
  }
  if (encoded && !isText) return { kind: 'binary', base64: raw, mimeType };
  if (typeof body !== 'string') return readPlain(body, mimeType);
  if (body === '') return { kind: 'value', value: null };
  const parsed = !mimeType || isJson(mimeType) ? parseJson(body) : undefined;
  return parsed ? readPlain(parsed.value, mimeType) : { kind: 'value', value: body, mimeType };
}

function contentTypeOf(response: JsonObject): string | undefined {
  for (const headers of [response.headers, response.multiValueHeaders]) {
    if (!isObject(headers)) continue;
    const key = Object.keys(headers).find((name) => name.toLowerCase() === 'content-type');
    const value = key === undefined ? undefined : headers[key];
    if (typeof value === 'string') return value;
    if (Array.isArray(value) && typeof value[0] === 'string') return value[0];
  }
  return undefined;
}

function isJson(mimeType: string): boolean {
  return mimeType === 'application/json' || mimeType.endsWith('+json');
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: parseExact(text) };
  } catch {
    return undefined;
  }
}
