import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { header, methodNotAllowed } from './http.js';
import { corsHeaders, originAllowed, originRefused } from './origin.js';

/** For how long browsers remember a preflight, in seconds; the longest that Chromium takes. */
const PREFLIGHT_MAX_AGE = '7200';

/**
 * What every handler looks at first. The answer for who may not come in (403), asks whether a page may (a preflight: 204) or
 * comes with a method that the route does not have (405); undefined for everybody else.
 */
export function guardRequest(event: APIGatewayProxyEvent, allow: readonly string[]): APIGatewayProxyResult | undefined {
  if (!originAllowed(event)) return originRefused();
  const cors = corsHeaders(event);
  const asked = header(event, 'access-control-request-method');
  if (event.httpMethod === 'OPTIONS' && asked !== undefined && Object.keys(cors).length > 0) {
    return {
      statusCode: 204,
      headers: {
        ...cors,
        'access-control-allow-methods': allow.join(', '),
        // no list of ours: revisions of MCP bring headers of their own (Mcp-Param-*), and the origin is a trusted one
        'access-control-allow-headers': header(event, 'access-control-request-headers') ?? '',
        'access-control-max-age': PREFLIGHT_MAX_AGE,
      },
      body: '',
    };
  }
  if (allow.includes(event.httpMethod)) return undefined;
  const refused = methodNotAllowed(allow);
  return { ...refused, headers: { ...refused.headers, ...cors } };
}
