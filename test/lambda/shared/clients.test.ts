import { type Agent, createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dynamoDb, lambda, repeatingLambda, sqs } from '../../../lambda/shared/clients.js';

let server: Server;
let statuses: number[];
let calls = 0;

beforeAll(async () => {
  server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume();
    calls += 1;
    const status = statuses.shift() ?? 200;
    const type = status === 429 ? 'TooManyRequestsException' : 'ServiceException';
    response.writeHead(status, status === 200 ? {} : { 'x-amzn-errortype': type }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
});

beforeEach(() => {
  calls = 0;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const invoke = () => lambda().send(new InvokeCommand({ FunctionName: 'f' }));

test('retries a throttled invocation: it never started', async () => {
  statuses = [429, 429, 200];
  await invoke();
  expect(calls).toBe(3);
});

test('does not retry other failures: the function may have run', async () => {
  statuses = [500, 200];
  await expect(invoke()).rejects.toThrow();
  expect(calls).toBe(1);
});

test.each([dynamoDb, sqs, lambda, repeatingLambda])('does not copy inputs and outputs for a logger', (client) => {
  expect(client().config.logger).not.toHaveProperty('info');
});

test('closes an idle connection before the server does', async () => {
  statuses = [];
  await invoke();
  await new Promise((resolve) => setImmediate(resolve));
  const { httpAgent } = (lambda().config.requestHandler as any).httpHandlerConfigs() as { httpAgent: Agent };
  const [[idle]] = Object.values(httpAgent.freeSockets) as Socket[][];
  expect(idle.timeout).toBe(20_000);
  idle.setTimeout(50); // shortens the 20 s
  await new Promise((resolve) => idle.once('close', resolve));
  expect(Object.values(httpAgent.freeSockets)).toEqual([]);
  await invoke();
  expect(calls).toBe(2);
});
