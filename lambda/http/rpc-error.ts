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
