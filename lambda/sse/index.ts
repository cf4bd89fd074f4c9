import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { DEFAULTS, ENV, METRICS, PATHS } from '../../src/private/contract.js';
import { EVENT_STREAM_HEADERS } from '../protocol/event-stream.js';
import { CatalogCache } from '../registry/catalog.js';
import { dynamoDb, sqs } from '../shared/clients.js';
import { numberEnv } from '../shared/env.js';
import { scopePrefixOf } from '../shared/grants.js';
import { errorResponse, selfPath } from '../shared/http.js';
import { ShareReached } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { corsHeaders } from '../shared/origin.js';
import { principalOf } from '../shared/principal.js';
import { guardRequest } from '../shared/request-guard.js';
import { type StreamedResponse, streaming } from '../shared/stream.js';
import { openSession, type SessionResources, TooManySessions } from './open-session.js';
import { Session } from './session.js';
import { type SessionTiming, sessionTiming } from './timing.js';

/** For failures that do not depend on other sessions: an AWS service failed or throttled a call. */
const FAILURE_RETRY_AFTER = { 'retry-after': '5' };

// in the init phase, which has a whole processor at any memory size
dynamoDb();
sqs();

const cache = new CatalogCache();
const catalog = () => cache.get();

/** `GET /sse`: serves one MCP session per invocation, over the HTTP+SSE transport of revision 2024-11-05. */
export const handler = streaming(serve);

async function serve(event: APIGatewayProxyEvent, response: StreamedResponse, context: Context): Promise<void> {
  const guardResponse = guardRequest(event, ['GET']);
  if (guardResponse) return response.send(guardResponse);
  const cors = corsHeaders(event);

  const timing = sessionTiming(context.getRemainingTimeInMillis());
  const principal = principalOf(event);
  let resources: SessionResources;
  try {
    const maxSessions = numberEnv(ENV.MAX_SESSIONS, DEFAULTS.MAX_SESSIONS);
    resources = await openSession({ principal: principal?.id, maxSessions, timing, catalog });
  } catch (error) {
    measure([{ name: METRICS.SESSIONS_REJECTED, value: 1 }]);
    return response.send(withHeaders(failureResponse(error, timing), cors));
  }
  const body = response.begin({ statusCode: 200, headers: { ...EVENT_STREAM_HEADERS, ...cors } });
  const endpoint = `${selfPath(event, PATHS.MESSAGE)}?sessionId=${resources.id}`;
  const scopePrefix = scopePrefixOf(event.requestContext.authorizer);
  await new Session({ ...resources, endpoint, principal, scopePrefix, catalog, body, timing }).run();
}

function failureResponse(error: unknown, { leaseMs }: SessionTiming): APIGatewayProxyResult {
  if (error instanceof TooManySessions || error instanceof ShareReached) {
    // by then, the lease of a session whose function was killed has expired
    const retryAfter = { 'retry-after': String(Math.ceil(leaseMs / 1000)) };
    return errorResponse(error instanceof ShareReached ? 429 : 503, error.message, [], retryAfter);
  }
  log.error('opening a session failed', error as Error);
  return errorResponse(503, 'the session could not be opened: try again later', [], FAILURE_RETRY_AFTER);
}

function withHeaders(result: APIGatewayProxyResult, headers: Record<string, string>): APIGatewayProxyResult {
  return { ...result, headers: { ...result.headers, ...headers } };
}
