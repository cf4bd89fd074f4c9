import { methodNotAllowed } from '../shared/http.js';
import { log } from '../shared/log.js';
import { corsHeaders, originAllowed, originRefused } from '../shared/origin.js';
import { type StreamingHandler, streaming } from '../shared/stream.js';
import { deliver } from './deliver.js';
import { rpcError } from './rpc-error.js';
import { serve } from './serve.js';
import { warmUp } from './warm-up.js';

const ALLOW = ['POST'];

const handle: StreamingHandler = async (event, response, context) => {
  if (!originAllowed(event)) return response.send(originRefused());
  const cors = corsHeaders(event);
  if (event.httpMethod !== 'POST') {
    const refused = methodNotAllowed(ALLOW);
    return response.send({ ...refused, headers: { ...refused.headers, ...cors } });
  }
  const deadline = Date.now() + context.getRemainingTimeInMillis();
  const answer = serve(event, deadline).catch((error: Error) => {
    log.error('a request failed', error);
    return rpcError(500, -32603, 'internal error');
  });
  await deliver(answer, response, { event, headers: cors });
};

// at module scope: Lambda gives the initialization a full CPU, which most functions' invocations do not have
await warmUp();

/** `/mcp`: one POST, one answer, as JSON or as a stream. */
export const handler = streaming(handle);
