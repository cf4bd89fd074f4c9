import type { TooManyListeners } from '../notifications/listener.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';

/** An HTTP response with a JSON-RPC error as its body. */
export function rpcError(
  status: number,
  code: number,
  message: string,
  extra: { id?: unknown; data?: unknown /** Seconds. */; retryAfter?: number } = {},
): Response {
  const { id = null, data, retryAfter } = extra;
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  const error = { code, message, ...(data ? { data } : {}) };
  return Response.json({ jsonrpc: '2.0', id, error }, { status, headers });
}

/** Rejects a listener beyond the server's limit: 503 with `Retry-After`. */
export function tooManyListeners({ message, retryAfter }: TooManyListeners, id?: unknown): Response {
  return rpcError(503, JSON_RPC_ERROR.INTERNAL_ERROR, message, { id, retryAfter });
}

/** Rejects a request that needs an AWS service which does not respond, before a handler runs: 503 with `Retry-After`. */
export function unavailable(): Response {
  return rpcError(503, JSON_RPC_ERROR.INTERNAL_ERROR, 'the request could not be handled: try again', { retryAfter: 1 });
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
  return rpcError(429, JSON_RPC_ERROR.INTERNAL_ERROR, message, { id, data: { limit, value, retryAfter }, retryAfter });
}
