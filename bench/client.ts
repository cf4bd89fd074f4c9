let ids = 0;

/** Revisions whose requests the benchmarks send. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

/** Sends a request like a client of the protocol revision. */
export function request(
  url: URL,
  revision: Revision,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const modern = revision === '2026-07-28';
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  };
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revision,
      ...(modern ? { 'mcp-method': method, ...(params.name ? { 'mcp-name': String(params.name) } : {}) } : {}),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: ++ids, method, params: modern ? { ...params, _meta } : params }),
  });
}

/** Sends a request and returns the milliseconds until its response is complete. */
export async function timed(send: () => Promise<Response>): Promise<number> {
  const start = performance.now();
  const response = await send();
  const text = await response.text();
  if (!response.ok || text.includes('"error":{')) throw new Error(`${response.status} ${text.slice(0, 300)}`);
  return performance.now() - start;
}
