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
/** Longer than two polls of the catalog. */
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

/** Connects a 2025 client and records its notifications. */
async function session() {
  const client = new Client({ name: 'v1', version: '1' });
  const notified: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void notified.push(params.uri));
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void notified.push('tools'));
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void notified.push('prompts'));
  const transport = new StreamableHTTPClientTransport(host.url);
  await client.connect(transport as never);
  closing.push(() => client.close());
  return { client, notified, transport };
}

/** Reads a stream without an SDK: its messages and its complete text. */
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
  test('is notified of updates to its subscriptions, until it unsubscribes', async () => {
    const { client, notified } = await session();
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
    await until(() => notified.length > 0);
    await publish('docs://pages/1');
    await until(() => notified.length > 1);
    await client.unsubscribeResource({ uri: 'docs://readme' });
    await publish('docs://readme');
    await publish('docs://pages/1');
    await until(() => notified.length > 2);
    await pause(1_500);
    expect(notified).toEqual(['docs://readme', 'docs://pages/1', 'docs://pages/1']);
  });

  test('is notified of a burst of registrations once, for the changed kind only', async () => {
    const { notified } = await session();
    await until(async () => (await new ListenerRecords().countLive()) === 1);
    await pause(2_500); // past the announcement of earlier registrations
    await server.tables.register(tool('a'));
    await server.tables.register(tool('b'));
    await until(() => notified.length > 0, 15_000);
    await pause(SETTLED_MS);
    expect(notified).toEqual(['tools']);
  });

  test('cannot subscribe to unknown resources, too many resources or long URIs', async () => {
    const { client } = await session();
    await expect(client.subscribeResource({ uri: 'docs://missing' })).rejects.toMatchObject({ code: -32602 });
    const long = `docs://pages/${'x'.repeat(2_048)}`;
    await expect(client.subscribeResource({ uri: long })).rejects.toThrow(/2048 bytes/);
    for (let page = 0; page < 100; page++) await client.subscribeResource({ uri: `docs://pages/${page}` });
    await client.subscribeResource({ uri: 'docs://pages/99' }); // a second time
    await expect(client.subscribeResource({ uri: 'docs://pages/100' })).rejects.toThrow(/100 resources/);
    await client.unsubscribeResource({ uri: 'docs://pages/0' });
    await client.subscribeResource({ uri: 'docs://pages/100' });
  });

  test('gets missed notifications after a reconnect, each once', async () => {
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
    await publish('docs://readme'); // the first stream stays open until its next renewal
    const third = read(await getStream(id, { 'last-event-id': last }));
    await until(() => third.messages.length === 1);
    expect(third.messages[0]).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri: 'docs://readme' },
    });
  });

  test('reconnects when its stream has ended', async () => {
    process.env[ENV.MAX_LISTENER_SECONDS] = '2';
    const { client, notified } = await session();
    await client.subscribeResource({ uri: 'docs://readme' });
    await pause(3_500);
    for (let n = 1; n <= 3; n++) {
      await publish('docs://readme');
      await until(() => notified.length === n);
    }
  });

  test('has one stream, which counts once, and none after its end', async () => {
    const { transport } = await session();
    await until(async () => (await new ListenerRecords().countLive()) === 1);
    const id = transport.sessionId;
    await getStream(id);
    expect(await new ListenerRecords().countLive()).toBe(1);
    await transport.terminateSession();
    expect((await getStream(id)).status).toBe(404);
  });

  test.each([
    ['with an unknown session', { 'mcp-session-id': '0'.repeat(32) }, 404],
    ['of a revision without GET', { 'mcp-protocol-version': VERSION }, 405],
  ])('rejects GET %s', async (_, headers, status) => {
    expect((await getStream(undefined, headers)).status).toBe(status);
  });

  test.each([
    ['no session', {}],
    ['an empty session id', { 'mcp-session-id': '' }],
  ])('responds with 405 to GET with %s, as without notifications, and serves POST', async (_, headers) => {
    const response = await getStream(undefined, headers);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
    expect(await response.json()).toMatchObject({
      error: { code: -32000, message: 'GET requires the header Mcp-Session-Id: without a session, use POST' },
    });
    const post = await fetch(host.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    });
    expect([post.status, await post.text()]).toEqual([200, expect.stringContaining('"tools":[')]);
  });

  test.each(['*/*', 'application/*, text/*'])('accepts GET with Accept: %s', async (accept) => {
    const { transport } = await session();
    const response = await getStream(transport.sessionId, { accept });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  });

  test('rejects GET of another caller, and GET that does not accept a stream', async () => {
    const { transport } = await session();
    const id = transport.sessionId!;
    expect((await getStream(id, { 'x-test-user': 'eve' })).status).toBe(404);
    expect((await getStream(id, { accept: 'application/json' })).status).toBe(406);
  });
});

