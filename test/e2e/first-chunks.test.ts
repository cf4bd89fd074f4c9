import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpInvokeMode } from '../../src';
import { packetLayout, recordPackets } from '../support/packets';
import { type Fixture, startFixture } from './support/fixture';
import { until } from './support/until';

/*
 * The first packets of each stream that stays open, as they leave the function. Lambda and its front ends are reported to hold small
 * chunks.
 */
const directory = mkdtempSync(join(tmpdir(), 'first-chunks-'));
const packets = { sse: join(directory, 'sse'), http: join(directory, 'http') };
const ACCEPT = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
const [V2025, V2026] = ['2025-06-18', '2026-07-28'];
let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture({
    server: { notifications: true },
    extend: ({ server, fn }) => {
      server.addTool(fn('stream'), {
        name: 'stream',
        invokeMode: McpInvokeMode.RESPONSE_STREAM,
        timeout: Duration.seconds(60),
      });
      for (const [name, value] of Object.entries(recordPackets(packets.sse)))
        server.sseFunction!.addEnvironment(name, value);
      for (const [name, value] of Object.entries(recordPackets(packets.http)))
        server.httpFunction.addEnvironment(name, value);
    },
  });
});
afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** Opens a stream, waits for its first packets, and expects head, first event and a comment apart. */
async function expectApart(file: string, first: string, open: (signal: AbortSignal) => Promise<unknown>) {
  rmSync(file, { force: true });
  const connection = new AbortController();
  try {
    await open(connection.signal);
    const layout = await until('the first packets', () => {
      const found = packetLayout(file, { first });
      return found.order.includes('comment') ? found : undefined;
    });
    const start = layout.order.slice(layout.order.findIndex((names) => names.includes('first')) - 1);
    expect(start.slice(0, 3)).toEqual(['head', 'first', 'comment']);
  } finally {
    connection.abort();
  }
}

const post = (message: object, headers: object = {}, signal?: AbortSignal) =>
  fetch(fixture.mcpUrl, {
    method: 'POST',
    headers: { ...ACCEPT, ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    signal,
  });

async function initialize(): Promise<Record<string, string>> {
  const params = { protocolVersion: V2025, capabilities: {}, clientInfo: { name: 'e2e', version: '1' } };
  const response = await post({ method: 'initialize', params });
  await response.text();
  const session = { 'mcp-session-id': response.headers.get('mcp-session-id')!, 'mcp-protocol-version': V2025! };
  await post({ id: undefined, method: 'notifications/initialized' }, session);
  return session;
}

test('/sse sends the endpoint event in a packet of its own', async () => {
  await expectApart(packets.sse, 'event: endpoint', (signal) => fetch(fixture.sseUrl, { signal }));
});

test('the GET stream sends its first event in a packet of its own', async () => {
  const session = await initialize();
  await expectApart(packets.http, 'retry: 1000', (signal) =>
    fetch(fixture.mcpUrl, { headers: { accept: 'text/event-stream', ...session }, signal }),
  );
});

test('subscriptions/listen sends its acknowledgement in a packet of its own', async () => {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': V2026,
    'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { notifications: { toolsListChanged: true }, _meta };
  const headers = { 'mcp-protocol-version': V2026, 'mcp-method': 'subscriptions/listen' };
  await expectApart(packets.http, 'subscriptions/acknowledged', (signal) =>
    post({ method: 'subscriptions/listen', params }, headers, signal),
  );
});

test('a call sends its first progress in a packet of its own', async () => {
  const session = await initialize();
  const steps = [{ progress: { progress: 1 } }, 1000, { result: 'done' }];
  const params = { name: 'stream', arguments: { steps }, _meta: { progressToken: 1 } };
  await expectApart(packets.http, 'notifications/progress', (signal) =>
    post({ method: 'tools/call', params }, session, signal),
  );
});
