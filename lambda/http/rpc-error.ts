import type { TooManyListeners } from '../notifications/listener.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';

/** A response that is a JSON-RPC error. */
export function rpcError(
  status: number,
  code: number,
  message: string,
  extra: { id?: unknown; data?: unknown } = {},
): Response {
  const { id = null, data } = extra;
  return Response.json({ jsonrpc: '2.0', id, error: { code, message, ...(data ? { data } : {}) } }, { status });
}

/** The answer to a client that comes when there is no place for one more listener. */
export function tooManyListeners({ message, retryAfter }: TooManyListeners, id?: unknown): Response {
  const response = rpcError(503, JSON_RPC_ERROR.INTERNAL_ERROR, message, { id });
  response.headers.set('retry-after', String(retryAfter));
  return response;
}
