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

/** What every client can do, whoever wrote it. */
export interface AnyClient {
  tools(): Promise<string[]>;
  call(
    name: string,
    args: Record<string, unknown>,
  ): Promise<{ content: Array<{ type: string; text?: string }>; structuredContent?: unknown; isError?: boolean }>;
  close(): Promise<void>;
}

const INFO = { name: 'e2e', version: '1.0.0' };

/** A client of the v1 SDK over HTTP+SSE, connected. */
export async function sseClient({ sseUrl }: Pick<Fixture, 'sseUrl'>, capabilities = {}): Promise<Client> {
  const client = new Client(INFO, { capabilities });
  await client.connect(new SSEClientTransport(sseUrl));
  return client;
}

/** A client of the v1 SDK over Streamable HTTP, connected. */
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

async function v2(transport: V2Http | V2Sse, mode: Mode): Promise<AnyClient> {
  const client = new V2Client(INFO, { versionNegotiation: { mode } });
  await client.connect(transport);
  return fromSdk(client);
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

/** Every client of the tests, by name. */
export const clients: Record<string, (fixture: Fixture) => Promise<AnyClient>> = {
  'sdk v1, HTTP+SSE': async (f) => fromSdk(await sseClient(f)),
  'sdk v1, Streamable HTTP': async (f) => fromSdk(await httpClient(f)),
  'client v2, HTTP+SSE': (f) => v2(new V2Sse(f.sseUrl), 'legacy'),
  'client v2, Streamable HTTP, legacy': (f) => v2(new V2Http(f.mcpUrl), 'legacy'),
  'client v2, Streamable HTTP, auto': (f) => v2(new V2Http(f.mcpUrl), 'auto'),
  'client v2, Streamable HTTP, 2026-07-28': (f) => v2(new V2Http(f.mcpUrl), { pin: '2026-07-28' }),
  '@ai-sdk/mcp, HTTP+SSE': (f) => aiSdk('sse', f.sseUrl),
  '@ai-sdk/mcp, Streamable HTTP': (f) => aiSdk('http', f.mcpUrl),
};
