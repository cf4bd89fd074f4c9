/** The whole request, for handlers that are specific to MCP. */
import type { JsonObject } from '../../../src/private/registration.js';
import type { RequestContext } from '../../protocol/request-scope.js';
import type { FunctionCall } from '../event.js';

export function requestEvent(
  call: FunctionCall,
  request: RequestContext,
  invocationId: string,
  deadlineMs: number,
): JsonObject {
  const { requestId, protocolVersion, transport, sessionId, principal, client } = request;
  const { clientCapabilities, logLevel, meta, background, taskId } = request;
  return {
    method: call.method,
    params: { ...call.params, ...(meta ? { _meta: meta } : {}) },
    context: {
      invocationId,
      requestId,
      protocolVersion,
      transport,
      sessionId,
      principal,
      client,
      clientCapabilities,
      logLevel,
      deadlineMs,
      registrationId: call.registration.id,
      background,
      taskId,
    },
  };
}
