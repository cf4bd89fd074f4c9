import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENV } from '../../src/private/contract';
import { queues, sessions } from './support/aws';
import { sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { initialize, openSession, type RawSession } from './support/sse';
import { until } from './support/until';

/** A server with one ping per second and at most three sessions. */
let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ server: { maxSessions: 3 }, sseEnvironment: { [ENV.PING_SECONDS]: '1' } });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const untilNoSessions = () =>
  until(
    'the deletion of all queues and session records',
    async () => (await queues(fixture)).length + (await sessions(fixture)).length === 0,
  );

/** Opens a session that answers the server's pings. */
async function openLiveSession(): Promise<RawSession> {
  let session: RawSession | undefined;
  session = await openSession(fixture, {}, ({ id, method }) => {
    if (method === 'ping') session?.post({ jsonrpc: '2.0', id, result: {} }).catch(() => {});
  });
  return session;
}

test('deletes queue and record after the client closes', async () => {
  const client = await sseClient(fixture);
  expect(await queues(fixture)).toHaveLength(1);
  await client.close();
  await untilNoSessions();
});

test('detects a disconnected client by unanswered pings', async () => {
  const session = await openSession(fixture);
  await initialize(session);
  await until('the response', () => session.messages.some(({ id }) => id === 'init'));
  session.disconnect();
  await untilNoSessions();
});

test('keeps the session of a client that answers pings with errors', async () => {
  await using session = await openSession(fixture);
  await initialize(session);
  const answered = new Set<unknown>();
  // two unanswered pings would end the session
  await until('four pings', async () => {
    for (const { id, method } of session.messages) {
      if (method === 'ping' && !answered.has(id)) {
        answered.add(id);
        await session.post({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
      }
    }
    return answered.size >= 4;
  });
  await session.post({ jsonrpc: '2.0', id: 'list', method: 'tools/list' });
  await until('the list', () => session.messages.some(({ id }) => id === 'list'));
});

test('rejects a session over the limit with Retry-After', async () => {
  await untilNoSessions();
  const open = await Promise.all([1, 2, 3].map(() => openLiveSession()));
  const rejected = await openSession(fixture);
  expect(rejected.response.status).toBe(503);
  expect(Number(rejected.response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(JSON.parse(await until('a body', () => rejected.text()))).toHaveProperty('error');
  for (const session of open) session.disconnect();
  await untilNoSessions();
  await using next = await openSession(fixture);
  expect(next.response.status).toBe(200);
});

test('rejects messages to unknown sessions and invalid messages', async () => {
  await using patient = await startFixture(); // its session outlives the test without answering pings
  await using session = await openSession(patient);
  const at = (query: string) => new URL(query, session.messageUrl);
  const post = (url: URL, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    fetch(url, { method: 'POST', headers, body });
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

  const accepted = await post(session.messageUrl, ping);
  expect([accepted.status, await accepted.json()]).toEqual([202, { status: 'Message accepted' }]);
  expect((await post(at('?'), ping)).status).toBe(400);
  expect((await post(at('?sessionId=unknown'), ping)).status).toBe(404);
  expect((await post(session.messageUrl, 'not JSON')).status).toBe(400);
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
  const probe = await fetch(patient.sseUrl, { method: 'POST' });
  expect([probe.status, probe.headers.get('allow')]).toEqual([405, 'GET']);
});

test('a client keeps calling while the server ends three sessions', async () => {
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
        .callTool({ name: 'echo', arguments: { message: 'hi' } }, undefined, { timeout: 5_000 })
        .catch(() => undefined);
      return seen.size >= 3;
    },
    100,
  );
  const echoed = await until('a response in the third', () =>
    client
      .callTool({ name: 'echo', arguments: { message: 'third' } }, undefined, { timeout: 5_000 })
      .catch(() => undefined),
  );
  expect(echoed.content).toEqual([{ type: 'text', text: 'third' }]);
  await client.close();
});

test('sweeps a session of a killed function after its lease expires', async () => {
  await using killed = await startFixture({ isolation: 'lambda', sseEnvironment: { [ENV.PING_SECONDS]: '1' } });
  const session = await openSession(killed);
  await initialize(session);
  await until('the response', () => session.messages.some(({ id }) => id === 'init'));
  expect(await killed.runner.killFunction('SseFunction')).toBeGreaterThan(0);
  await session.ended;
  await until(
    'the lease to expire',
    async () => (await session.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status === 404,
  );
  expect(await queues(killed)).toHaveLength(1);

  await killed.runner.fireSchedule();
  expect(await sessions(killed)).toEqual([]);
});
