import type { ServerResponse } from 'node:http';
import { internalError } from './gateway-error.js';
import { responseHeaderName } from './headers.js';

/** Status and headers of a proxy integration response. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly multiValueHeaders: Readonly<Record<string, unknown>>;
  readonly cookies: readonly string[];
}

export interface ProxyResponse extends ResponseHead {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/**
 * Parses the response of a buffered function.
 * @throws GatewayError (502) if API Gateway would reject the response
 */
export function parseProxyResponse(payload: Buffer): ProxyResponse {
  const response = parseObject(payload.toString('utf8'));
  const { body = '', isBase64Encoded = false } = response;
  if (body !== null && typeof body !== 'string') throw malformed('body must be a string');
  return { ...parseHead(response), body: body ?? '', isBase64Encoded: isBase64Encoded === true };
}

/** Parses the metadata at the start of a streamed response. */
export function parsePrelude(text: string): ResponseHead {
  const prelude = parseObject(text || '{}');
  return parseHead({ statusCode: 200, ...prelude });
}

/**
 * Writes status and headers to the client.
 * @param added headers in addition to those of the function, also if it has set the same ones
 */
export function writeHead(
  res: ServerResponse,
  head: ResponseHead,
  requestId: string,
  added: Readonly<Record<string, string>> = {},
): void {
  const headers: Record<string, string | string[]> = { 'x-amzn-requestid': requestId };
  const set = (name: string, value: string | string[]) => {
    const visible = responseHeaderName(name);
    if (visible !== undefined) headers[visible.toLowerCase()] = value;
  };
  for (const [name, value] of Object.entries(head.headers)) if (value !== null) set(name, String(value));
  for (const [name, values] of Object.entries(head.multiValueHeaders)) set(name, (values as unknown[]).map(String));
  if (head.cookies.length > 0) set('set-cookie', [...head.cookies]);
  headers['content-type'] ??= 'application/json';
  for (const [name, value] of Object.entries(added))
    headers[name] = headers[name] ? [headers[name], value].flat() : value;
  try {
    res.writeHead(head.statusCode, headers);
  } catch (error) {
    throw malformed((error as Error).message);
  }
}

function parseHead(response: Record<string, unknown>): ResponseHead {
  const { headers, multiValueHeaders, cookies } = response;
  const statusCode = Number(response.statusCode);
  if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 599) {
    throw malformed(`statusCode must be an integer from 100 to 599, not ${JSON.stringify(response.statusCode)}`);
  }
  const single = parseMap('headers', headers);
  for (const [name, value] of Object.entries(single)) {
    if (typeof value === 'object' && value !== null)
      throw malformed(`header ${name} must be a string, number or boolean`);
  }
  const multi = parseMap('multiValueHeaders', multiValueHeaders);
  for (const [name, values] of Object.entries(multi)) {
    if (!Array.isArray(values)) throw malformed(`multiValueHeaders.${name} must be an array`);
  }
  return {
    statusCode,
    headers: single,
    multiValueHeaders: multi,
    cookies: Array.isArray(cookies) ? cookies.map(String) : [],
  };
}

function parseMap(name: string, value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed(`${name} must be an object`);
  return value as Record<string, unknown>;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // rejected below
  }
  throw malformed('it must be a JSON object');
}

const malformed = (reason: string) => internalError(502, `malformed Lambda proxy response: ${reason}`);
