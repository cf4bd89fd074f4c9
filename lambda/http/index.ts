import type { APIGatewayProxyEvent } from 'aws-lambda';
import { notificationsEnabled } from '../notifications/enabled.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { log } from '../shared/log.js';
import { corsHeaders } from '../shared/origin.js';
import { guardRequest } from '../shared/request-guard.js';
import { type StreamingHandler, streaming } from '../shared/stream.js';
import { getStream } from './get-stream.js';
import { currentCatalog, handlePost } from './post.js';
import { deliver } from './response-delivery.js';
import { rpcError } from './rpc-error.js';
import { endSession, sessionsEnabled } from './sessions.js';
import { warmUp } from './warm-up.js';

const handle: StreamingHandler = async (event, response, context) => {
  const allow = ['POST', ...(sessionsEnabled() ? [...(notificationsEnabled() ? ['GET'] : []), 'DELETE'] : [])];
  const turnedAway = guardRequest(event, allow);
  if (turnedAway) return response.send(turnedAway);
  const deadline = Date.now() + context.getRemainingTimeInMillis();
  const answer = answerTo(event, deadline).catch((error: Error) => {
    log.error('a request failed', error);
    return rpcError(500, JSON_RPC_ERROR.INTERNAL_ERROR, 'internal error');
  });
  await deliver(answer, response, { event, headers: corsHeaders(event) });
};

function answerTo(event: APIGatewayProxyEvent, deadline: number): Promise<Response> {
  if (event.httpMethod === 'DELETE') return endSession(event);
  if (event.httpMethod === 'GET') return getStream(event, deadline, currentCatalog);
  return handlePost(event, deadline);
}

// at module scope: Lambda gives the initialization a full CPU, which most functions' invocations do not have
await warmUp();

/** `/mcp`: one POST, one answer, as JSON or as a stream; GET where they are notified, DELETE where they have sessions. */
export const handler = streaming(handle);
