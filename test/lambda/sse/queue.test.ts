import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  type Message,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { sqs } from '../../../lambda/shared/clients.js';
import { IncomingMessages } from '../../../lambda/sse/incoming-messages.js';
import { SessionQueue } from '../../../lambda/sse/queue.js';
import { ENV } from '../../../src/private/contract.js';
import { startTestServer, type TestServer, until } from './sessions.js';

/** ElasticMQ accepts these attributes but does not return them (docs/second-opinion.md). */
const ELASTICMQ = process.env.MCP_TEST_SQS_URL !== undefined;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

let sent = 0;
async function send(queue: SessionQueue, ...bodies: string[]): Promise<void> {
  for (const MessageBody of bodies) {
    sent += 1;
    const ids = { MessageGroupId: 'session', MessageDeduplicationId: String(sent) };
    await server.sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody, ...ids }));
  }
}

/** Reads the queue in the background until stopped. */
function read(queue: SessionQueue, onMessage?: (message: Message) => void) {
  const stop = new AbortController();
  const bodies: string[] = [];
  const done = (async () => {
    for await (const message of queue.messages(stop.signal)) {
      onMessage?.(message);
      bodies.push(message.Body!);
    }
  })();
  return { bodies, done, stop: () => stop.abort() };
}

/** Makes calls of a command fail while `fails` returns true, until the test ends. */
function failCalls(command: string, fails: (input: any) => boolean): void {
  const fault = 'fault';
  sqs().middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        commandName === command && fails(args.input) ? Promise.reject(new Error('no connection')) : next(args),
    { name: fault, step: 'initialize' },
  );
  onTestFinished(() => void sqs().middlewareStack.remove(fault));
}

async function inQueue(queue: SessionQueue): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await server.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

test.skipIf(ELASTICMQ)('creates an encrypted, tagged FIFO queue without content-based deduplication', async () => {
  const queue = await SessionQueue.create();
  const { Attributes } = await server.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    FifoQueue: 'true',
    ContentBasedDeduplication: 'false',
    SqsManagedSseEnabled: 'true',
    MessageRetentionPeriod: '900',
  });
  const { Tags } = await server.sqs.send(new ListQueueTagsCommand({ QueueUrl: queue.url }));
  expect(Tags).toEqual({ team: 'orders' });
  await queue.remove();
});

test.skipIf(ELASTICMQ)('encrypts a queue with the configured KMS key', async () => {
  process.env[ENV.QUEUE_KEY_ARN] = 'arn:aws:kms:us-east-1:123456789012:key/k';
  const queue = await SessionQueue.create();
  delete process.env[ENV.QUEUE_KEY_ARN];
  const { Attributes } = await server.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
  );
  expect(Attributes?.KmsMasterKeyId).toBe('arn:aws:kms:us-east-1:123456789012:key/k');
  await queue.remove();
});

test('yields messages in order, equal ones too, and deletes them from the queue', async () => {
  const queue = await SessionQueue.create();
  const counts: Array<Promise<number>> = [];
  const reader = read(queue, () => counts.push(sleep(100).then(() => inQueue(queue)))); // the deletion is concurrent
  await send(queue, 'a');
  await until(() => reader.bodies.length === 1);
  expect(await counts[0]).toBe(0);
  await send(queue, 'b', 'b', 'c');
  await until(() => reader.bodies.length === 4);
  expect(reader.bodies).toEqual(['a', 'b', 'b', 'c']);
  reader.stop();
  await reader.done;
});

test('ends a long poll when the signal aborts', async () => {
  const queue = await SessionQueue.create();
  const reader = read(queue);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const stopped = Date.now();
  reader.stop();
  await reader.done;
  expect(Date.now() - stopped).toBeLessThan(1_000);
});

