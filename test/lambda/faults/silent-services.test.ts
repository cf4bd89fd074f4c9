import { randomBytes } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetPolicyCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handler as message } from '../../../lambda/message/index.js';
import { handler as register } from '../../../lambda/registration/api.js';
import { dynamoDb, lambda, repeatingLambda, sqs } from '../../../lambda/shared/clients.js';
import { log } from '../../../lambda/shared/log.js';
import { SessionQueue } from '../../../lambda/sse/queue.js';
import { SessionStore } from '../../../lambda/sse/store.js';
import { handler as sweeper } from '../../../lambda/sweeper/index.js';
import { handler as taskRunner } from '../../../lambda/task-runner/index.js';
import { ENV } from '../../../src/private/contract.js';
import { type SseHost, startSseHost } from '../../support/sse-host.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { tool } from '../mcp/registrations.js';
import { CloudFormation } from '../registration/cloudformation.js';
import { FaultyProxies } from '../registration/faulty-proxy.js';
import { proxyEvent } from '../shared/events.js';
import { RawClient } from '../sse/raw-client.js';
import { apiEvent, startTestServer, type TestServer, until } from '../sse/sessions.js';

/*
 * Services that accept requests and never respond. Every client and every route has to give up, within the limits of API Gateway and
 * of its function.
 */

const VERSION = '2026-07-28';
const META = 'io.modelcontextprotocol';

const services = { dynamoDb: new FaultyProxies(), sqs: new FaultyProxies(), lambda: new FaultyProxies() };
let server: TestServer;
let functions: { stop(): Promise<void> };
let http: StreamingHost;
let sse: SseHost;

beforeAll(async () => {
  log.setLogLevel('SILENT');
  server = await startTestServer();
  functions = await startFunctions(['runner', 'slow'], 'test/lambda/tasks/app');
  Object.assign(process.env, {
    [ENV.HTTP_SESSIONS]: 'on',
    [ENV.NOTIFICATIONS]: 'on',
    [ENV.TASK_RUNNER_ARN]: functionArn('runner'),
    [ENV.RUNTIME_ROLE_ARN]: 'arn:aws:iam::123456789012:role/runtime',
    [ENV.PING_SECONDS]: '1',
    AWS_ENDPOINT_URL_DYNAMODB: await services.dynamoDb.before(server.dynamoDbUrl),
    AWS_ENDPOINT_URL_SQS: await services.sqs.before(server.sqsUrl),
    AWS_ENDPOINT_URL_LAMBDA: await services.lambda.before(process.env.AWS_ENDPOINT_URL_LAMBDA!),
  });
  await server.tables.register(
    tool('slow', { lambdaArn: functionArn('slow'), timeoutSeconds: 1 }),
    tool('task', { lambdaArn: functionArn('slow'), taskSupport: 'required' }),
  );
  silence('dynamoDb'); // the initialization reads no catalog, which later requests could be served from
  http = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
  silence();
  sse = await startSseHost();
});
afterAll(async () => {
  for (const service of Object.values(services)) service.stop();
  await http.close();
  await sse.close();
  await functions.stop();
  await server.stop();
});

function silence(...silent: Array<keyof typeof services>): void {
  for (const [name, service] of Object.entries(services)) {
    service.watch(() => (silent.includes(name as keyof typeof services) ? 'silent' : 'pass'));
  }
}

/** The result of a call and its duration in seconds. A rejection becomes the name of its error. */
async function timed(call: () => Promise<unknown>): Promise<{ result: unknown; seconds: number }> {
  const started = Date.now();
  const result = await call().catch((error: Error) => error.name);
  return { result, seconds: (Date.now() - started) / 1000 };
}

const contextOf = (seconds: number) => {
  const end = Date.now() + seconds * 1000;
  return { getRemainingTimeInMillis: () => end - Date.now(), invokedFunctionArn: functionArn('runner') } as Context;
};

