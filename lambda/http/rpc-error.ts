import type { TooManyListeners } from '../notifications/listener.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';

/** An HTTP response with a JSON-RPC error as its body. */
export function rpcError(
  status: number,
  code: number,
  message: string,
  extra: { id?: unknown; data?: unknown } = {},
): Response {
  const { id = null, data } = extra;
  return Response.json({ jsonrpc: '2.0', id, error: { code, message, ...(data ? { data } : {}) } }, { status });
}

/** Rejects a listener beyond the server's limit: 503 with `Retry-After`. */
export function tooManyListeners({ message, retryAfter }: TooManyListeners, id?: unknown): Response {
  const response = rpcError(503, JSON_RPC_ERROR.INTERNAL_ERROR, message, { id });
  response.headers.set('retry-after', String(retryAfter));
  return response;
}

/** Rejects a request that needs an AWS service which does not respond, before a handler runs: 503 with `Retry-After`. */
export function unavailable(): Response {
  const response = rpcError(503, JSON_RPC_ERROR.INTERNAL_ERROR, 'the request could not be handled: try again');
  response.headers.set('retry-after', '1');
  return response;
}

/** An error of a limit that a caller or the server has reached. */
interface LimitError {
  readonly message: string;
  /** Name of the limit in `limits` of the server. */
  readonly limit: string;
  readonly value: number;
  /** Seconds after which a retry can succeed. */
  readonly retryAfter: number;
}

/** Rejects a request beyond a limit: 429 with `Retry-After`. */
export function limitReached({ message, limit, value, retryAfter }: LimitError, id?: unknown): Response {
  const response = rpcError(429, JSON_RPC_ERROR.INTERNAL_ERROR, message, { id, data: { limit, value, retryAfter } });
  response.headers.set('retry-after', String(retryAfter));
  return response;
}
