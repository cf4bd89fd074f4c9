import { Client as ModernClient, SSEClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { describe, expect, test, vi } from 'vitest';
import { SessionStore } from '../../../lambda/sse/store.js';
import { ENV, METRICS } from '../../../src/private/contract.js';
import { startSseHost } from '../../support/sse-host.js';
import { prompt, tool } from '../mcp/registrations.js';
import type { RawClient } from './raw-client.js';
import { callOf, PING, pause, responseTo, SessionFixture, textOf } from './session-fixture.js';
import { measured, until } from './sessions.js';

const sessions = new SessionFixture();

describe('GET /sse', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('responds to %s with 405 and Allow', async (method) => {
    const response = await fetch(sessions.host.url, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  test('responds to a foreign origin with 403', async () => {
    const headers = { origin: 'https://evil.example' };
    expect((await fetch(sessions.host.url, { headers })).status).toBe(403);
  });

  test('starts an event stream with the endpoint event, whose path includes the stage', async () => {
    const raw = await sessions.connectRaw();
    expect(raw.response.status).toBe(200);
    expect(raw.response.headers.get('content-type')).toBe('text/event-stream');
    expect(raw.response.headers.get('cache-control')).toContain('no-transform');
    expect(raw.events[0]).toEqual({
      event: 'endpoint',
      data: expect.stringMatching(/^\/prod\/message\?sessionId=[0-9a-f]{32}$/),
    });
  });

  test('responds with 503 and Retry-After beyond maxSessions, until a session has ended', async () => {
    sessions.set({ [ENV.MAX_SESSIONS]: '2' });
    const first = await sessions.connectRaw();
    await sessions.connectRaw();
    const rejected = await fetch(sessions.host.url);
    expect(rejected.status).toBe(503);
    expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(((await rejected.json()) as { error: string }).error).toContain('allows 2');
    expect(await sessions.server.queues()).toHaveLength(2);
    first.disconnect();
    await until(() => sessions.host.running() === 0, 15_000); // the second client does not answer pings either
    await sessions.connectRaw();
  });

  test('removes the queue of a session that is refused after others have taken the places', async () => {
    const counts = vi.spyOn(SessionStore.prototype, 'countLive').mockResolvedValueOnce(0).mockResolvedValueOnce(11);
    const rejected = await fetch(sessions.host.url);
    expect([rejected.status, counts.mock.calls.length]).toEqual([503, 2]);
    counts.mockRestore();
    expect(await sessions.server.queues()).toEqual([]);
  });

  test('responds with 429 and Retry-After to a caller that has its share, and serves others', async () => {
    sessions.set({ [ENV.MAX_SESSIONS]: '8', [ENV.PING_SECONDS]: '5' });
    const ann = { 'x-test-user': 'ann' };
    const open: RawClient[] = [];
    for (let n = 0; n < 7; n++) open.push(await sessions.connectRaw(ann));
    for (const raw of open) sessions.answerPings(raw, { result: {} }, ann);
    const rejected = await fetch(sessions.host.url, { headers: ann });
    expect([rejected.status, rejected.headers.get('retry-after')]).toEqual([429, '15']);
    expect(((await rejected.json()) as { error: string }).error).toMatch(
      /too many sessions of this caller: it has 7 and the server 7 of 8 \(limits\.sessions\).*or raise limits\.sessions$/,
    );
    const bob = await sessions.connectRaw({ 'x-test-user': 'bob' });
    await bob.post(PING, { 'x-test-user': 'bob' });
    await until(() => responseTo(bob, PING.id));
    expect((await fetch(sessions.host.url, { headers: { 'x-test-user': 'cid' } })).status).toBe(503);
    for (const raw of [...open, bob]) raw.disconnect();
    sessions.set({ [ENV.PING_SECONDS]: '0.4' });
    await until(() => sessions.host.running() === 0, 20_000);
  });

  test('responds with 503 if the registry cannot be read', async () => {
    vi.resetModules(); // drops the cached catalog
    sessions.set({ [ENV.REGISTRY_TABLE]: 'no-such-table' });
    const fresh = await startSseHost();
    const response = await fetch(fresh.url);
    sessions.set({ [ENV.REGISTRY_TABLE]: sessions.server.tables.registry });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    await fresh.close();
  });
});

describe('a session', () => {
  test('serves the official client', async () => {
    const client = await sessions.connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['answer', 'ask', 'reflect', 'slow']);
    const answer = '🚀 \ufffe';
    expect(textOf(await client.callTool({ name: 'answer', arguments: { answer } }))).toBe(answer);
    await client.ping();
  });

  test('serves a client that prefers a later protocol revision', async () => {
    const client = new ModernClient({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    sessions.atEnd(() => client.close());
    await client.connect(new ModernTransport(sessions.host.url));
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
    expect(textOf(await client.callTool({ name: 'answer', arguments: { answer: 'hi' } }))).toBe('hi');
  });

  test('accepts messages while calls run, and runs calls concurrently', async () => {
    const client = await sessions.connect();
    const slow = client.callTool({ name: 'slow', arguments: { milliseconds: 1_500 } });
    const started = Date.now();
    await client.ping();
    expect(textOf(await client.callTool({ name: 'answer', arguments: { answer: 'hi' } }))).toBe('hi');
    expect(Date.now() - started).toBeLessThan(1_200);
    expect((await slow).isError).toBeFalsy();
  });

  test('sends input requests in rounds while another call runs', async () => {
    const messages: string[] = [];
    const client = await sessions.connect((message) => {
      messages.push(message);
      const content: Record<string, string> = message === 'Your name?' ? { name: 'Ann' } : { colour: 'blue' };
      return content;
    });
    const slow = client.callTool({ name: 'slow', arguments: { milliseconds: 1_000 } });
    expect(textOf(await client.callTool({ name: 'ask' }))).toBe('Ann likes blue');
    expect(messages).toEqual(['Your name?', 'Your colour?']);
    await slow;
  });

  test('sends no response to a cancelled call', async () => {
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await raw.post(callOf(7, 'slow', { milliseconds: 400 }));
    await raw.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await raw.post(callOf(8, 'slow', { milliseconds: 800 }));
    await until(() => responseTo(raw, 8));
    expect(responseTo(raw, 7)).toBeUndefined();
  });

  test('responds to a malformed request with an error', async () => {
    const raw = await sessions.connectRaw();
    await raw.post({ ...PING, extra: true });
    expect((await until(() => responseTo(raw, 1))).error.code).toBe(-32600);
  });

  test('gives handlers a session name that does not allow sending messages', async () => {
    const raw = await sessions.connectRaw();
    await raw.post(callOf(1, 'reflect'));
    const { result } = await until(() => responseTo(raw, 1));
    const { sessionId, transport } = JSON.parse(textOf(result)).event.context;
    expect(transport).toBe('sse');
    expect(sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(sessionId).not.toBe(sessions.idOf(raw));
  });

  test('rejects messages of another caller', async () => {
    const raw = await sessions.connectRaw({ 'x-test-user': 'ann' });
    expect((await raw.post(PING, { 'x-test-user': 'bob' })).status).toBe(404);
    expect((await raw.post(PING)).status).toBe(202);
    await until(() => responseTo(raw, 1));
  });

  test('responds to each item of a batch', async () => {
    const raw = await sessions.connectRaw();
    await raw.post([1, 2, 3].map((id) => callOf(id, 'answer', { answer: id })));
    await until(() => [1, 2, 3].every((id) => responseTo(raw, id)?.result));
  });

  test('is counted when it opens, and measured when it ends', async () => {
    const values = await measured(async () => {
      await (await sessions.connectRaw()).ended;
      await until(() => sessions.host.running() === 0);
    });
    expect(values).toMatchObject({ [METRICS.SESSIONS_OPENED]: 1, [METRICS.ACTIVE_SESSIONS]: 1 });
    expect(values[METRICS.SESSION_DURATION]).toBeGreaterThan(0.8); // seconds
    sessions.set({ [ENV.MAX_SESSIONS]: '0' });
    expect(await measured(() => fetch(sessions.host.url))).toEqual({ [METRICS.SESSIONS_REJECTED]: 1 });
  });
});

test('announces list changes once per burst, by kind', async () => {
  const { tables } = sessions.server;
  const raw = await sessions.connectRaw();
  sessions.answerPings(raw);
  const changes = () => raw.messages.map(({ method }) => method).filter((method) => method?.endsWith('list_changed'));
  await raw.post({ ...PING, method: 'tools/list' });
  await pause(3_000); // at least one poll
  expect(changes()).toEqual([]);
  const burst = [tool('new-1'), tool('new-2'), tool('new-3')];
  for (const registration of burst) await tables.register(registration);
  await until(() => changes().length > 0, 15_000);
  await pause(5_500);
  expect(changes()).toEqual(['notifications/tools/list_changed']);
  for (const registration of burst) await tables.unregister(registration);
  await tables.register(prompt('hello'));
  await until(() => changes().length > 2, 15_000);
  expect(changes().slice(1)).toEqual(['notifications/tools/list_changed', 'notifications/prompts/list_changed']);
  await tables.unregister(prompt('hello'));
});
