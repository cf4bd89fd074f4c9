import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Listener, ListenerRecords, TooManyListeners } from '../../../lambda/notifications/listener.js';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { startTestServer, type TestServer, until } from '../sse/sessions.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(() => server.tables.clear(SESSIONS.LISTENERS));

const soon = { renewMs: 50 };
const open = (more: object = {}) => Listener.open({ deadline: Date.now() + 60_000, ...soon, ...more });
const places = () => new ListenerRecords().countLive();

test('a place is kept until it is given back', async () => {
  const listener = await open();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([listener.signal.aborted, await places()]).toEqual([false, 1]);
  await listener.close();
  expect([listener.signal.aborted, await places()]).toEqual([true, 0]);
});

test('the next listener of a session takes the place, and the one before ends without giving it away', async () => {
  const first = await open({ id: 'session' });
  const second = await open({ id: 'session' });
  await until(() => first.signal.aborted);
  await first.close();
  expect([second.signal.aborted, await places()]).toEqual([false, 1]);
  await second.close();
});

test('a listener ends when nobody wants it any more', async () => {
  let wanted = true;
  const listener = await open({ wanted: async () => wanted });
  wanted = false;
  await until(() => listener.signal.aborted);
  await listener.close();
});

test('a look that fails ends nobody', async () => {
  const listener = await open({ wanted: () => Promise.reject(new Error('throttled')) });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(listener.signal.aborted).toBe(false);
  await listener.close();
});

test('the function keeps time for an end in good order', async () => {
  const listener = await open({ deadline: Date.now() + 5_100, renewMs: 20_000 });
  await until(() => listener.signal.aborted, 15_000);
  await listener.close();
});

test('over the limit there is no place, nor a record left of who asked', async () => {
  process.env[ENV.MAX_LISTENERS] = '1';
  const listener = await open();
  await expect(open()).rejects.toBeInstanceOf(TooManyListeners);
  expect(await places()).toBe(1);
  await listener.close();
  await (await open()).close();
  delete process.env[ENV.MAX_LISTENERS];
});
