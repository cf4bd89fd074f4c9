/** JSON-RPC error codes that MCP and its SDKs use. */
export const JSON_RPC_ERROR = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  /** The MCP SDKs' "connection closed", which their HTTP transports also use for requests that lack a header. */
  CONNECTION_CLOSED: -32000,
  BAD_REQUEST: -32000,
  /** The MCP SDKs' answer to an unknown session. */
  SESSION_NOT_FOUND: -32001,
  /** An `Mcp-Param-*` header that differs from the request body (MCP 2026-07-28). */
  HEADER_MISMATCH: -32020,
} as const;
