import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { SessionQueue } from '../../../lambda/sse/queue.js';
import { ENV } from '../../../src/private/contract.js';

/*
 * The creation of a session queue against a stub of SQS, with its errors in wire form.
 */
let rejections = 0;
let code = 'RequestThrottled';
const requests: Array<Record<string, unknown>> = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  requests.push(JSON.parse(body));
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  if (rejections-- > 0) {
    response.writeHead(400, { 'x-amzn-query-error': `${code};Sender` });
    return void response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message: 'Request is throttled.' }));
  }
  response.end(JSON.stringify({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/q.fifo' }));
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv(ENV.SERVER_ID, 'mcp-0a1b2c3d-4e5f6071');
});
beforeEach(() => {
  requests.length = 0;
  code = 'RequestThrottled';
  vi.stubEnv(ENV.QUEUE_TAGS, '');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

test('retries a throttled creation beyond the attempts of the SDK', async () => {
  rejections = 5;
  const { url } = await SessionQueue.create();
  expect(url).toMatch(/q\.fifo$/);
  expect(requests).toHaveLength(6);
  expect(new Set(requests.map(({ QueueName }) => QueueName)).size).toBe(1);
});

test('gives up in time', async () => {
  rejections = 1_000;
  await expect(SessionQueue.create(500)).rejects.toThrow('throttled');
});

test('does not retry other errors', async () => {
  rejections = 1;
  code = 'InvalidAttributeValue';
  await expect(SessionQueue.create()).rejects.toThrow();
  expect(requests).toHaveLength(1);
});

test('sends tags only if there are any: tagging has a quota of its own', async () => {
  rejections = 0;
  await SessionQueue.create();
  expect(requests[0]).not.toHaveProperty('tags');
  vi.stubEnv(ENV.QUEUE_TAGS, '{}');
  await SessionQueue.create();
  expect(requests[1]).not.toHaveProperty('tags');
  vi.stubEnv(ENV.QUEUE_TAGS, '{"team":"orders"}');
  await SessionQueue.create();
  expect(requests[2]).toHaveProperty('tags', { team: 'orders' });
});
