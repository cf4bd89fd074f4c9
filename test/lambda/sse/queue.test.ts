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
import { Inbox } from '../../../lambda/sse/inbox.js';
import { SessionQueue } from '../../../lambda/sse/queue.js';
import { ENV } from '../../../src/private/contract.js';
import { startTestServer, type TestServer, until } from './sessions.js';

/** ElasticMQ takes these attributes and does not give them back (docs/second-opinion.md). */
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

async function inQueue(queue: SessionQueue): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await server.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

test.skipIf(ELASTICMQ)('a queue is FIFO, encrypted, tagged, and tells no messages apart by content', async () => {
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

test.skipIf(ELASTICMQ)('a queue uses the owner’s key', async () => {
  process.env[ENV.QUEUE_KEY_ARN] = 'arn:aws:kms:us-east-1:123456789012:key/k';
  const queue = await SessionQueue.create();
  delete process.env[ENV.QUEUE_KEY_ARN];
  const { Attributes } = await server.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
  );
  expect(Attributes?.KmsMasterKeyId).toBe('arn:aws:kms:us-east-1:123456789012:key/k');
  await queue.remove();
});

test('messages come in order, equal ones each, and are gone from the queue when they are handed over', async () => {
  const queue = await SessionQueue.create();
  const counts: Array<Promise<number>> = [];
  const reader = read(queue, () => counts.push(inQueue(queue)));
  await send(queue, 'a');
  await until(() => reader.bodies.length === 1);
  expect(await counts[0]).toBe(0);
  await send(queue, 'b', 'b', 'c');
  await until(() => reader.bodies.length === 4);
  expect(reader.bodies).toEqual(['a', 'b', 'b', 'c']);
  reader.stop();
  await reader.done;
});

test('a stop ends a long poll at once', async () => {
  const queue = await SessionQueue.create();
  const reader = read(queue);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const stopped = Date.now();
  reader.stop();
  await reader.done;
  expect(Date.now() - stopped).toBeLessThan(1_000);
});

test('early empty answers neither end the reading nor make it spin', async () => {
  const queue = await SessionQueue.create();
  let polls = 0;
  const fault = 'fault';
  sqs().middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'ReceiveMessageCommand') {
          polls += 1;
          Object.assign(args.input, { WaitTimeSeconds: 0 }); // SQS may answer before the wait is over
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

test('a queue deleted under the reader ends the reading with an error', async () => {
  const queue = new SessionQueue((await SessionQueue.create()).url, 0);
  const reader = read(queue);
  await server.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
  await expect(reader.done).rejects.toThrow(expect.objectContaining({ name: 'QueueDoesNotExist' }));
});

test('that SQS does not know a new queue yet is waited out', async () => {
  const { url } = await SessionQueue.create();
  await server.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  const queue = new SessionQueue(url, Date.now() - 4_000);
  const started = Date.now();
  await expect(read(queue).done).rejects.toThrow();
  expect(Date.now() - started).toBeGreaterThan(500);
});

test('a message whose deletion failed is handed over, and comes again', async () => {
  const queue = await SessionQueue.create();
  const fault = 'fault';
  let failures = 0;
  sqs().middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName !== 'DeleteMessageBatchCommand' || failures > 0) return next(args);
        failures += 1;
        return Promise.reject(new Error('no connection'));
      },
    { name: fault, step: 'initialize' },
  );
  onTestFinished(() => void sqs().middlewareStack.remove(fault));
  const VisibilityTimeout = '1';
  await server.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { VisibilityTimeout } }));
  const inbox = new Inbox();
  const ids: string[] = [];
  let seen = 0;
  const reader = read(queue, (message) => {
    ids.push(message.MessageId!);
    seen += inbox.take(message).length;
  });
  await send(queue, '{"jsonrpc":"2.0","method":"ping","id":1}');
  await until(() => ids.length === 2);
  expect(new Set(ids).size).toBe(1);
  expect(seen).toBe(1); // the session handles it once
  reader.stop();
  await reader.done;
});

test('removing a queue twice is no error', async () => {
  const queue = await SessionQueue.create();
  await queue.remove();
  await queue.remove();
  expect(await server.queues()).not.toContain(queue.url);
});
