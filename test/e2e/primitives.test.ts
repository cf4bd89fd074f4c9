import { createMCPClient } from '@ai-sdk/mcp';
import type { Client as V2Client } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { McpAudience, McpSchema } from '../../src';
import { httpClient, sseClient, v2Client } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { until } from './support/until';
import { send } from './support/wire';

const icons = [{ src: 'https://x.example/icon.png', mimeType: 'image/png', sizes: ['48x48'] }];
const listed = { title: 'A title', description: 'A description', icons, _meta: { 'x.example/team': 'blue' } };
const { _meta: meta, ...common } = listed;

let fixture: Fixture;
const open: Array<{ close(): Promise<void> }> = [];
beforeAll(async () => {
  fixture = await startFixture({
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), {
        name: 'described',
        ...common,
        meta,
        inputSchema: McpSchema.fromObject({ type: 'object', properties: { message: { type: 'string' } } }),
        annotations: { title: 'Another title', readOnlyHint: true, idempotentHint: true, openWorldHint: false },
      });
      server.addTool(fn('give'), { name: 'give' });
      server.addTool(fn('give'), {
        name: 'strict',
        outputSchema: McpSchema.fromObject({ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }),
      });
      server.addResource(fn('documents'), {
        name: 'described',
        uri: 'docs://described',
        ...common,
        meta,
        mimeType: 'text/markdown',
        size: 24,
        annotations: { audience: [McpAudience.USER], priority: 0.5, lastModified: '2026-01-31T12:00:00Z' },
      });
      server.addResourceTemplate(fn('books'), {
        name: 'book',
        uriTemplate: 'books://{title}',
        ...common,
        meta,
        listable: true,
        completions: { title: ['dune', 'emma', 'ulysses'] },
        annotations: { audience: [McpAudience.ASSISTANT] },
      });
      server.addPrompt(fn('greeting'), {
        name: 'described',
        ...common,
        meta,
        arguments: [
          { name: 'name', title: 'Name', description: 'Name of the person to greet', required: true },
          { name: 'tone' },
        ],
        completionHandler: fn('complete'),
      });
    },
  });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());
afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});

const connections: Record<string, (f: Fixture) => Promise<Client | V2Client>> = {
  'sdk v1, HTTP+SSE': sseClient,
  'sdk v1, Streamable HTTP': httpClient,
  'client v2, legacy': (f) => v2Client(f, 'legacy'),
  'client v2, auto': (f) => v2Client(f, 'auto'),
  'client v2, 2026-07-28': (f) => v2Client(f, { pin: '2026-07-28' }),
};

describe.each(Object.entries(connections))('%s', (_, connect) => {
  // the clients of both SDKs share these methods
  const connected = async () => {
    const client = (await connect(fixture)) as Client;
    open.push(client);
    return client;
  };
  const call = async (client: Client, name: string, args = {}) => client.callTool({ name, arguments: args });

  test('lists the metadata of registrations', async () => {
    const client = await connected();
    const named = <T extends { name: string }>(all: T[], name = 'described') => all.find((each) => each.name === name);
    expect(named((await client.listTools()).tools)).toMatchObject({
      ...listed,
      annotations: { title: 'Another title', readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    });
    expect(named((await client.listResources()).resources)).toMatchObject({
      ...listed,
      uri: 'docs://described',
      mimeType: 'text/markdown',
      size: 24,
      annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-01-31T12:00:00Z' },
    });
    expect(named((await client.listResourceTemplates()).resourceTemplates, 'book')).toMatchObject({
      ...listed,
      uriTemplate: 'books://{title}',
      annotations: { audience: ['assistant'] },
    });
    expect(named((await client.listPrompts()).prompts)).toMatchObject({
      ...listed,
      arguments: [{ name: 'name', description: 'Name of the person to greet', required: true }, { name: 'tone' }],
    });
  });

  test('returns an error for a result that violates the output schema', async () => {
    const client = await connected();
    expect(await call(client, 'strict', { value: { n: 7 } })).toMatchObject({ structuredContent: { n: 7 } });
    const invalid = await call(client, 'strict', { value: { n: 'seven' } });
    expect(invalid).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('/n') }] });
  });

  test('lists the resources of a listable template page by page and reads binary data', async () => {
    const client = await connected();
    const uris: string[] = [];
    let cursor: string | undefined;
    do {
      const { resources, nextCursor } = await client.listResources({ cursor });
      uris.push(...resources.map(({ uri }) => uri));
      cursor = nextCursor;
    } while (cursor);
    expect(uris).toEqual(['docs://described', 'docs://readme', 'books://dune', 'books://emma', 'books://ulysses']);
    const [book] = (await client.readResource({ uri: 'books://dune' })).contents;
    expect(book).toMatchObject({ uri: 'books://dune', mimeType: 'application/pdf' });
    expect(Buffer.from((book as { blob: string }).blob, 'base64').toString()).toBe('%PDF dune');
  });

  test('completes arguments and variables from a list or with a function', async () => {
    const client = await connected();
    const values = async (
      ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string },
      name: string,
      value: string,
    ) => (await client.complete({ ref, argument: { name, value } })).completion.values;
    expect(await values({ type: 'ref/resource', uri: 'books://{title}' }, 'title', 'e')).toEqual(['emma']);
    expect(await values({ type: 'ref/prompt', name: 'described' }, 'tone', 'b')).toEqual(['blue']);
    expect(await values({ type: 'ref/prompt', name: 'greeting' }, 'name', 'x')).toEqual([]);
  });

  test('cancels a call without affecting others', async () => {
    const client = (await connect(fixture)) as Client;
    open.push(client);
    const stop = new AbortController();
    const options = { signal: stop.signal };
    const request = { name: 'slow', arguments: { seconds: 20 } };
    const starts = () => fixture.journal().filter((line) => line === 'slow start 20').length;
    const before = starts();
    const slow =
      client instanceof Client
        ? client.callTool(request, undefined, options)
        : (client as V2Client).callTool(request, options);
    const cancelled = expect(slow).rejects.toThrow();
    await until('the tool to start', () => starts() > before);
    stop.abort();
    await cancelled;
    expect(await call(client, 'echo', { message: 'still works' })).toMatchObject({
      content: [{ text: 'still works' }],
    });
  });
});

