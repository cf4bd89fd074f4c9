import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { Tables } from '../mcp/tables.js';

let aws: EmbeddedAws;
let tables: Tables;
let host: StreamingHost;
beforeAll(async () => {
  aws = await startEmbeddedAws();
  tables = new Tables(aws.dynamoDb, 'limits');
  await tables.create();
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1' });
  process.env[ENV.HTTP_SESSIONS] = 'on';
  process.env[ENV.NOTIFICATIONS] = 'on';
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
afterAll(async () => {
  await host.close();
  await aws.stop();
});
beforeEach(() => tables.clear(SESSIONS.OPENED));
afterEach(() => {
  delete process.env[ENV.MAX_HTTP_SESSIONS_PER_HOUR];
  delete process.env[ENV.MAX_LISTENERS];
});

const headers = (user?: string) => ({
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  ...(user && { 'x-test-user': user }),
});
const post = (body: unknown, more: Record<string, string>) =>
  fetch(host.url, { method: 'POST', headers: more, body: JSON.stringify(body) });
const initialize = (user?: string) => {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'raw', version: '1' },
  };
  return post({ jsonrpc: '2.0', id: 7, method: 'initialize', params }, headers(user));
};
/** Items of the session table in partitions of sessions. */
async function sessionItems(): Promise<number> {
  const { Items = [] } = await aws.dynamoDb.send(new ScanCommand({ TableName: tables.sessions }));
  return Items.filter(({ pk }) => pk!.S!.startsWith(SESSIONS.HTTP)).length;
}

test('a caller that opens sessions without DELETE is refused at its share, and others are served', async () => {
  process.env[ENV.MAX_HTTP_SESSIONS_PER_HOUR] = '8';
  for (let n = 0; n < 7; n++) expect((await initialize('ann')).status).toBe(200);
  for (let n = 0; n < 3; n++) {
    const refused = await initialize('ann');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      id: 7,
      error: {
        message: expect.stringContaining('too many sessions of this hour of this caller: it has 7'),
        data: { limit: 'httpSessionsPerHour', value: 8 },
      },
    });
  }
  expect((await initialize('bob')).status).toBe(200);
  const full = await initialize();
  expect(full.status).toBe(429);
  expect(((await full.json()) as any).error.message).toContain('this server opens 8 in an hour');
});

test('sessions of callers without an identity have the limit of the server only', async () => {
  process.env[ENV.MAX_HTTP_SESSIONS_PER_HOUR] = '4';
  for (let n = 0; n < 4; n++) expect((await initialize()).status).toBe(200);
  expect((await initialize()).status).toBe(429);
});

test('responses to requests that the server did not send are not stored', async () => {
  const session = (await initialize()).headers.get('mcp-session-id')!;
  const before = await sessionItems();
  for (let n = 0; n < 5; n++) {
    const response = await post(
      { jsonrpc: '2.0', id: crypto.randomUUID(), result: { action: 'accept', content: { text: 'x'.repeat(1_000) } } },
      { ...headers(), 'mcp-session-id': session },
    );
    expect(response.status).toBe(202);
  }
  expect(await sessionItems()).toBe(before);
});

test('a batch has at most 100 messages', async () => {
  const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });
  const batch = (size: number) =>
    post(
      Array.from({ length: size }, (_, id) => ping(id)),
      headers(),
    );
  const refused = await batch(101);
  expect(refused.status).toBe(413);
  expect(((await refused.json()) as any).error.message).toBe('batch of 101 messages: at most 100 are allowed');
  expect((await batch(100)).status).toBe(200);
});

test('a caller at its share of listeners gets 429, and others listen', async () => {
  process.env[ENV.MAX_LISTENERS] = '8';
  const closing: AbortController[] = [];
  const listen = async (user: string) => {
    const session = (await initialize(user)).headers.get('mcp-session-id')!;
    const connection = new AbortController();
    closing.push(connection);
    return fetch(host.url, {
      headers: {
        accept: 'text/event-stream',
        'x-test-user': user,
        'mcp-session-id': session,
        'mcp-protocol-version': '2025-11-25',
      },
      signal: connection.signal,
    });
  };
  for (let n = 0; n < 7; n++) expect((await listen('ann')).status).toBe(200);
  const refused = await listen('ann');
  const retryAfter = Number(refused.headers.get('retry-after'));
  expect([refused.status, retryAfter > 0]).toEqual([429, true]);
  expect(await refused.json()).toMatchObject({ error: { data: { limit: 'listeners', value: 8, retryAfter } } });
  expect((await listen('bob')).status).toBe(200);
  for (const connection of closing) connection.abort();
});
