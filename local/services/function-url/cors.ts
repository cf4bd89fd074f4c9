import type { IncomingHttpHeaders } from 'node:http';
import type { CorsConfig } from './definition.js';

/** Whether a request is the preflight request of a browser, which the cross-origin configuration of a function URL answers. */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers;
}

/** Returns the headers of the response to a preflight request. */
export function preflightHeaders(config: CorsConfig, requested: IncomingHttpHeaders): Record<string, string> {
  const { AllowMethods = [], AllowHeaders = [], MaxAge } = config;
  const headers = originHeaders(config, requested.origin);
  if (!('access-control-allow-origin' in headers)) return headers;
  return {
    ...headers,
    ...(AllowMethods.length > 0 && { 'access-control-allow-methods': AllowMethods.join(',') }),
    ...(AllowHeaders.length > 0 && { 'access-control-allow-headers': AllowHeaders.join(',') }),
    ...(MaxAge !== undefined && { 'access-control-max-age': String(MaxAge) }),
  };
}

/** Returns the headers that let the page of an allowed origin read a response. */
export function corsHeaders(config: CorsConfig | undefined, origin: string | undefined): Record<string, string> {
  if (!config || origin === undefined) return {};
  const headers = originHeaders(config, origin);
  const { ExposeHeaders = [] } = config;
  if (!('access-control-allow-origin' in headers) || ExposeHeaders.length === 0) return headers;
  return { ...headers, 'access-control-expose-headers': ExposeHeaders.join(',') };
}

function originHeaders(
  { AllowOrigins = [], AllowCredentials }: CorsConfig,
  origin: string | undefined,
): Record<string, string> {
  const allowed = AllowOrigins.some((each) => each === '*' || (origin !== undefined && matchesOrigin(each, origin)));
  if (!allowed) return { vary: 'Origin' };
  return {
    'access-control-allow-origin': AllowOrigins.includes('*') ? '*' : origin!,
    ...(AllowCredentials && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin',
  };
}

/** An allowed origin can have a wildcard in place of subdomains: `https://*.example.com`. */
function matchesOrigin(pattern: string, origin: string): boolean {
  const [start, end, ...others] = pattern.split('*');
  if (end === undefined || others.length > 0) return pattern === origin;
  return origin.length >= start!.length + end.length && origin.startsWith(start!) && origin.endsWith(end);
}