describe.each([
  ['HTTP+SSE', 'sse'],
  ['Streamable HTTP', 'http'],
] as const)('@ai-sdk/mcp, %s', (_, type) => {
  test('reads resources and prompts', async () => {
    const url = (type === 'sse' ? fixture.sseUrl : fixture.mcpUrl).href;
    const client = await createMCPClient({ transport: { type, url } });
    open.push(client);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toContain('docs://described');
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain('books://{title}');
    expect((await client.readResource({ uri: 'books://emma' })).contents).toMatchObject([
      { mimeType: 'application/pdf', blob: Buffer.from('%PDF emma').toString('base64') },
    ]);
    const { prompts } = await client.experimental_listPrompts();
    expect(prompts.map(({ name }) => name)).toContain('greeting');
    const prompt = await client.experimental_getPrompt({ name: 'greeting', arguments: { name: 'Ada' } });
    expect(prompt.messages).toMatchObject([{ role: 'user', content: { text: 'Greet Ada in a plain tone.' } }]);
  });
});

test('sends titles of prompt arguments, which both SDKs drop', async () => {
  const { messages } = await send(fixture.mcpUrl, {
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'prompts/list' }),
  });
  const described = messages[0].result.prompts.find(({ name }: { name: string }) => name === 'described');
  expect(described.arguments[0]).toEqual({
    name: 'name',
    title: 'Name',
    description: 'Name of the person to greet',
    required: true,
  });
});

describe('structured content by protocol revision', () => {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const call = async (revision: string, value: unknown) => {
    const modern = revision === '2026-07-28';
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': revision,
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { name: 'give', arguments: { value }, ...(modern ? { _meta } : {}) };
    const { messages } = await send(fixture.mcpUrl, {
      headers: { ...headers, 'mcp-protocol-version': revision, 'mcp-method': 'tools/call', 'mcp-name': 'give' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    });
    return messages[0].result;
  };

  test.each([
    ['2025-03-26', undefined, undefined],
    ['2025-06-18', { n: 1 }, undefined],
    ['2025-11-25', { n: 1 }, undefined],
    ['2026-07-28', { n: 1 }, [1, 2]],
  ])('%s', async (revision, ofObject, ofArray) => {
    const object = await call(revision, { n: 1 });
    expect(object.content).toEqual([{ type: 'text', text: '{"n":1}' }]);
    expect(object.structuredContent).toEqual(ofObject);
    const array = await call(revision, [1, 2]);
    expect(array.content).toEqual([{ type: 'text', text: '[1,2]' }]);
    expect(array.structuredContent).toEqual(ofArray);
  });
});
