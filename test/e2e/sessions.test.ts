import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENV } from '../../src/private/contract';
import { queues, sessions } from './support/aws';
import { sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { initialize, openSession } from './support/sse';
import { until } from './support/until';

/** One ping a second; three sessions at a time. */
let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ server: { maxSessions: 3 }, sseEnvironment: { [ENV.PING_SECONDS]: '1' } });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const gone = (what: Fixture, seconds?: number) =>
  until(
    'no queue and no record is left',
    async () => (await queues(what)).length + (await sessions(what)).length === 0,
    seconds,
  );

test('a client that closes leaves nothing behind', async () => {
  const client = await sseClient(fixture);
  expect(await queues(fixture)).toHaveLength(1);
  await client.close();
  await gone(fixture);
});

test('a client that vanishes is noticed by its silence', async () => {
  const session = await openSession(fixture);
  await initialize(session);
  await until('the answer', () => session.messages.some(({ id }) => id === 'init'));
  session.disconnect();
  await gone(fixture);
});

test('a client that answers pings with errors is alive', async () => {
  await using session = await openSession(fixture);
  await initialize(session);
  const answered = new Set<unknown>();
  const end = Date.now() + 5_000;
  while (Date.now() < end) {
    for (const { id, method } of session.messages) {
      if (method === 'ping' && !answered.has(id)) {
        answered.add(id);
        await session.post({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
      }
    }
    await sleep(50);
  }
  expect(answered.size).toBeGreaterThan(2);
  await session.post({ jsonrpc: '2.0', id: 'list', method: 'tools/list' });
  await until('the list', () => session.messages.some(({ id }) => id === 'list'));
});

test('no more sessions than allowed; the next is told to come later', async () => {
  await gone(fixture);
  const open = await Promise.all([1, 2, 3].map(() => openSession(fixture)));
  const refused = await openSession(fixture);
  expect(refused.response.status).toBe(503);
  expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(JSON.parse(await until('a body', () => refused.text()))).toHaveProperty('error');
  for (const session of open) session.disconnect();
  await gone(fixture);
  await using again = await openSession(fixture);
  expect(again.response.status).toBe(200);
});

test('messages to nowhere, and messages that are none', async () => {
  await using session = await openSession(fixture);
  const at = (query: string) => new URL(query, session.messageUrl);
  const post = (url: URL, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    fetch(url, { method: 'POST', headers, body });
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

  const accepted = await post(session.messageUrl, ping);
  expect([accepted.status, await accepted.json()]).toEqual([202, { status: 'Message accepted' }]);
  expect((await post(at('?'), ping)).status).toBe(400);
  expect((await post(at('?sessionId=nobody'), ping)).status).toBe(404);
  expect((await post(session.messageUrl, 'no json')).status).toBe(400);
  expect((await post(session.messageUrl, '{"hello":1}')).status).toBe(400);
  expect((await post(session.messageUrl, ping, { 'content-type': 'text/plain' })).status).toBe(415);
  expect(
    (
      await post(
        session.messageUrl,
        JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'x', params: { a: 'x'.repeat(1_100_000) } }),
      )
    ).status,
  ).toBe(413);
  const get = await fetch(session.messageUrl);
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  const origin = await post(session.messageUrl, ping, {
    'content-type': 'application/json',
    origin: 'https://evil.example',
  });
  expect(origin.status).toBe(403);
  for (const response of [get, origin]) expect(await response.json()).toHaveProperty('error');
  const probe = await fetch(fixture.sseUrl, { method: 'POST' });
  expect([probe.status, probe.headers.get('allow')]).toEqual([405, 'GET']);
});

test('a client goes on calling across three sessions that the server ended', async () => {
  await using short = await startFixture({ sseEnvironment: { [ENV.MAX_SESSION_SECONDS]: '4' } });
  const client = await sseClient(short);
  client.onerror = () => {}; // the transport reports each reconnection
  const seen = new Set<unknown>();
  await until(
    'three sessions',
    async () => {
      const [record] = await sessions(short);
      if (record) seen.add(record.sk);
      await client
        .callTool({ name: 'echo', arguments: { message: 'hi' } }, undefined, { timeout: 1_000 })
        .catch(() => undefined);
      return seen.size >= 3;
    },
    90,
  );
  const echoed = await until('an answer in the third', () =>
    client
      .callTool({ name: 'echo', arguments: { message: 'third' } }, undefined, { timeout: 1_000 })
      .catch(() => undefined),
  );
  expect(echoed.content).toEqual([{ type: 'text', text: 'third' }]);
  await client.close();
});

test('a session whose function was killed is over after its lease, and swept', async () => {
  await using doomed = await startFixture({ isolation: 'lambda', sseEnvironment: { [ENV.PING_SECONDS]: '1' } });
  const session = await openSession(doomed);
  await initialize(session);
  await until('the answer', () => session.messages.some(({ id }) => id === 'init'));
  expect(await doomed.runner.killFunction('SseFunction')).toBeGreaterThan(0);
  await session.ended;
  await until(
    'the lease to end',
    async () => (await session.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status === 404,
  );
  expect(await queues(doomed)).toHaveLength(1);

  await doomed.runner.fireSchedule();
  expect(await sessions(doomed)).toEqual([]);
});
