import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  PromptListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ListenerRecords } from '../../../lambda/notifications/listener.js';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { publishUpdate } from '../../support/publish.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { resource, tool } from '../mcp/registrations.js';
import { startTestServer, type TestServer, until } from '../sse/sessions.js';

const META = 'io.modelcontextprotocol';
const VERSION = '2026-07-28';
/** Longer than two looks at the catalog. */
const SETTLED_MS = 6_500;

let server: TestServer;
let host: StreamingHost;
const closing: Array<() => unknown> = [];

beforeAll(async () => {
  server = await startTestServer();
  await server.tables.register(
    resource('readme', { uri: 'docs://readme' }),
    resource('page', { uriTemplate: 'docs://pages/{page}' }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
beforeEach(() => {
  Object.assign(process.env, { [ENV.NOTIFICATIONS]: 'true', [ENV.HTTP_SESSIONS]: 'true', [ENV.MAX_LISTENERS]: '10' });
  delete process.env[ENV.MAX_LISTENER_SECONDS];
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await server.tables.clear(SESSIONS.LISTENERS);
});
afterAll(async () => {
  await host.close();
  await server.stop();
});

const publish = (uri: string) => publishUpdate(server.dynamoDb, server.tables.sessions, uri);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A 2025 client and what it was told. */
async function session() {
  const client = new Client({ name: 'v1', version: '1' });
  const told: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void told.push(params.uri));
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void told.push('tools'));
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void told.push('prompts'));
  const transport = new StreamableHTTPClientTransport(host.url);
  await client.connect(transport as never);
  closing.push(() => client.close());
  return { client, told, transport };
}

/** A stream below any SDK: its messages, and everything that it carried. */
function read(response: Response) {
  const messages: Array<Record<string, any>> = [];
  const stream = { messages, text: '', ended: Promise.resolve() };
  stream.ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      stream.text += decoder.decode(chunk, { stream: true });
      const found = [...stream.text.matchAll(/^data: (\{.*\})\n\n/gm)].map(([, data]) => JSON.parse(data!));
      messages.splice(0, messages.length, ...found);
    }
  })().catch(() => undefined);
  return stream;
}

async function getStream(sessionId: string | undefined, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  closing.push(() => abort.abort());
  return fetch(host.url, {
    headers: { accept: 'text/event-stream', ...(sessionId ? { 'mcp-session-id': sessionId } : {}), ...headers },
    signal: abort.signal,
  });
}

async function listen(notifications: object, id: string | number = 1) {
  const abort = new AbortController();
  closing.push(() => abort.abort());
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: {} };
  return fetch(host.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': 'subscriptions/listen',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'subscriptions/listen', params: { notifications, _meta } }),
    signal: abort.signal,
  });
}

describe('a 2025 session', () => {
  test('is told of what it has subscribed to, until it unsubscribes', async () => {
    const { client, told } = await session();
    expect(client.getServerCapabilities()).toMatchObject({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
    });
    await until(async () => (await new ListenerRecords().countLive()) === 1);
    await client.subscribeResource({ uri: 'docs://readme' });
    await client.subscribeResource({ uri: 'docs://pages/1' });
    await publish('docs://other');
    await publish('docs://readme');
    await until(() => told.length > 0);
    await publish('docs://pages/1');
    await until(() => told.length > 1);
    await client.unsubscribeResource({ uri: 'docs://readme' });
    await publish('docs://readme');
    await publish('docs://pages/1');
    await until(() => told.length > 2);
    await pause(1_500);
    expect(told).toEqual(['docs://readme', 'docs://pages/1', 'docs://pages/1']);
  });

  test('is told of a burst of registrations once, and of no other kind', async () => {
    const { told } = await session();
    await until(async () => (await new ListenerRecords().countLive()) === 1);
    await pause(2_500); // what was registered before is no news
    await server.tables.register(tool('a'));
    await server.tables.register(tool('b'));
    await until(() => told.length > 0, 15_000);
    await pause(SETTLED_MS);
    expect(told).toEqual(['tools']);
  });

  test('cannot subscribe to what is no resource, to too much, or at too great a length', async () => {
    const { client } = await session();
    await expect(client.subscribeResource({ uri: 'docs://missing' })).rejects.toMatchObject({ code: -32602 });
    const long = `docs://pages/${'x'.repeat(2_048)}`;
    await expect(client.subscribeResource({ uri: long })).rejects.toThrow(/2048 bytes/);
    for (let page = 0; page < 100; page++) await client.subscribeResource({ uri: `docs://pages/${page}` });
    await client.subscribeResource({ uri: 'docs://pages/99' }); // again
    await expect(client.subscribeResource({ uri: 'docs://pages/100' })).rejects.toThrow(/100 resources/);
    await client.unsubscribeResource({ uri: 'docs://pages/0' });
    await client.subscribeResource({ uri: 'docs://pages/100' });
  });

  test('that reconnects hears what it has missed, and nothing twice', async () => {
    const { client, transport } = await session();
    await client.subscribeResource({ uri: 'docs://readme' });
    const id = transport.sessionId!;
    const first = read(await getStream(id));
    await until(() => first.text.includes('id: '));
    await publish('docs://readme');
    await until(() => first.messages.length === 1);
    const last = /id: (\S+)\nevent: message/.exec(first.text)![1]!;
    const second = read(await getStream(id, { 'last-event-id': last }));
    await pause(1_500);
    expect(second.messages).toEqual([]);
    await publish('docs://readme'); // both streams are there: the first one's place is taken with its next renewal
    const third = read(await getStream(id, { 'last-event-id': last }));
    await until(() => third.messages.length === 1);
    expect(third.messages[0]).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri: 'docs://readme' },
    });
  });

  test('reconnects by itself when its stream has ended in good order', async () => {
    process.env[ENV.MAX_LISTENER_SECONDS] = '2';
    const { client, told } = await session();
    await client.subscribeResource({ uri: 'docs://readme' });
    await pause(3_500);
    for (let n = 1; n <= 3; n++) {
      await publish('docs://readme');
      await until(() => told.length === n);
    }
  });

  test('has one stream, counted once, and none after its end', async () => {
    const { transport } = await session();
    await until(async () => (await new ListenerRecords().countLive()) === 1);
    const id = transport.sessionId;
    await getStream(id);
    expect(await new ListenerRecords().countLive()).toBe(1);
    await transport.terminateSession();
    expect((await getStream(id)).status).toBe(404);
  });

  test.each([
    ['without a session', {}, 400],
    ['with an unknown session', { 'mcp-session-id': '0'.repeat(32) }, 404],
    ['of a revision that has none', { 'mcp-protocol-version': VERSION }, 405],
  ])('GET %s is refused', async (_, headers, status) => {
    expect((await getStream(undefined, headers)).status).toBe(status);
  });

  test('GET by another caller, or for something else than a stream, is refused', async () => {
    const { transport } = await session();
    const id = transport.sessionId!;
    expect((await getStream(id, { 'x-test-user': 'eve' })).status).toBe(404);
    expect((await getStream(id, { accept: 'application/json' })).status).toBe(406);
  });
});

