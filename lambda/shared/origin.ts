import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';
import { errorResponse, header } from './http.js';

/** Response headers that a browser's script may read. */
const EXPOSED = 'Mcp-Session-Id, MCP-Protocol-Version, Retry-After, ETag, Location';

/**
 * Whether the request's `Origin` may talk to this server: absent (no browser), the request's own, or allowed by the
 * owner. The door against DNS rebinding, in front of everything that a handler does.
 */
export function originAllowed(event: APIGatewayProxyEvent): boolean {
  const origin = header(event, 'origin');
  return origin === undefined || isOwn(event, origin) || allowedOrigins().includes(origin);
}

/** 403 for a request that `originAllowed` refuses. */
export function originRefused(): APIGatewayProxyResult {
  return errorResponse(403, 'origin not allowed: the owner of this server can add it to allowedOrigins');
}

/** Headers which let the page of an allowed origin read the response; none for other callers. */
export function corsHeaders(event: APIGatewayProxyEvent): Record<string, string> {
  const origin = header(event, 'origin');
  if (origin === undefined || !allowedOrigins().includes(origin)) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'Origin' };
}

function isOwn(event: APIGatewayProxyEvent, origin: string): boolean {
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false; // `null` of sandboxed pages, or no URL at all
  }
  const scheme = header(event, 'x-forwarded-proto');
  if (scheme !== undefined && `${scheme}:` !== url.protocol) return false;
  // API Gateway routes by Host, so one that reached us is ours; the local runner checks it before
  return url.host === header(event, 'host') || url.host === event.requestContext.domainName;
}

function allowedOrigins(): string[] {
  return (optionalEnv(ENV.ALLOWED_ORIGINS) ?? '')
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}
