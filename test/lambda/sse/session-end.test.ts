import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { CatalogCache } from '../../../lambda/registry/catalog.js';
import type { ResponseBody } from '../../../lambda/shared/stream.js';
import { openSession } from '../../../lambda/sse/open-session.js';
import { Session } from '../../../lambda/sse/session.js';
import { SessionStore } from '../../../lambda/sse/store.js';
import { type SessionTiming, sessionTiming } from '../../../lambda/sse/timing.js';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { startSseHost } from '../../support/sse-host.js';
import { callOf, PING, pause, responseTo, SessionFixture, textOf } from './session-fixture.js';
import { until } from './sessions.js';

const sessions = new SessionFixture();
/** The last event of a stream that the session has closed. */
const CLOSING_EVENT = { retry: '1000' };

describe('a session whose client has disconnected', () => {
  test('ends', async () => {
    const raw = await sessions.connectRaw();
    raw.disconnect();
    await until(() => sessions.host.running() === 0, 15_000);
  });

  test('closes the stream of a client that does not answer pings', async () => {
    const raw = await sessions.connectRaw();
    await raw.ended;
    expect(raw.messages.filter(({ method }) => method === 'ping')).toHaveLength(2);
    expect(raw.events.at(-1)).toEqual(CLOSING_EVENT);
    expect((await raw.post(PING)).status).toBe(404);
  });

  test('goes on if pings are answered with errors', async () => {
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw, { error: { code: -32601, message: 'Method not found' } });
    await until(() => raw.messages.filter(({ method }) => method === 'ping').length >= 6, 15_000);
    expect((await raw.post(PING)).status).toBe(202);
  });
});

describe('an idle session', () => {
  test('ends, even if pings are answered', async () => {
    sessions.set({ [ENV.IDLE_SECONDS]: '1.5' });
    const started = Date.now();
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await raw.ended;
    expect(Date.now() - started).toBeGreaterThan(1_500);
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(raw.events.at(-1)).toEqual(CLOSING_EVENT);
  });

  test('goes on while a call runs', async () => {
    sessions.set({ [ENV.IDLE_SECONDS]: '1' });
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await raw.post(callOf(1, 'slow', { milliseconds: 2_500 }));
    await raw.ended;
    expect(responseTo(raw, 1).result.isError).toBeFalsy();
  });
});

describe('a session at its maximum duration', () => {
  test('ends, and the official client reconnects without initializing again', async () => {
    sessions.set({ [ENV.MAX_SESSION_SECONDS]: '2' });
    const client = await sessions.connect(() => ({ name: 'Ann' }));
    await until(() => sessions.host.running() === 0, 15_000);
    sessions.set({ [ENV.MAX_SESSION_SECONDS]: '60' });
    await until(() => sessions.host.running() === 1, 15_000);
    await pause(300); // the new endpoint event
    const { context } = JSON.parse(textOf(await client.callTool({ name: 'reflect' }))).event;
    expect(context.protocolVersion).toBe('2025-11-25');
    expect(context.client).toBeUndefined();
    const result = await client.callTool({ name: 'ask' });
    expect(result.isError).toBe(true); // its capabilities are not known any more
  });

  test('lets running calls finish and rejects new ones', async () => {
    sessions.set({ [ENV.MAX_SESSION_SECONDS]: '6' }); // the last quarter is for finishing
    const opened = Date.now();
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await pause(opened + 3_800 - Date.now());
    await raw.post(callOf(1, 'slow', { milliseconds: 1_000 }));
    await pause(opened + 4_600 - Date.now());
    await raw.post(callOf(2, 'answer', { answer: 'late' }));
    await raw.ended;
    expect(responseTo(raw, 1).result.isError).toBeFalsy();
    expect(responseTo(raw, 2).error).toEqual({ code: -32000, message: expect.stringContaining('reconnect') });
    expect(Date.now() - opened).toBeLessThan(6_500); // no later than necessary: 6 s, and one for the last messages
  });

  test('ends a call that does not finish in time with one error', async () => {
    sessions.set({ [ENV.MAX_SESSION_SECONDS]: '3' });
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await raw.post(callOf(1, 'slow', { milliseconds: 20_000 }));
    await raw.ended;
    const responses = raw.messages.filter(({ id, method }) => id === 1 && !method);
    expect(responses).toHaveLength(1);
    expect(responses[0].error ?? responses[0].result.isError).toBeTruthy();
    expect(raw.events.at(-1)).toEqual(CLOSING_EVENT);
  });

  test('responds to every request that was accepted', async () => {
    sessions.set({ [ENV.MAX_SESSION_SECONDS]: '2' });
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    const accepted: number[] = [];
    let id = 100;
    const timer = setInterval(async () => {
      id += 1;
      const request = { ...PING, id, method: 'tools/list' };
      if ((await raw.post(request)).status === 202) accepted.push(request.id);
    }, 50);
    await raw.ended;
    clearInterval(timer);
    await pause(300);
    expect(accepted.length).toBeGreaterThan(10);
    expect(accepted.filter((request) => !responseTo(raw, request))).toEqual([]);
  });

  test('ends before Lambda ends it', async () => {
    const short = await startSseHost({ remainingMs: 6_500 });
    const started = Date.now();
    const raw = await sessions.connectRaw({}, short.url);
    sessions.answerPings(raw);
    await raw.ended;
    expect(Date.now() - started).toBeLessThan(4_000);
    await until(() => short.running() === 0);
    await short.close();
  });
});