/** Sends a 2026 request to `/mcp`. Returns its status and its message. */
async function mcp(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
  const capabilities = { extensions: { [`${META}/tasks`]: {} } };
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: capabilities };
  const name = params.name ?? params.taskId;
  const response = await fetch(http.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(name ? { 'mcp-name': String(name) } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta, ...params } }),
  });
  return messageOf(response);
}

/** Sends a request of a 2025 client to `/mcp`. */
async function mcp2025(httpMethod: string, method?: string, params: object = {}, session?: string): Promise<unknown> {
  const response = await fetch(http.url, {
    method: httpMethod,
    headers: {
      'content-type': 'application/json',
      accept: httpMethod === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      ...(session ? { 'mcp-session-id': session } : {}),
    },
    ...(method ? { body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) } : {}),
  });
  return messageOf(response);
}

async function messageOf(response: Response): Promise<unknown> {
  if (response.status === 503) return [503, response.headers.get('retry-after')];
  const text = await response.text();
  const data = text.startsWith('{') ? text : /^data: (.*)$/m.exec(text)?.[1];
  const { error, result } = data ? JSON.parse(data) : {};
  return error?.message ?? result?.content?.[0]?.text ?? result ?? response.status;
}

const registration = (httpMethod: string, id?: string) => async () => {
  const event = proxyEvent({
    httpMethod,
    path: id ? `/register/${id}` : '/register',
    resource: id ? '/register/{id}' : '/register',
    pathParameters: id ? { id } : null,
    body: JSON.stringify({ type: 'tool', name: 'lookup', lambdaArn: functionArn('slow') }),
  });
  return (await register(event, contextOf(30))).statusCode;
};

const post = (sessionId: string) => async () => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const { statusCode, headers } = await message(apiEvent({ query: { sessionId }, body }), contextOf(15));
  return [statusCode, headers?.['retry-after']];
};

const openSse = async () => {
  const response = await fetch(sse.url);
  await response.body?.cancel();
  return response.status;
};

const custom = (RequestType: 'Create' | 'Update' | 'Delete') => async () => {
  const names = { PhysicalResourceId: `${process.env[ENV.SERVER_ID]}/tool-lookup`, OldResourceProperties: {} };
  const cloudFormation = await new CloudFormation().start();
  const { Status } = await cloudFormation.send({ RequestType, ...names }, 120_000);
  cloudFormation.stop();
  return Status;
};

const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
const SESSION = randomBytes(16).toString('hex');
const KEY = { pk: { S: 'a' }, sk: { S: 'b' } };

describe('DynamoDB that never responds', () => {
  beforeAll(() => silence('dynamoDb'));

  test.concurrent.each<[string, number, unknown, () => Promise<unknown>]>([
    ['a call', 9, 'TimeoutError', () => dynamoDb().send(new GetItemCommand({ TableName: 't', Key: KEY }))],
    ['tools/list', 15, 'internal error', () => mcp('tools/list')],
    ['tools/call', 15, [503, '1'], () => mcp('tools/call', { name: 'slow', arguments: {} })],
    ['tasks/get', 15, 'internal error', () => mcp('tasks/get', { taskId: SESSION })],
    ['subscriptions/listen', 20, [503, '1'], () => mcp('subscriptions/listen', { notifications: {} })],
    ['initialize', 20, [503, '1'], () => mcp2025('POST', 'initialize', INITIALIZE)],
    ['a POST in a session', 15, [503, '1'], () => mcp2025('POST', 'tools/list', {}, SESSION)],
    ['GET /mcp', 15, [503, '1'], () => mcp2025('GET', undefined, {}, SESSION)],
    ['DELETE /mcp', 15, [503, '1'], () => mcp2025('DELETE', undefined, {}, SESSION)],
    ['GET /sse', 20, 503, openSse],
    ['POST /message', 14.5, [503, '1'], post(SESSION)],
    ['GET /register', 28.5, 503, registration('GET')],
    ['POST /register', 28.5, 503, registration('POST')],
    ['GET /register/{id}', 28.5, 503, registration('GET', 'tool-lookup')],
    ['PUT /register/{id}', 28.5, 503, registration('PUT', 'tool-lookup')],
    ['DELETE /register/{id}', 28.5, 503, registration('DELETE', 'tool-lookup')],
    ['the sweeper', 60, 'TimeoutError', () => sweeper({}, contextOf(60))],
    ['the task runner', 60, 'TimeoutError', () => taskRunner({ taskId: SESSION, run: 1 }, contextOf(900))],
    ['the provider: Create', 60, 'FAILED', custom('Create')],
    ['the provider: Update', 60, 'FAILED', custom('Update')],
    ['the provider: Delete', 60, 'FAILED', custom('Delete')],
  ])('%s ends within %d s', { timeout: 70_000 }, async (_, limit, expected, call) => {
    const { result, seconds } = await timed(call);
    expect(result).toEqual(expected);
    expect(seconds).toBeLessThan(limit);
  });
});