describe('subscriptions/listen', () => {
  test('sends the acknowledgement, then the notifications that the filter selects, each with the id', async () => {
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

  test('notifies the v2 client of a registration once', async () => {
    const client = new ModernClient({ name: 'v2', version: '2' }, { versionNegotiation: { mode: { pin: VERSION } } });
    await client.connect(new ModernTransport(host.url));
    closing.push(() => client.close());
    expect(client.getServerCapabilities()).toMatchObject({ resources: { listChanged: true, subscribe: true } });
    const notified: string[] = [];
    client.setNotificationHandler('notifications/tools/list_changed', () => void notified.push('tools'));
    client.setNotificationHandler('notifications/prompts/list_changed', () => void notified.push('prompts'));
    await client.listen({ toolsListChanged: true, promptsListChanged: true });
    await pause(2_500);
    await server.tables.register(tool('c'));
    await until(() => notified.length > 0, 15_000);
    await pause(SETTLED_MS);
    expect(notified).toEqual(['tools']);
  });

  test('ends with a result at its maximum duration, and removes its record', async () => {
    process.env[ENV.MAX_LISTENER_SECONDS] = '1';
    const stream = read(await listen({ toolsListChanged: true }, 7));
    await stream.ended;
    expect(stream.messages.at(-1)).toMatchObject({ id: 7, result: { resultType: 'complete' } });
    expect(await new ListenerRecords().countLive()).toBe(0);
  });

  test('closes the stream after the acknowledgement if the filter selects nothing', async () => {
    const stream = read(await listen({}));
    await stream.ended;
    expect(stream.messages.map(({ method, id }) => method ?? id)).toEqual([
      'notifications/subscriptions/acknowledged',
      1,
    ]);
    expect(await new ListenerRecords().countLive()).toBe(0);
  });
});

test('rejects listeners beyond the limit with Retry-After', async () => {
  process.env[ENV.MAX_LISTENERS] = '1';
  const { transport } = await session();
  await until(async () => (await new ListenerRecords().countLive()) > 0);
  const rejected = await listen({ toolsListChanged: true });
  expect(rejected.status).toBe(503);
  const retryAfter = Number(rejected.headers.get('retry-after'));
  expect(retryAfter).toBeGreaterThan(830); // when the open listener ends at the latest
  expect(retryAfter).toBeLessThanOrEqual(845);
  expect(await rejected.json()).toMatchObject({
    id: 1,
    error: { message: expect.stringMatching(/too many listeners/) },
  });
  expect((await getStream(transport.sessionId)).status).toBe(200); // replaces its own listener
});

test('without notifications: advertises none, closes subscriptions/listen at once, rejects GET', async () => {
  delete process.env[ENV.NOTIFICATIONS];
  const { client } = await session();
  expect(client.getServerCapabilities()).toMatchObject({ tools: {}, prompts: {}, resources: {} });
  expect(JSON.stringify(client.getServerCapabilities())).not.toMatch(/listChanged|subscribe/);
  await expect(client.subscribeResource({ uri: 'docs://readme' })).rejects.toMatchObject({ code: -32601 });
  const stream = read(await listen({ toolsListChanged: true, resourceSubscriptions: ['docs://readme'] }));
  await stream.ended;
  expect(stream.messages[0]!.params.notifications).toEqual({});
  expect(stream.messages[1]).toMatchObject({ id: 1, result: { resultType: 'complete' } });
  const rejected = await getStream('0'.repeat(32));
  expect([rejected.status, rejected.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
  expect(await new ListenerRecords().countLive()).toBe(0);
});
