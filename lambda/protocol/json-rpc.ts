/** JSON-RPC error codes of MCP and its SDKs. */
export const JSON_RPC_ERROR = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  /** "Connection closed" in the MCP SDKs. Their HTTP transports also use it for requests that lack a header. */
  CONNECTION_CLOSED: -32000,
  BAD_REQUEST: -32000,
  /** The MCP SDKs use it for an unknown session. */
  SESSION_NOT_FOUND: -32001,
  /** An `Mcp-Param-*` header that differs from the request body (MCP 2026-07-28). */
  HEADER_MISMATCH: -32020,
} as const;
