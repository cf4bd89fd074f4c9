import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const INFO = { name: 'verify-on-aws', version: '1' };

/** Closes at the end of its block: `await using`. */
class DisposableClient extends Client implements AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The SDK's client over Streamable HTTP, connected. */
export async function httpClient(url: string, send: typeof fetch): Promise<DisposableClient> {
  const client = new DisposableClient(INFO);
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch: send }));
  return client;
}

/** The SDK's client over HTTP+SSE, connected. */
export async function sseClient(url: string, send: typeof fetch): Promise<DisposableClient> {
  const client = new DisposableClient(INFO);
  await client.connect(new SSEClientTransport(new URL(url), { fetch: send }));
  return client;
}

/** The first text of a tool's result. */
export function textOf(result: unknown): string {
  const { content = [] } = result as { content?: Array<{ type: string; text?: string }> };
  return content.find(({ type }) => type === 'text')?.text ?? JSON.stringify(result);
}
