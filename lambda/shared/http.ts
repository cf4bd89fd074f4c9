import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

/** A header's value, whatever the case of its name; repeated headers are joined as HTTP joins them. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (key.toLowerCase() === wanted && values) return values.join(', ');
  }
  for (const [key, value] of Object.entries(event.headers ?? {})) {
    if (key.toLowerCase() === wanted) return value;
  }
  return undefined;
}

/** All headers, names in lower case. */
export function headersOf(event: APIGatewayProxyEvent): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [key, value] of Object.entries(event.headers ?? {}))
    if (value !== undefined) all[key.toLowerCase()] = value;
  for (const [key, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values) all[key.toLowerCase()] = values.join(', ');
  }
  return all;
}

/** The request body as text; empty where there is none. */
export function bodyText(event: APIGatewayProxyEvent): string {
  if (!event.body) return '';
  return event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
}

/** One thing that is wrong with a request, and where. */
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

/** 405, naming the methods that the route has. */
export function methodNotAllowed(allow: readonly string[]): APIGatewayProxyResult {
  return errorResponse(405, `method not allowed: use ${allow.join(' or ')}`, [], { allow: allow.join(', ') });
}

/**
 * The path of another route of this API as the client has to call it: the request's own path, with the stage or the
 * base path of a custom domain in front, and `path` in place of the route's.
 */
export function selfPath(event: APIGatewayProxyEvent, path: string): string {
  const own = event.requestContext.path.replace(/\/+$/, '');
  const route = (event.path ?? '').replace(/\/+$/, '');
  // execute-api: path `/prod/sse`, route `/sse`; custom domain: both `/base/sse`, of which the resource `/sse` is the route
  const suffix = own.endsWith(event.resource) ? event.resource : route;
  return own.slice(0, own.length - suffix.length) + path;
}