describe('a session that loses its resources', () => {
  test('closes the stream when its queue is deleted', async () => {
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await pause(5_100); // past the time in which SQS may not find the queue
    const [QueueUrl] = await sessions.server.queues();
    await sessions.server.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await raw.ended;
    expect(raw.events.at(-1)).toEqual(CLOSING_EVENT);
  });

  test('closes the stream when its record is deleted', async () => {
    const raw = await sessions.connectRaw();
    sessions.answerPings(raw);
    await new SessionStore().remove(sessions.idOf(raw));
    await raw.ended;
    expect(raw.events.at(-1)).toEqual(CLOSING_EVENT);
  });

  test('is not found after its lease has expired', async () => {
    sessions.set({ [ENV.PING_SECONDS]: '2' });
    const raw = await sessions.connectRaw();
    const id = sessions.idOf(raw);
    await sessions.server.dynamoDb.send(
      new UpdateItemCommand({
        TableName: sessions.server.tables.sessions,
        Key: { [SESSIONS.PARTITION_KEY]: { S: SESSIONS.SSE }, [SESSIONS.SORT_KEY]: { S: id } },
        UpdateExpression: 'SET leaseUntil = :past',
        ExpressionAttributeValues: { ':past': { N: String(Date.now() - 1) } },
      }),
    );
    expect((await raw.post(PING)).status).toBe(404);
    await new SessionStore().remove(id); // ends it at the next ping
  });
});

describe('the stream', () => {
  const cache = new CatalogCache();
  const catalog = () => cache.get();

  async function run(body: ResponseBody, timing: Partial<SessionTiming>): Promise<string> {
    const all = { ...sessionTiming(60_000), ...timing };
    const resources = await openSession({ maxSessions: 10, timing: all, catalog });
    const session = new Session({ ...resources, endpoint: '/message', principal: null, catalog, body, timing: all });
    return session.run();
  }

  test('gets a comment after a silence', async () => {
    const chunks: string[] = [];
    const body = { write: async (chunk: string | Uint8Array) => void chunks.push(String(chunk)), end: async () => {} };
    const reason = await run(body, { pingMs: 10_000, keepAliveMs: 300, drainMs: 0, endsAt: Date.now() + 2_000 });
    expect(reason).toBe('planned');
    expect(chunks[1]).toBe(':\n\n'); // at once, after the endpoint event
    const later = chunks.slice(2, -1);
    expect(new Set(later)).toEqual(new Set([':\n\n']));
    expect(later.length).toBeGreaterThan(1); // six on an idle machine
    expect(later.length).toBeLessThan(7);
  });

  test('ends the session when it breaks', async () => {
    const broken = () => Promise.reject(new Error('ECONNRESET'));
    expect(await run({ write: broken, end: broken }, {})).toBe('failed');
  });

  test('keeps a session whose client reads slowly', async () => {
    const chunks: string[] = [];
    const write = async (chunk: string | Uint8Array) => {
      chunks.push(String(chunk));
      if (chunks.length > 1) await pause(150); // each chunk arrives within a ping interval
    };
    const timing = { pingMs: 100, leaseMs: 3_000, keepAliveMs: 20, drainMs: 0, endsAt: Date.now() + 2_000 };
    expect(await run({ write, end: async () => {} }, timing)).toBe('planned');
  });

  test('does not keep a session whose client does not read', async () => {
    const never = () => new Promise<void>(() => {});
    let writes = 0;
    const write = () => (writes++ === 0 ? Promise.resolve() : never());
    expect(await run({ write, end: never }, { pingMs: 200 })).toBe('client-gone');
  });
});
