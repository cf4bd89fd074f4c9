import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Listener, ListenerRecords, TooManyListeners } from '../../../lambda/notifications/listener.js';
import { dynamoDb } from '../../../lambda/shared/clients.js';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { startTestServer, type TestServer, until } from '../sse/sessions.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(() => server.tables.clear(SESSIONS.LISTENERS));

const open = (options: object = {}) => Listener.open({ deadline: Date.now() + 60_000, renewMs: 50, ...options });
const countRecords = () => new ListenerRecords().countLive();

test('keeps its record until it is closed', async () => {
  const listener = await open();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([listener.signal.aborted, await countRecords()]).toEqual([false, 1]);
  await listener.close();
  expect([listener.signal.aborted, await countRecords()]).toEqual([true, 0]);
});

test('replaces the previous listener of a session, whose end does not remove the new record', async () => {
  const first = await open({ id: 'session' });
  const second = await open({ id: 'session' });
  await until(() => first.signal.aborted);
  await first.close();
  expect([second.signal.aborted, await countRecords()]).toEqual([false, 1]);
  await second.close();
});

test('ends when shouldContinue returns false', async () => {
  let needed = true;
  const listener = await open({ shouldContinue: async () => needed });
  needed = false;
  await until(() => listener.signal.aborted);
  await listener.close();
});

test('goes on when shouldContinue fails', async () => {
  const listener = await open({ shouldContinue: () => Promise.reject(new Error('throttled')) });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(listener.signal.aborted).toBe(false);
  await listener.close();
});

test('ends early enough to close the stream before the deadline', async () => {
  const listener = await open({ deadline: Date.now() + 5_100, renewMs: 20_000 });
  await until(() => listener.signal.aborted, 15_000);
  await listener.close();
});

test('tells when a place is free at the latest', async () => {
  process.env[ENV.MAX_LISTENERS] = '2';
  const listeners = [await open(), await open({ deadline: Date.now() + 35_000 })];
  const rejection = await open().catch((error: TooManyListeners) => error);
  expect((rejection as TooManyListeners).retryAfter).toBeGreaterThan(28);
  expect((rejection as TooManyListeners).retryAfter).toBeLessThanOrEqual(31);
  for (const listener of listeners) await listener.close();
  delete process.env[ENV.MAX_LISTENERS];
});

test('leaves no record if it cannot be opened', async () => {
  const fault = 'fault';
  dynamoDb().middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        commandName === 'QueryCommand' ? Promise.reject(new Error('no connection')) : next(args),
    { name: fault, step: 'initialize' },
  );
  await expect(open()).rejects.toThrow('no connection');
  dynamoDb().middlewareStack.remove(fault);
  expect(await countRecords()).toBe(0);
});

test('rejects a listener beyond the limit, and leaves no record of it', async () => {
  process.env[ENV.MAX_LISTENERS] = '1';
  const listener = await open();
  await expect(open()).rejects.toBeInstanceOf(TooManyListeners);
  expect(await countRecords()).toBe(1);
  await listener.close();
  await (await open()).close();
  delete process.env[ENV.MAX_LISTENERS];
});

test('rejects a listener of a caller that has its share, and serves others', async () => {
  process.env[ENV.MAX_LISTENERS] = '4';
  const held = [];
  for (let n = 0; n < 4; n++) held.push(await open({ id: `session-${n}`, principal: 'ann' }));
  await held.pop()!.close();
  process.env[ENV.MAX_LISTENERS] = '3.9'; // three of them are more than three quarters
  await expect(open({ principal: 'ann' })).rejects.toMatchObject({
    limit: 'listeners',
    retryAfter: expect.any(Number),
    message: expect.stringContaining('too many listeners of this caller: it has 3'),
  });
  await (await open({ id: 'session-0', principal: 'ann' })).close(); // replaces its own
  await (await open({ principal: 'bob' })).close();
  await (await open()).close(); // without an identity
  for (const listener of held) await listener.close();
  delete process.env[ENV.MAX_LISTENERS];
});