describe('subscriptions/listen', () => {
  test('acknowledges first, then tells what the filter asks for, each with the id', async () => {
    const filter = { promptsListChanged: true, resourceSubscriptions: ['docs://readme'] };
    const stream = read(await listen(filter, 'sub-1'));
    await until(() => stream.messages.length === 1);
    await publish('docs://pages/1');
    await publish('docs://readme');
    await until(() => stream.messages.length === 2);
    const _meta = { [`${META}/subscriptionId`]: 'sub-1' };
    expect(stream.messages).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: filter, _meta },
      },
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'docs://readme', _meta } },
    ]);
  });

  test('the v2 client is told of a registration once', async () => {
    const client = new ModernClient({ name: 'v2', version: '2' }, { versionNegotiation: { mode: { pin: VERSION } } });
    await client.connect(new ModernTransport(host.url));
    closing.push(() => client.close());
    expect(client.getServerCapabilities()).toMatchObject({ resources: { listChanged: true, subscribe: true } });
    const told: string[] = [];
    client.setNotificationHandler('notifications/tools/list_changed', () => void told.push('tools'));
    client.setNotificationHandler('notifications/prompts/list_changed', () => void told.push('prompts'));
    await client.listen({ toolsListChanged: true, promptsListChanged: true });
    await pause(2_500);
    await server.tables.register(tool('c'));
    await until(() => told.length > 0, 15_000);
    await pause(SETTLED_MS);
    expect(told).toEqual(['tools']);
  });

  test('ends with a result before its time is over, and gives its place back', async () => {
    process.env[ENV.MAX_LISTENER_SECONDS] = '1';
    const stream = read(await listen({ toolsListChanged: true }, 7));
    await stream.ended;
    expect(stream.messages.at(-1)).toMatchObject({ id: 7, result: { resultType: 'complete' } });
    expect(await new ListenerRecords().countLive()).toBe(0);
  });

  test('without anything to tell is acknowledged and closed, and takes no place', async () => {
    const stream = read(await listen({}));
    await stream.ended;
    expect(stream.messages.map(({ method, id }) => method ?? id)).toEqual([
      'notifications/subscriptions/acknowledged',
      1,
    ]);
    expect(await new ListenerRecords().countLive()).toBe(0);
  });
});

test('over the limit listeners are told to come later', async () => {
  process.env[ENV.MAX_LISTENERS] = '1';
  const { transport } = await session();
  await until(async () => (await new ListenerRecords().countLive()) > 0);
  const refused = await listen({ toolsListChanged: true });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '60']);
  expect(await refused.json()).toMatchObject({
    id: 1,
    error: { message: expect.stringMatching(/too many listeners/) },
  });
  expect((await getStream(transport.sessionId)).status).toBe(200); // its own place
});

test('switched off: nothing is advertised, listen is closed at once, GET is not there', async () => {
  delete process.env[ENV.NOTIFICATIONS];
  const { client } = await session();
  expect(client.getServerCapabilities()).toMatchObject({ tools: {}, prompts: {}, resources: {} });
  expect(JSON.stringify(client.getServerCapabilities())).not.toMatch(/listChanged|subscribe/);
  await expect(client.subscribeResource({ uri: 'docs://readme' })).rejects.toMatchObject({ code: -32601 });
  const stream = read(await listen({ toolsListChanged: true, resourceSubscriptions: ['docs://readme'] }));
  await stream.ended;
  expect(stream.messages[0]!.params.notifications).toEqual({});
  expect(stream.messages[1]).toMatchObject({ id: 1, result: { resultType: 'complete' } });
  const refused = await getStream('0'.repeat(32));
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
  expect(await new ListenerRecords().countLive()).toBe(0);
});
