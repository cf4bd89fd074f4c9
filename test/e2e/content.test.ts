import { readFileSync } from 'node:fs';
import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpEvent } from '../../src';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { initialize, openSession } from './support/sse';
import { until } from './support/until';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    extend: ({ server, fn }) => {
      server.addTool(fn('everyContent'), {
        name: 'content',
        icons: [{ src: 'https://x.example/tool.png' }],
        meta: { 'x.example/tool': 1 },
      });
      server.addPrompt(fn('everyMessage'), { name: 'messages' });
      server.addTool(fn('reflect'), { name: 'bare', event: McpEvent.arguments() });
    },
  });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const { content, _meta } = JSON.parse(readFileSync(new URL('app/every-content.json', import.meta.url), 'utf8'));
const revisions: Array<[string, Array<string>]> = [
  ['2024-11-05', ['text', 'image', 'text', 'resource', 'resource', 'text']],
  ['2025-03-26', ['text', 'image', 'audio', 'resource', 'resource', 'text']],
  ['2025-06-18', ['text', 'image', 'audio', 'resource', 'resource', 'resource_link']],
  ['2025-11-25', ['text', 'image', 'audio', 'resource', 'resource', 'resource_link']],
];

async function modernClient({ mcpUrl }: Fixture) {
  const client = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new V2Http(mcpUrl));
  return client;
}

const newest = [
  ['sdk v1, HTTP+SSE', sseClient],
  ['sdk v1, Streamable HTTP', httpClient],
  ['client v2, 2026-07-28', modernClient],
] as const;

test.each(newest)('%s: receives every content type unchanged', async (_, connect) => {
  const client = await connect(fixture);
  const result = await client.callTool({ name: 'content', arguments: {} });
  expect(result.content).toEqual(content);
  expect(result._meta).toMatchObject(_meta);
  const { messages } = await client.getPrompt({ name: 'messages' });
  expect(messages.map((message) => message.content)).toEqual(content);
  const { tools } = await client.listTools();
  expect(tools.find(({ name }) => name === 'content')).toMatchObject({
    icons: [{ src: 'https://x.example/tool.png' }],
    _meta: { 'x.example/tool': 1 },
  });
  await client.close();
});

test.each(newest)('%s: passes _meta and the trace context to the function', async (_, connect) => {
  const client = await connect(fixture);
  const sent = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=b',
    'x.example/y': { z: 1 },
  };
  const call = async (name: string) => {
    const { structuredContent } = await client.callTool({ name, arguments: {}, _meta: sent });
    return structuredContent as { event: any; custom: Record<string, string> };
  };
  const { event, custom } = await call('reflect');
  expect(event.params._meta).toMatchObject(sent);
  expect(JSON.stringify(event.params._meta)).not.toContain('io.modelcontextprotocol/protocolVersion');
  const { traceparent, tracestate } = sent;
  expect(custom).toMatchObject({ traceparent, tracestate });
  expect((await call('bare')).custom).toMatchObject({ traceparent, tracestate });
  await client.close();
});

test.each(revisions)('HTTP+SSE, %s: converts unsupported content types to text', async (revision, types) => {
  await using session = await openSession(fixture);
  await initialize(session, {}, revision);
  const results = () => session.messages.filter(({ id }) => id === 1 || id === 2);
  await session.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'content', arguments: {} } });
  await session.post({ jsonrpc: '2.0', id: 2, method: 'prompts/get', params: { name: 'messages' } });
  await until('both responses', () => results().length === 2);
  for (const { result } of results()) {
    const items = result.content ?? result.messages.map((message: { content: unknown }) => message.content);
    expect(items.map(({ type }: { type: string }) => type)).toEqual(types);
  }
});

test.each(revisions.slice(1))('/mcp, %s: converts unsupported content types to text', async (revision, types) => {
  const response = await fetch(fixture.mcpUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revision,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'content', arguments: {} } }),
  });
  const { result } = JSON.parse(/^data: (.*)$/m.exec(await response.text())![1]!);
  expect(result.content.map(({ type }: { type: string }) => type)).toEqual(types);
});
