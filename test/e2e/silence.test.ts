import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { send } from './support/wire';

/**
 * API Gateway closes a response stream after 5 idle minutes. These tests lower the limit to 30 s. Keep-alives are sent every 15 to 20 s,
 * so a tool that is silent for 52 s fails unless they are repeated.
 */
const IDLE_MS = 30_000;
const SILENT_SECONDS = 52;
const TIMEOUT = { timeout: 100_000 };

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ idleTimeoutMs: IDLE_MS });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

async function modernClient({ mcpUrl }: Fixture) {
  const client = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new V2Http(mcpUrl));
  return client;
}

const call = { name: 'slow', arguments: { seconds: SILENT_SECONDS } };

test.concurrent.each([
  ['sdk v1, HTTP+SSE', sseClient],
  ['sdk v1, Streamable HTTP', httpClient],
  ['client v2, 2026-07-28', modernClient],
])('%s: keeps the connection of a silent tool alive', { timeout: 90_000 }, async (_, connect) => {
  const client = await connect(fixture);
  const result =
    client instanceof V2Client ? await client.callTool(call, TIMEOUT) : await client.callTool(call, undefined, TIMEOUT);
  expect(result).toMatchObject({ content: [{ text: `slept ${SILENT_SECONDS} s` }] });
  await client.close();
});

test.concurrent('a client that does not accept streams gets 504, because it cannot receive keep-alives', async () => {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'slow',
  };
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...call, _meta } });
  expect(await send(fixture.mcpUrl, { headers, body })).toMatchObject({ status: 504 });
});
