import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { CORS } from '../../src/private/contract.js';
import { errorResponse, header, methodNotAllowed } from './http.js';
import { log } from './log.js';
import { corsHeaders, originAllowed, originForbidden } from './origin.js';
import { principalOf, servesAnonymousCallers } from './principal.js';

/**
 * Checks a request before any other handling. Returns the response for a forbidden origin (403), a CORS preflight (204), a method that
 * the route does not allow (405) or a missing identity (403), and undefined for all other requests.
 */
export function guardRequest(event: APIGatewayProxyEvent, allow: readonly string[]): APIGatewayProxyResult | undefined {
  return guardOrigin(event, allow) ?? guardMethodAndCaller(event, allow);
}

/** The part of {@link guardRequest} that follows {@link guardOrigin}: returns the response for a wrong method or a missing identity. */
export function guardMethodAndCaller(
  event: APIGatewayProxyEvent,
  allow: readonly string[],
): APIGatewayProxyResult | undefined {
  const response = allow.includes(event.httpMethod) ? unidentified(event) : methodNotAllowed(allow);
  return response && readableByOrigin(event, response);
}

/** The part of {@link guardRequest} that needs no identity: returns the response for a forbidden origin or a CORS preflight. */
export function guardOrigin(event: APIGatewayProxyEvent, allow: readonly string[]): APIGatewayProxyResult | undefined {
  if (!originAllowed(event)) return originForbidden();
  const cors = corsHeaders(event);
  const requestedMethod = header(event, 'access-control-request-method');
  if (event.httpMethod === 'OPTIONS' && requestedMethod !== undefined && Object.keys(cors).length > 0) {
    return {
      statusCode: 204,
      headers: {
        ...cors,
        'access-control-allow-methods': allow.join(', '),
        // any header: MCP revisions add headers (Mcp-Param-*), and the origin is trusted
        'access-control-allow-headers': header(event, 'access-control-request-headers') ?? '',
        'access-control-max-age': String(CORS.MAX_AGE_SECONDS),
      },
      body: '',
    };
  }
  return undefined;
}

/** A response with the headers that let the page of an allowed origin read it. */
export function readableByOrigin(event: APIGatewayProxyEvent, response: APIGatewayProxyResult): APIGatewayProxyResult {
  return { ...response, headers: { ...response.headers, ...corsHeaders(event) } };
}

/** Returns the response for a request without an identity, if the server authenticates its callers. */
function unidentified(event: APIGatewayProxyEvent): APIGatewayProxyResult | undefined {
  if (servesAnonymousCallers() || principalOf(event) !== null) return undefined;
  log.warn('rejecting a request: the authorization of the API did not identify the caller');
  return errorResponse(403, 'the caller has no identity: the authorizer must return a principalId');
}
