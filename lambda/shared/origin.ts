import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { AUTHORIZATION, CORS, ENV } from '../../src/private/contract.js';
import { isSecureUrl } from '../../src/private/oauth.js';
import { optionalEnv } from './env.js';
import { cameFromFunctionUrl } from './function-url.js';
import { errorResponse, header } from './http.js';

const EXPOSED = CORS.EXPOSED_HEADERS.join(', ');

/**
 * Whether requests with this `Origin` are allowed. It may be absent (the client is not a browser), the server's own origin, or one in
 * `allowedOrigins`. The check prevents DNS rebinding, so it comes before any other handling.
 */
export function originAllowed(event: APIGatewayProxyEvent): boolean {
  const origin = header(event, 'origin');
  return origin === undefined || isOwnOrigin(event, origin) || allowedOrigins().includes(origin);
}

/** The 403 response for a request that {@link originAllowed} rejects. */
export function originForbidden(): APIGatewayProxyResult {
  return errorResponse(403, 'origin not allowed: the owner of this server can add it to allowedOrigins');
}

/**
 * Headers that let the page of an allowed origin read the response. Empty for other requests, and behind a function URL with IAM
 * authorization: Lambda adds them there, because preflight requests never reach the function.
 */
export function corsHeaders(event: APIGatewayProxyEvent): Record<string, string> {
  const origin = header(event, 'origin');
  if (origin === undefined || !allowedOrigins().includes(origin)) return {};
  if (cameFromFunctionUrl(event) && optionalEnv(ENV.AUTHORIZATION) === AUTHORIZATION.IAM) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'Origin' };
}

function isOwnOrigin(event: APIGatewayProxyEvent, origin: string): boolean {
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false; // the `null` of sandboxed pages, or an invalid URL
  }
  const { domainName } = event.requestContext;
  // Lambda states the host of a function URL, which has HTTPS, except on the local runner
  if (cameFromFunctionUrl(event)) return url.host === domainName && isSecureUrl(url);
  const scheme = header(event, 'x-forwarded-proto');
  if (scheme !== undefined && `${scheme}:` !== url.protocol) return false;
  // API Gateway routes by Host, so the request's Host is the server's own; the local runner checks Host itself
  return url.host === header(event, 'host') || url.host === domainName;
}

function allowedOrigins(): string[] {
  return (optionalEnv(ENV.ALLOWED_ORIGINS) ?? '')
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}
