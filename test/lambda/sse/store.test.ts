import { afterAll, beforeAll, expect, test } from 'vitest';
import { SessionStore } from '../../../lambda/sse/store.js';
import { startTestServer, type TestServer } from './sessions.js';

let server: TestServer;
let store: SessionStore;
const NOW = 1_700_000_000_000;
const session = (id: string, principal?: string) => ({
  id,
  principal,
  now: NOW,
  leaseUntil: NOW + 60_000,
  endsAt: NOW + 840_000,
});

beforeAll(async () => {
  server = await startTestServer();
  store = new SessionStore();
});
afterAll(() => server.stop());

test('finds a session once it has a queue', async () => {
  await store.reserve(session('a', 'arn:aws:iam::123456789012:user/ann'));
  expect(await store.find('a', NOW)).toBeUndefined();
  expect(await store.attach('a', 'http://queue', NOW + 70_000)).toBe(true);
  expect(await store.find('a', NOW)).toEqual({
    queueUrl: 'http://queue',
    principal: 'arn:aws:iam::123456789012:user/ann',
    createdAt: NOW,
    leaseUntil: NOW + 70_000,
    expiresAt: NOW / 1000 + 840 + 3600,
  });
});

test('finds a session while its lease is valid', async () => {
  await store.reserve(session('b'));
  await store.attach('b', 'http://queue', NOW + 100);
  expect(await store.find('b', NOW + 100)).toBeUndefined();
  expect(await store.renew('b', NOW + 200)).toBe(true);
  expect(await store.find('b', NOW + 100)).toBeDefined();
});

test('neither renews nor attaches a queue to a removed record', async () => {
  await store.reserve(session('c'));
  await store.remove('c');
  expect(await store.renew('c', NOW + 200)).toBe(false);
  expect(await store.attach('c', 'http://queue', NOW + 200)).toBe(false);
  expect(await store.find('c', NOW)).toBeUndefined();
});

test('rejects an id that exists', async () => {
  await store.reserve(session('d'));
  await expect(store.reserve(session('d'))).rejects.toThrow();
});

test('counts live sessions and lists expired ones', async () => {
  const later = NOW + 10_000_000;
  await store.reserve({ ...session('e'), leaseUntil: later + 1 });
  await store.reserve({ ...session('f'), leaseUntil: later });
  await store.attach('f', 'http://queue-f', later);
  expect(await store.countLive(later)).toBe(1);
  const expired: unknown[] = [];
  for await (const record of store.expired(later)) expired.push(record);
  expect(expired).toContainEqual({ id: 'f', queueUrl: 'http://queue-f' });
  expect(expired).not.toContainEqual(expect.objectContaining({ id: 'e' }));
});

test('does not remove a record whose lease was renewed', async () => {
  await store.reserve(session('g'));
  await store.renew('g', NOW + 500_000);
  await store.removeExpired('g', NOW + 100_000);
  expect(await store.renew('g', NOW + 500_000)).toBe(true);
  await store.removeExpired('g', NOW + 500_000);
  expect(await store.renew('g', NOW + 600_000)).toBe(false);
});