describe('SQS that never responds', () => {
  let sessionId: string;
  let queue: SessionQueue;
  beforeAll(async () => {
    silence();
    queue = await SessionQueue.create();
    const store = new SessionStore();
    sessionId = randomBytes(16).toString('hex');
    const times = { now: Date.now(), leaseUntil: Date.now() + 60_000, endsAt: Date.now() + 60_000 };
    await store.reserve({ id: sessionId, ...times });
    await store.attach(sessionId, queue.url, times.leaseUntil);
    const expired = randomBytes(16).toString('hex');
    await store.reserve({ id: expired, ...times, leaseUntil: 1 });
    await store.attach(expired, queue.url, 1);
    silence('sqs');
  });

  const send = () => sqs().send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: '{}' }));
  const receive = () => sqs().send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 20 }));

  test.concurrent.each<[string, number, unknown, () => Promise<unknown>]>([
    ['a call', 10, 'TimeoutError', send],
    ['a long poll', 28, 'TimeoutError', receive],
    ['POST /message', 14.5, [503, '1'], () => post(sessionId)()],
    ['GET /sse', 29, 503, openSse],
    ['the sweeper', 60, 'TimeoutError', () => sweeper({}, contextOf(60))],
  ])('%s ends within %d s', { timeout: 70_000 }, async (_, limit, expected, call) => {
    const { result, seconds } = await timed(call);
    expect(result).toEqual(expected);
    expect(seconds).toBeLessThan(limit);
  });
});

describe('Lambda that never responds', () => {
  beforeAll(() => silence('lambda'));

  const invoke = () =>
    lambda().send(new InvokeCommand({ FunctionName: 'f' }), { abortSignal: AbortSignal.timeout(1_000) });

  test.concurrent.each<[string, number, unknown, () => Promise<unknown>]>([
    ['a call of a handler', 4, 'TimeoutError', invoke],
    ['a call', 12, 'TimeoutError', () => repeatingLambda().send(new GetPolicyCommand({ FunctionName: 'f' }))],
    ['tools/call', 8, 'no response within 1 s', () => mcp('tools/call', { name: 'slow', arguments: {} })],
    ['the start of a task', 15, 'internal error', () => mcp('tools/call', { name: 'task', arguments: {} })],
    ['POST /register', 28.5, 503, registration('POST')],
  ])('%s ends within %d s', { timeout: 70_000 }, async (_, limit, expected, call) => {
    const { result, seconds } = await timed(call);
    expect(result).toEqual(expected);
    expect(seconds).toBeLessThan(limit);
  });
});

test('an SSE session ends while no service responds', { timeout: 60_000 }, async () => {
  silence();
  const client = await RawClient.connect(sse.url);
  await until(() => client.endpoint);
  silence('dynamoDb', 'sqs', 'lambda');
  const { seconds } = await timed(() => until(() => sse.running() === 0, 50_000));
  expect(seconds).toBeLessThan(30);
  expect(await timed(() => client.ended)).toMatchObject({ result: undefined });
});
