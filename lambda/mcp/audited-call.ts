import type { ServerContext } from '@modelcontextprotocol/server';
import type { AuditedCall } from '../audit/call.js';
import type { ServerInstance } from '../protocol/request-scope.js';

/** Returns what the audit record of a request states of its caller and client. */
export function auditedCall(
  { server, scope }: ServerInstance,
  { mcpReq }: ServerContext,
  call: Pick<AuditedCall, 'kind' | 'name' | 'arguments'>,
): AuditedCall {
  const { principal, transport, sessionId, toolset } = scope;
  return {
    ...call,
    principal,
    client: server.getClientVersion(),
    transport,
    sessionId,
    toolset,
    meta: mcpReq._meta,
    signal: mcpReq.signal,
  };
}
