import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ENV, PATHS, TOOLSET_PARAMETER } from '../../src/private/contract.js';
import { METADATA_PATH } from '../../src/private/oauth.js';
import { optionalEnv } from '../shared/env.js';
import { type FunctionUrlEvent, isFunctionUrlEvent, restEvent } from '../shared/function-url.js';
import { pathNotFound } from '../shared/http.js';
import { guardMethodAndCaller, guardOrigin, guardRequest, readableByOrigin } from '../shared/request-guard.js';

/** A request in the form of a REST API, and the response to it if it must not be handled any further. */
export interface ReceivedRequest {
  readonly event: APIGatewayProxyEvent;
  readonly rejection?: APIGatewayProxyResult;
}

/** Checks access tokens where the endpoint is a function URL, which has no authorizer. Loaded only there. */
const oauth = optionalEnv(ENV.OAUTH) ? await import('./function-url-oauth.js') : undefined;

const MCP_ROUTES = [PATHS.MCP, `${PATHS.MCP}/{${TOOLSET_PARAMETER}}`];
// clients of a toolset look for the metadata of its path
const METADATA_ROUTES = ['', ...MCP_ROUTES].map((path) => METADATA_PATH + path);
const ROUTES = [...MCP_ROUTES, ...(oauth ? METADATA_ROUTES : [])];

/**
 * Receives a request from API Gateway or a function URL, and makes the checks that precede any other handling.
 *
 * @param allow the methods of `/mcp`
 */
export async function receive(
  received: APIGatewayProxyEvent | FunctionUrlEvent,
  allow: readonly string[],
): Promise<ReceivedRequest> {
  if (!isFunctionUrlEvent(received)) return { event: received, rejection: guardRequest(received, allow) };
  const event = restEvent(received, ROUTES);
  if (!event.resource) return { event, rejection: readableByOrigin(event, pathNotFound(event, PATHS.MCP)) };
  if (oauth && event.resource.startsWith(METADATA_PATH)) return { event, rejection: oauth.metadataResponse(event) };
  if (!oauth || event.requestContext.authorizer) return { event, rejection: guardRequest(event, allow) };
  const rejection = guardOrigin(event, allow);
  if (rejection) return { event, rejection };
  // before the method: clients that begin with GET sign in after 401, but not after 405
  const authorized = await oauth.authorize(event);
  if ('statusCode' in authorized) return { event, rejection: readableByOrigin(event, authorized) };
  return { event: authorized, rejection: guardMethodAndCaller(authorized, allow) };
}