test('keeps polling, without spinning, after early empty responses', async () => {
  const queue = await SessionQueue.create();
  let polls = 0;
  const fault = 'fault';
  sqs().middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'ReceiveMessageCommand') {
          polls += 1;
          Object.assign(args.input, { WaitTimeSeconds: 0 }); // SQS may respond before the wait time is over
        }
        return next(args);
      },
    { name: fault, step: 'initialize' },
  );
  onTestFinished(() => void sqs().middlewareStack.remove(fault));
  const reader = read(queue);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(polls).toBeLessThan(15);
  await send(queue, 'late');
  await until(() => reader.bodies.includes('late'));
  reader.stop();
  await reader.done;
});

test('repeats a receive call with the same attempt id, by which SQS returns the messages of a lost response', async () => {
  const queue = await SessionQueue.create();
  const ids: unknown[] = [];
  failCalls('ReceiveMessageCommand', (input) => ids.push(input.ReceiveRequestAttemptId) <= 2);
  const reader = read(queue);
  await send(queue, 'a');
  await until(() => reader.bodies.length === 1);
  reader.stop();
  await reader.done;
  expect(ids.length).toBeGreaterThan(2);
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  expect(ids[3]).not.toBe(ids[0]);
});

test('goes on after receive calls that fail for some seconds, and reports them meanwhile', async () => {
  const queue = await SessionQueue.create();
  const until4s = Date.now() + 4_000;
  failCalls('ReceiveMessageCommand', () => Date.now() < until4s);
  const reader = read(queue);
  await until(() => queue.failing);
  await send(queue, 'a');
  await until(() => reader.bodies.length === 1, 10_000);
  expect(queue.failing).toBe(false);
  reader.stop();
  await reader.done;
});

test('throws if the queue cannot be read for the given time', async () => {
  const queue = await SessionQueue.create();
  failCalls('ReceiveMessageCommand', () => true);
  const started = Date.now();
  const messages = queue.messages(new AbortController().signal, 1_000);
  await expect(messages.next()).rejects.toThrow('no connection');
  expect(Date.now() - started).toBeGreaterThan(1_000);
});

test('yields the next message soon after a deletion that failed', async () => {
  const queue = await SessionQueue.create();
  let failures = 0;
  failCalls('DeleteMessageBatchCommand', () => failures++ === 0);
  const reader = read(queue);
  await send(queue, 'a');
  await until(() => reader.bodies.length === 1);
  await send(queue, 'b');
  await until(() => reader.bodies.length === 2, 2_000);
  expect(reader.bodies).toEqual(['a', 'b']);
  reader.stop();
  await reader.done;
});

test('throws if the queue is deleted', async () => {
  const queue = new SessionQueue((await SessionQueue.create()).url, 0);
  const reader = read(queue);
  await server.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
  await expect(reader.done).rejects.toThrow(expect.objectContaining({ name: 'QueueDoesNotExist' }));
});

test('waits for a new queue that SQS does not find yet', async () => {
  const { url } = await SessionQueue.create();
  await server.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  const queue = new SessionQueue(url, Date.now() - 4_000);
  const started = Date.now();
  await expect(read(queue).done).rejects.toThrow();
  expect(Date.now() - started).toBeGreaterThan(500);
});

test('yields a message whose deletion failed, and yields it again after redelivery', async () => {
  const queue = await SessionQueue.create();
  const failUntil = Date.now() + 4_500; // longer than the deletion is repeated
  failCalls('DeleteMessageBatchCommand', () => Date.now() < failUntil);
  const VisibilityTimeout = '1';
  await server.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { VisibilityTimeout } }));
  const incoming = new IncomingMessages();
  const ids: string[] = [];
  let handled = 0;
  const reader = read(queue, (message) => {
    ids.push(message.MessageId!);
    handled += incoming.add(message).length;
  });
  await send(queue, '{"jsonrpc":"2.0","method":"ping","id":1}');
  await until(() => ids.length >= 2, 10_000);
  expect(new Set(ids).size).toBe(1);
  expect(handled).toBe(1);
  reader.stop();
  await reader.done;
});

test('removes a queue twice without an error', async () => {
  const queue = await SessionQueue.create();
  await queue.remove();
  await queue.remove();
  expect(await server.queues()).not.toContain(queue.url);
});
