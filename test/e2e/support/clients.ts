import { createMCPClient } from '@ai-sdk/mcp';
import {
  Client as V2Client,
  StreamableHTTPClientTransport as V2Http,
  SSEClientTransport as V2Sse,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Fixture } from './fixture';

/** The operations that all client libraries share. */
export interface AnyClient {
  tools(): Promise<string[]>;
  call(
    name: string,
    args: Record<string, unknown>,
  ): Promise<{ content: Array<{ type: string; text?: string }>; structuredContent?: unknown; isError?: boolean }>;
  close(): Promise<void>;
}

const INFO = { name: 'e2e', version: '1.0.0' };

/** Connects a client of the v1 SDK over HTTP+SSE. */
export async function sseClient({ sseUrl }: Pick<Fixture, 'sseUrl'>, capabilities = {}): Promise<Client> {
  const client = new Client(INFO, { capabilities });
  await client.connect(new SSEClientTransport(sseUrl));
  return client;
}

/** Connects a client of the v1 SDK over Streamable HTTP. */
export async function httpClient({ mcpUrl }: Pick<Fixture, 'mcpUrl'>, capabilities = {}): Promise<Client> {
  const client = new Client(INFO, { capabilities });
  await client.connect(new StreamableHTTPClientTransport(mcpUrl));
  return client;
}

function fromSdk(client: Client | V2Client): AnyClient {
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) =>
      (await client.callTool({ name, arguments: args })) as Awaited<ReturnType<AnyClient['call']>>,
    close: () => client.close(),
  };
}

type Mode = 'legacy' | 'auto' | { pin: '2026-07-28' };

/** Connects a client of the v2 SDK over Streamable HTTP. */
export async function v2Client({ mcpUrl }: Pick<Fixture, 'mcpUrl'>, mode: Mode): Promise<V2Client> {
  const client = new V2Client(INFO, { versionNegotiation: { mode } });
  await client.connect(new V2Http(mcpUrl));
  return client;
}

async function v2Sse({ sseUrl }: Fixture): Promise<V2Client> {
  const client = new V2Client(INFO, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(new V2Sse(sseUrl));
  return client;
}

async function aiSdk(type: 'sse' | 'http', url: URL): Promise<AnyClient> {
  const client = await createMCPClient({ transport: { type, url: url.href } });
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => {
      const tools = await client.tools();
      return (await tools[name].execute(args, { toolCallId: '1', messages: [] } as never)) as never;
    },
    close: () => client.close(),
  };
}

/** All clients under test, by name. */
export const clients: Record<string, (fixture: Fixture) => Promise<AnyClient>> = {
  'sdk v1, HTTP+SSE': async (f) => fromSdk(await sseClient(f)),
  'sdk v1, Streamable HTTP': async (f) => fromSdk(await httpClient(f)),
  'client v2, HTTP+SSE': async (f) => fromSdk(await v2Sse(f)),
  'client v2, Streamable HTTP, legacy': async (f) => fromSdk(await v2Client(f, 'legacy')),
  'client v2, Streamable HTTP, auto': async (f) => fromSdk(await v2Client(f, 'auto')),
  'client v2, Streamable HTTP, 2026-07-28': async (f) => fromSdk(await v2Client(f, { pin: '2026-07-28' })),
  '@ai-sdk/mcp, HTTP+SSE': (f) => aiSdk('sse', f.sseUrl),
  '@ai-sdk/mcp, Streamable HTTP': (f) => aiSdk('http', f.mcpUrl),
};
