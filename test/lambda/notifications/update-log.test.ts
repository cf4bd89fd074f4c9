import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventKey, UpdateLog } from '../../../lambda/notifications/update-log.js';
import { EVENTS } from '../../../src/private/contract.js';
import { publishUpdate } from '../../support/publish.js';
import { startTestServer, type TestServer } from '../sse/sessions.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

let log: UpdateLog;
const publish = (uri: string, options?: { at?: number; expiresAt?: number }) =>
  publishUpdate(server.dynamoDb, server.tables.sessions, uri, options);
beforeEach(async () => {
  await server.tables.clear(EVENTS.PARTITION);
  await publish('docs://before');
  log = await UpdateLog.open();
});

test('what was published before is no news, what comes after is told once', async () => {
  expect(await log.look()).toEqual([]);
  await publish('docs://a');
  await publish('docs://b');
  expect(await log.look()).toEqual(['docs://a', 'docs://b']);
  expect(await log.look()).toEqual([]);
});

test('several updates of one resource between two looks are one', async () => {
  await publish('docs://a');
  await publish('docs://a');
  expect(await log.look()).toEqual(['docs://a']);
  await publish('docs://a');
  expect(await log.look()).toEqual(['docs://a']);
});

test('a publisher whose clock is late or early is heard', async () => {
  await publish('docs://early', { at: Date.now() + 30_000 });
  expect(await log.look()).toEqual(['docs://early']);
  await publish('docs://late', { at: Date.now() - 30_000 });
  expect(await log.look()).toEqual(['docs://late']);
  expect(await log.look()).toEqual([]);
});

test('a log is taken up again at its position without a gap or a repetition', async () => {
  await publish('docs://a');
  await log.look();
  await publish('docs://b');
  const resumed = await UpdateLog.open(log.position);
  expect(await resumed.look()).toEqual(['docs://b']);
  expect(await resumed.look()).toEqual([]);
});

test('a publisher whose clock is early hides nothing from a log that is taken up again', async () => {
  await publish('docs://early', { at: Date.now() + 30_000 });
  await log.look();
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await publish('docs://b');
  const resumed = await UpdateLog.open(log.position);
  expect(await resumed.look()).toContain('docs://b');
});

test('an expired event that DynamoDB has not dropped yet is not told', async () => {
  await publish('docs://old', { expiresAt: Math.floor(Date.now() / 1000) - 1 });
  expect(await log.look()).toEqual([]);
});

test('keys sort as numbers do', () => {
  expect([eventKey(999), eventKey(1_700_000_000_000)]).toEqual(['0000000000999', '1700000000000']);
});
