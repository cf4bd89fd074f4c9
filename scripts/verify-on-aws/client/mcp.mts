import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const INFO = { name: 'verify-on-aws', version: '1' };

/** A client for `await using`. */
class DisposableClient extends Client implements AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Connects the SDK's client over Streamable HTTP. */
export async function httpClient(url: string, send: typeof fetch): Promise<DisposableClient> {
  const client = new DisposableClient(INFO);
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch: send }));
  return client;
}

/** Connects the SDK's client over HTTP+SSE. */
export async function sseClient(url: string, send: typeof fetch): Promise<DisposableClient> {
  const client = new DisposableClient(INFO);
  await client.connect(new SSEClientTransport(new URL(url), { fetch: send }));
  return client;
}

/** The first text content of a tool result. */
export function textOf(result: unknown): string {
  const { content = [] } = result as { content?: Array<{ type: string; text?: string }> };
  return content.find(({ type }) => type === 'text')?.text ?? JSON.stringify(result);
}
