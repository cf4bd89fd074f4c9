/** A session of a client: a stream of the HTTP+SSE transport, or a session of Streamable HTTP before 2026-07-28. */
export interface McpSession {
  /** Start of the session id. The whole id is a secret of the client. */
  readonly id: string;
  readonly server: string;
  readonly transport: 'http' | 'sse';
  revision?: string;
  client?: string;
  caller?: string;
  readonly openedAt: number;
  lastCallAt?: number;
  endedAt?: number;
  calls: number;
}
