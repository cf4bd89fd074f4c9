import { atTheDoor } from '../shared/door.js';
import { log } from '../shared/log.js';
import { corsHeaders } from '../shared/origin.js';
import { type StreamingHandler, streaming } from '../shared/stream.js';
import { deliver } from './deliver.js';
import { rpcError } from './rpc-error.js';
import { serve } from './serve.js';
import { endSession, sessionsOn } from './sessions.js';
import { warmUp } from './warm-up.js';

const handle: StreamingHandler = async (event, response, context) => {
  const turnedAway = atTheDoor(event, sessionsOn() ? ['POST', 'DELETE'] : ['POST']);
  if (turnedAway) return response.send(turnedAway);
  const deadline = Date.now() + context.getRemainingTimeInMillis();
  const answer = (event.httpMethod === 'DELETE' ? endSession(event) : serve(event, deadline)).catch((error: Error) => {
    log.error('a request failed', error);
    return rpcError(500, -32603, 'internal error');
  });
  await deliver(answer, response, { event, headers: corsHeaders(event) });
};

// at module scope: Lambda gives the initialization a full CPU, which most functions' invocations do not have
await warmUp();

/** `/mcp`: one POST, one answer, as JSON or as a stream; DELETE where clients have sessions. */
export const handler = streaming(handle);
