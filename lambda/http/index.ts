import type { APIGatewayProxyEvent } from 'aws-lambda';
import { notificationsEnabled } from '../notifications/enabled.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { toolsetOf } from '../shared/http.js';
import { log } from '../shared/log.js';
import { corsHeaders } from '../shared/origin.js';
import { inTrace, traceOf } from '../shared/request-trace.js';
import { type StreamingHandler, streaming } from '../shared/stream.js';
import { isUnavailable } from '../shared/time-limits.js';
import { responseDeadline } from './deadline.js';
import { endSession, getStream } from './on-demand.js';
import { currentCatalog, handlePost } from './post.js';
import { receive } from './receive.js';
import { deliver } from './response-delivery.js';
import { rpcError, unavailable } from './rpc-error.js';
import { sessionsEnabled } from './session-settings.js';
import { rejectToolset } from './toolset.js';
import { warmUp } from './warm-up.js';

const handle: StreamingHandler = async (received, response, context) => {
  const allow = ['POST', ...(sessionsEnabled() ? [...(notificationsEnabled() ? ['GET'] : []), 'DELETE'] : [])];
  const { event, rejection } = await receive(received, allow);
  if (rejection) return response.send(rejection);
  const deadline = responseDeadline(context.getRemainingTimeInMillis());
  const result = inTrace(traceOf(event), () => dispatch(event, deadline)).catch((error: Error) => {
    log.error('handling a request failed', error);
    return isUnavailable(error) ? unavailable() : rpcError(500, JSON_RPC_ERROR.INTERNAL_ERROR, 'internal error');
  });
  await deliver(result, response, { event, headers: corsHeaders(event) });
};

async function dispatch(event: APIGatewayProxyEvent, deadline: number): Promise<Response> {
  const rejection = rejectToolset(toolsetOf(event));
  if (rejection) return rejection;
  if (event.httpMethod === 'DELETE') return endSession(event);
  if (event.httpMethod === 'GET') return getStream(event, deadline, currentCatalog);
  return handlePost(event, deadline);
}

// at module scope: Lambda runs the initialization with a full CPU, which most functions do not have for an invocation
await warmUp(currentCatalog);

/** `/mcp` and `/mcp/<toolset>`: POST carries MCP messages; GET streams notifications and DELETE ends a session, where the server has sessions. */
export const handler = streaming(handle);
