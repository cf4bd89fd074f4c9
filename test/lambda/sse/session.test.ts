import { Client as ModernClient, SSEClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { describe, expect, test, vi } from 'vitest';
import { ENV, METRICS } from '../../../src/private/contract.js';
import { startSseHost } from '../../support/sse-host.js';
import { prompt, tool } from '../mcp/registrations.js';
import { answerTo, callOf, PING, pause, SessionFixture, textOf } from './session-fixture.js';
import { measured, until } from './sessions.js';

const sessions = new SessionFixture();

describe('the door', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('405 with Allow for %s', async (method) => {
    const response = await fetch(sessions.host.url, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  test('403 for a page of another origin', async () => {
    const headers = { origin: 'https://evil.example' };
    expect((await fetch(sessions.host.url, { headers })).status).toBe(403);
  });

  test('an event stream whose first event is the endpoint, with the stage', async () => {
    const raw = await sessions.connectRaw();
    expect(raw.response.status).toBe(200);
    expect(raw.response.headers.get('content-type')).toBe('text/event-stream');
    expect(raw.response.headers.get('cache-control')).toContain('no-transform');
    expect(raw.events[0]).toEqual({
      event: 'endpoint',
      data: expect.stringMatching(/^\/prod\/message\?sessionId=[0-9a-f]{32}$/),
    });
  });

  test('503 with Retry-After over maxSessions, until one has ended', async () => {
    sessions.set({ [ENV.MAX_SESSIONS]: '2' });
    const first = await sessions.connectRaw();
    await sessions.connectRaw();
    const refused = await fetch(sessions.host.url);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(((await refused.json()) as { error: string }).error).toContain('allows 2');
    expect(await sessions.server.queues()).toHaveLength(2);
    first.vanish();
    await until(() => sessions.host.running() === 0, 15_000); // the second answers no pings either
    await sessions.connectRaw();
  });

  test('503 where the registry cannot be read', async () => {
    vi.resetModules(); // a catalog that was read before would be served
    sessions.set({ [ENV.REGISTRY_TABLE]: 'no-such-table' });
    const fresh = await startSseHost();
    const response = await fetch(fresh.url);
    sessions.set({ [ENV.REGISTRY_TABLE]: sessions.server.tables.registry });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
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

  test('serves the client that would rather speak a later revision', async () => {
    const client = new ModernClient({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    sessions.atEnd(() => client.close());
    await client.connect(new ModernTransport(sessions.host.url));
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
    expect(textOf(await client.callTool({ name: 'answer', arguments: { answer: 'hi' } }))).toBe('hi');
  });

  test('takes messages while calls run, and runs calls side by side', async () => {
    const client = await sessions.connect();
    const slow = client.callTool({ name: 'slow', arguments: { milliseconds: 1_500 } });
    const started = Date.now();
    await client.ping();
    expect(textOf(await client.callTool({ name: 'answer', arguments: { answer: 'hi' } }))).toBe('hi');
    expect(Date.now() - started).toBeLessThan(1_200);
    expect((await slow).isError).toBeFalsy();
  });

  test('asks the client in rounds while another call runs', async () => {
    const asked: string[] = [];
    const client = await sessions.connect((message) => {
      asked.push(message);
      const content: Record<string, string> = message === 'Your name?' ? { name: 'Ann' } : { colour: 'blue' };
      return content;
    });
    const slow = client.callTool({ name: 'slow', arguments: { milliseconds: 1_000 } });
    expect(textOf(await client.callTool({ name: 'ask' }))).toBe('Ann likes blue');
    expect(asked).toEqual(['Your name?', 'Your colour?']);
    await slow;
  });

  test('answers nothing more to a cancelled call', async () => {
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await raw.post(callOf(7, 'slow', { milliseconds: 400 }));
    await raw.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await raw.post(callOf(8, 'slow', { milliseconds: 800 }));
    await until(() => answerTo(raw, 8));
    expect(answerTo(raw, 7)).toBeUndefined();
  });

  test('answers a request that is none with an error', async () => {
    const raw = await sessions.connectRaw();
    await raw.post({ ...PING, extra: true });
    expect((await until(() => answerTo(raw, 1))).error.code).toBe(-32600);
  });

  test('tells functions a name of the session that nobody can write to', async () => {
    const raw = await sessions.connectRaw();
    await raw.post(callOf(1, 'reflect'));
    const { result } = await until(() => answerTo(raw, 1));
    const { sessionId, transport } = JSON.parse(textOf(result)).event.context;
    expect(transport).toBe('sse');
    expect(sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(sessionId).not.toBe(sessions.idOf(raw));
  });

  test('belongs to the caller who opened it', async () => {
    const raw = await sessions.connectRaw({ 'x-test-user': 'ann' });
    expect((await raw.post(PING, { 'x-test-user': 'bob' })).status).toBe(404);
    expect((await raw.post(PING)).status).toBe(202);
    await until(() => answerTo(raw, 1));
  });

  test('handles a batch, each item answered', async () => {
    const raw = await sessions.connectRaw();
    await raw.post([1, 2, 3].map((id) => callOf(id, 'answer', { answer: id })));
    await until(() => [1, 2, 3].every((id) => answerTo(raw, id)?.result));
  });

  test('is counted, and measured when it is over', async () => {
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

test('list changes are told once per burst, by kind, and only if there are any', async () => {
  const { tables } = sessions.server;
  const raw = await sessions.connectRaw();
  sessions.answerPings(raw);
  const told = () => raw.messages.map(({ method }) => method).filter((method) => method?.endsWith('list_changed'));
  await raw.post({ ...PING, method: 'tools/list' });
  await pause(3_000); // one look at least since then
  expect(told()).toEqual([]);
  const burst = [tool('new-1'), tool('new-2'), tool('new-3')];
  for (const registration of burst) await tables.register(registration);
  await until(() => told().length > 0, 15_000);
  await pause(5_500);
  expect(told()).toEqual(['notifications/tools/list_changed']);
  for (const registration of burst) await tables.unregister(registration);
  await tables.register(prompt('hello'));
  await until(() => told().length > 2, 15_000);
  expect(told().slice(1)).toEqual(['notifications/tools/list_changed', 'notifications/prompts/list_changed']);
  await tables.unregister(prompt('hello'));
});
