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

test('skips events published before it was opened, and reads later ones once', async () => {
  expect(await log.readNew()).toEqual([]);
  await publish('docs://a');
  await publish('docs://b');
  expect(await log.readNew()).toEqual(['docs://a', 'docs://b']);
  expect(await log.readNew()).toEqual([]);
});

test('reads updates again whose delivery failed, and moves its position only after them', async () => {
  const { position } = log;
  await publish('docs://a');
  await expect(log.readNew(() => Promise.reject(new Error('throttled')))).rejects.toThrow('throttled');
  expect(log.position).toBe(position);
  const delivered: string[] = [];
  expect(await log.readNew((uris) => void delivered.push(...uris))).toEqual(['docs://a']);
  expect(delivered).toEqual(['docs://a']);
  expect(log.position > position).toBe(true);
  expect(await log.readNew()).toEqual([]);
});

test('combines several updates of one resource between two reads', async () => {
  await publish('docs://a');
  await publish('docs://a');
  expect(await log.readNew()).toEqual(['docs://a']);
  await publish('docs://a');
  expect(await log.readNew()).toEqual(['docs://a']);
});

test('reads events of publishers with a slow or fast clock', async () => {
  await publish('docs://early', { at: Date.now() + 30_000 });
  expect(await log.readNew()).toEqual(['docs://early']);
  await publish('docs://late', { at: Date.now() - 30_000 });
  expect(await log.readNew()).toEqual(['docs://late']);
  expect(await log.readNew()).toEqual([]);
});

test('resumes at a position without a gap or a duplicate', async () => {
  await publish('docs://a');
  await log.readNew();
  await publish('docs://b');
  const resumed = await UpdateLog.open(log.position);
  expect(await resumed.readNew()).toEqual(['docs://b']);
  expect(await resumed.readNew()).toEqual([]);
});

test('resumes without a gap after an event of a publisher with a fast clock', async () => {
  await publish('docs://early', { at: Date.now() + 30_000 });
  await log.readNew();
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await publish('docs://b');
  const resumed = await UpdateLog.open(log.position);
  expect(await resumed.readNew()).toContain('docs://b');
});

test('skips an expired event that DynamoDB has not deleted yet', async () => {
  await publish('docs://old', { expiresAt: Math.floor(Date.now() / 1000) - 1 });
  expect(await log.readNew()).toEqual([]);
});

test('creates keys that sort by time', () => {
  expect([eventKey(999), eventKey(1_700_000_000_000)]).toEqual(['0000000000999', '1700000000000']);
});
