import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { TOOLSET_PARAMETER } from '../../src/private/contract.js';

/** A header's value. Names are case-insensitive, and repeated headers are joined with commas. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const lowerName = name.toLowerCase();
  for (const [key, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (key.toLowerCase() === lowerName && values) return values.join(', ');
  }
  for (const [key, value] of Object.entries(event.headers ?? {})) {
    if (key.toLowerCase() === lowerName) return value;
  }
  return undefined;
}

/** All headers, with names in lower case. */
export function headersOf(event: APIGatewayProxyEvent): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [key, value] of Object.entries(event.headers ?? {}))
    if (value !== undefined) all[key.toLowerCase()] = value;
  for (const [key, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values) all[key.toLowerCase()] = values.join(', ');
  }
  return all;
}

/** Returns the toolset in the path of a request, `/mcp/<toolset>`; undefined for `/mcp`. */
export function toolsetOf({ pathParameters }: Pick<APIGatewayProxyEvent, 'pathParameters'>): string | undefined {
  return pathParameters?.[TOOLSET_PARAMETER];
}

/** The request body as text. Empty if there is none. */
export function bodyText(event: APIGatewayProxyEvent): string {
  if (!event.body) return '';
  return event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
}

/** An error in a request and its location. */
export interface ErrorDetail {
  readonly path: string;
  readonly message: string;
}

/** A buffered JSON response. */
export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): APIGatewayProxyResult {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** A buffered error response: `{ "error", "details" }`. */
export function errorResponse(
  statusCode: number,
  error: string,
  details?: readonly ErrorDetail[],
  headers: Record<string, string> = {},
): APIGatewayProxyResult {
  return json(statusCode, { error, ...(details?.length ? { details } : {}) }, headers);
}

/** A 405 response with the methods that the route allows. */
export function methodNotAllowed(allow: readonly string[]): APIGatewayProxyResult {
  return errorResponse(405, `method not allowed: use ${allow.join(' or ')}`, [], { allow: allow.join(', ') });
}

/** A 404 response for a path that the function does not serve. API Gateway sends such requests to no function; function URLs do. */
export function pathNotFound({ path }: APIGatewayProxyEvent, served: string): APIGatewayProxyResult {
  const details = [{ path: '', message: `the address of this server ends with ${served}` }];
  return errorResponse(404, `path ${JSON.stringify(path)} not found: use ${served}`, details);
}

/**
 * The path at which the client calls another route of this API: the path of its request, including the stage or the base path of a
 * custom domain, with the route replaced by `path`.
 */
export function selfPath(event: APIGatewayProxyEvent, path: string): string {
  const requested = event.requestContext.path.replace(/\/+$/, '');
  const route = (event.path ?? '').replace(/\/+$/, '');
  // execute-api: path `/prod/sse`, route `/sse`; custom domain: both `/base/sse`, of which the resource `/sse` is the route
  const suffix = requested.endsWith(event.resource) ? event.resource : route;
  return requested.slice(0, requested.length - suffix.length) + path;
}
