import { isObject } from '../mcp/answer.js';
import { MODERN, STRUCTURED } from '../mcp/exchange.js';
import { rpcError } from './rpc-error.js';
import { SESSION_HEADER, sessionsOn } from './sessions.js';

const INVALID_REQUEST = -32600;

/** The refusal of what is good JSON-RPC in a place that has none: a batch after its revision, an answer that nobody waits for. */
export function misplaced(body: unknown, headers: Readonly<Record<string, string>>): Response | undefined {
  const revision = headers['mcp-protocol-version'] ?? '';
  if (Array.isArray(body) && revision >= STRUCTURED) {
    return rpcError(400, INVALID_REQUEST, `protocol revision ${revision} has no batches: send one message`);
  }
  const inSession = sessionsOn() && revision < MODERN && headers[SESSION_HEADER] !== undefined;
  if (isObject(body) && body.method === undefined && ('result' in body || 'error' in body) && !inSession) {
    return rpcError(400, INVALID_REQUEST, 'nothing was asked of this client: an answer belongs to a session');
  }
  return undefined;
}
