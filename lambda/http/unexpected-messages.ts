import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { MODERN_REVISION, STRUCTURED_CONTENT_REVISION } from '../protocol/revisions.js';
import { isObject } from '../shared/json.js';
import { rpcError } from './rpc-error.js';
import { SESSION_HEADER, sessionsEnabled } from './sessions.js';

/** The refusal of what is good JSON-RPC in a place that has none: a batch after its revision, an answer that nobody waits for. */
export function rejectUnexpected(body: unknown, headers: Readonly<Record<string, string>>): Response | undefined {
  const revision = headers['mcp-protocol-version'] ?? '';
  if (Array.isArray(body) && revision >= STRUCTURED_CONTENT_REVISION) {
    return rpcError(
      400,
      JSON_RPC_ERROR.INVALID_REQUEST,
      `protocol revision ${revision} has no batches: send one message`,
    );
  }
  const inSession = sessionsEnabled() && revision < MODERN_REVISION && headers[SESSION_HEADER] !== undefined;
  if (isObject(body) && body.method === undefined && ('result' in body || 'error' in body) && !inSession) {
    return rpcError(
      400,
      JSON_RPC_ERROR.INVALID_REQUEST,
      'nothing was asked of this client: an answer belongs to a session',
    );
  }
  return undefined;
}
