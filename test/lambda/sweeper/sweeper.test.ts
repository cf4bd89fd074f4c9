import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queueName } from '../../../lambda/sse/queue-name.js';
import { SessionStore } from '../../../lambda/sse/store.js';
import { handler } from '../../../lambda/sweeper/index.js';
import { METRICS } from '../../../src/private/contract.js';
import { measured, startTestServer, type TestServer } from '../sse/sessions.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const MINUTE = 60_000;
const FIFO = { FifoQueue: 'true' };

async function makeQueue(ageMs: number, serverId = server.serverId): Promise<string> {
  const QueueName = queueName(serverId, Date.now() - ageMs);
  const { QueueUrl } = await server.sqs.send(new CreateQueueCommand({ QueueName, Attributes: FIFO }));
  return QueueUrl!;
}

async function makeRecord(id: string, leaseMs: number, queueUrl: string): Promise<void> {
  const store = new SessionStore();
  const leaseUntil = Date.now() + leaseMs;
  await store.reserve({ id, now: Date.now(), leaseUntil, endsAt: Date.now() + MINUTE });
  await store.attach(id, queueUrl, leaseUntil);
}

/** Runs the sweeper. Returns the number of queues that it reports as swept. */
async function sweep(): Promise<number | undefined> {
  return (await measured(handler))[METRICS.QUEUES_SWEPT];
}

test('deletes queues older than any session, but not younger ones or those of other servers', async () => {
  const old = await makeQueue(17 * MINUTE);
  const young = await makeQueue(14 * MINUTE);
  const foreign = await makeQueue(17 * MINUTE, 'mcp-ffffffff-ffffffff');
  expect(await sweep()).toBe(1);
  const left = await server.queues();
  expect(left).not.toContain(old);
  expect(left).toContain(young);
  expect(await server.queues('mcp-ffffffff')).toEqual([foreign]);
});

test('deletes the record and queue of an expired session of any age, but not of a live one', async () => {
  const dead = await makeQueue(MINUTE);
  const live = await makeQueue(MINUTE);
  await makeRecord('dead', -1, dead);
  await makeRecord('live', MINUTE, live);
  expect(await sweep()).toBe(1);
  const left = await server.queues();
  expect(left).not.toContain(dead);
  expect(left).toContain(live);
  const store = new SessionStore();
  expect(await store.renew('dead', Date.now())).toBe(false);
  expect(await store.find('live')).toBeDefined();
});

test('reports the number of live sessions', async () => {
  const store = new SessionStore();
  const live = await store.countLive();
  await makeRecord('one-more', MINUTE, 'http://queue');
  expect((await measured(handler))[METRICS.ACTIVE_SESSIONS]).toBe(live + 1);
});

test('deletes a record whose queue does not exist', async () => {
  await makeRecord('left-over', -1, `${server.sqsUrl}/000000000000/${queueName(server.serverId, Date.now())}`);
  expect(await sweep()).toBe(0);
  expect(await new SessionStore().renew('left-over', Date.now())).toBe(false);
});

test('ignores a queue without a time in its name', async () => {
  const QueueName = `${server.serverId}-by-hand.fifo`;
  const { QueueUrl } = await server.sqs.send(new CreateQueueCommand({ QueueName, Attributes: FIFO }));
  expect(await sweep()).toBe(0);
  expect(await server.queues()).toContain(QueueUrl);
});

test('deletes queues beyond the first page', async () => {
  const names = Array.from({ length: 1_001 }, () => queueName(server.serverId, Date.now() - 20 * MINUTE));
  for (const QueueName of names) await server.sqs.send(new CreateQueueCommand({ QueueName, Attributes: FIFO }));
  expect(await sweep()).toBe(names.length);
});
