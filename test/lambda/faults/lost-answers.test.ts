import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Listener, ListenerRecords } from '../../../lambda/notifications/listener.js';
import { log } from '../../../lambda/shared/log.js';
import { SessionStore } from '../../../lambda/sse/store.js';
import { ENV } from '../../../src/private/contract.js';
import { type SseHost, startSseHost } from '../../support/sse-host.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { resource, tool } from '../mcp/registrations.js';
import { type AwsCall, FaultyProxies, type Handling } from '../registration/faulty-proxy.js';
import { RawClient } from '../sse/raw-client.js';
import { startTestServer, type TestServer, until } from '../sse/sessions.js';

/*
 * Each flow runs once undisturbed, to count its AWS calls, and then once for each of these calls, whose response is lost after its
 * effect. The SDK repeats such a call. The outcome must be the one that the client was told.
 */

const VERSION = '2026-07-28';
const META = 'io.modelcontextprotocol';
const RUNNER = functionArn('runner');

const proxies = new FaultyProxies();
let server: TestServer;
let functions: { stop(): Promise<void> };
let http: StreamingHost;
let sse: SseHost;

beforeAll(async () => {
  log.setLogLevel('SILENT');
  server = await startTestServer();
  functions = await startFunctions(['runner', 'slow', 'ask', 'repeat'], 'test/lambda/tasks/app');
  Object.assign(process.env, {
    [ENV.HTTP_SESSIONS]: 'on',
    [ENV.NOTIFICATIONS]: 'on',
    [ENV.TASK_RUNNER_ARN]: RUNNER,
    [ENV.PING_SECONDS]: '0.5',
    AWS_ENDPOINT_URL_DYNAMODB: await proxies.before(server.dynamoDbUrl),
    AWS_ENDPOINT_URL_SQS: await proxies.before(server.sqsUrl),
    AWS_ENDPOINT_URL_LAMBDA: await proxies.before(process.env.AWS_ENDPOINT_URL_LAMBDA!),
  });
  await server.tables.register(
    tool('slow', { lambdaArn: functionArn('slow'), taskSupport: 'optional' }),
    tool('ask', {
      lambdaArn: functionArn('ask'),
      taskSupport: 'optional',
      event: { type: 'request' },
      asksClient: ['elicitation'],
    }),
    tool('repeat', { lambdaArn: functionArn('repeat'), taskSupport: 'optional', event: { type: 'request' } }),
    resource('report', { uri: 'docs://report', lambdaArn: functionArn('slow') }),
  );
  http = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
  sse = await startSseHost();
});
afterAll(async () => {
  await http.close();
  await sse.close();
  proxies.stop();
  await functions.stop();
  await server.stop();
});

/**
 * Whether the SDK repeats a call: all but invocations of handlers, which could run twice. A lost response of `ReceiveMessage` is tested in
 * sse/queue.test.ts: the embedded SQS does not know `ReceiveRequestAttemptId`.
 */
function isRepeated({ operation }: AwsCall): boolean {
  const invokesHandler = operation.endsWith('/invocations') && !operation.includes('runner');
  return !invokesHandler && operation !== 'ReceiveMessage';
}

/** Runs a flow undisturbed, then with the response to each of its first `most` AWS calls lost. */
async function withEachAnswerLost(flow: () => Promise<void>, most = Number.POSITIVE_INFINITY): Promise<void> {
  proxies.watch();
  await flow();
  const calls = Math.min(most, proxies.calls.length);
  expect(calls).toBeGreaterThan(0);
  for (let lost = 1; lost <= calls; lost++) {
    let operation = '';
    proxies.watch((call) => {
      if (call.number !== lost || !isRepeated(call)) return 'pass';
      operation = call.operation;
      return 'dropped';
    });
    try {
      await flow();
    } catch (error) {
      throw new Error(`call ${lost} of ${calls}: ${operation}: ${(error as Error).message}`, { cause: error });
    }
  }
  proxies.watch();
}

async function post(body: object, headers: Record<string, string> = {}) {
  const response = await fetch(http.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
  });
  const text = await response.text();
  const data = text.startsWith('{') ? text : /^data: (.*)$/m.exec(text)?.[1];
  return {
    status: response.status,
    session: response.headers.get('mcp-session-id'),
    message: data && JSON.parse(data),
  };
}

/** Sends a request as a 2026 client with tasks and elicitation. */
async function request(method: string, params: Record<string, unknown>): Promise<any> {
  const capabilities = { elicitation: {}, extensions: { [`${META}/tasks`]: {} } };
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: capabilities };
  const name = String(params.name ?? params.taskId);
  const headers = { 'mcp-protocol-version': VERSION, 'mcp-method': method, 'mcp-name': name };
  const { message } = await post({ method, params: { _meta, ...params } }, headers);
  return message.result ?? message;
}

async function run(taskId: string, number: number, callMs = 890_000): Promise<void> {
  const { runTask } = await import('../../../lambda/task-runner/run.js');
  const now = Date.now();
  await runTask({ taskId, run: number }, { runnerArn: RUNNER, callDeadline: now + callMs, endsAt: now + 900_000 });
}

async function items(prefix: string) {
  const { Items = [] } = await server.dynamoDb.send(new ScanCommand({ TableName: server.tables.sessions }));
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => pk.startsWith(prefix));
}

const starts = () => proxies.calls.filter(({ operation }) => operation.includes('runner')).length;

async function openSession(): Promise<string> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
  const { status, session } = await post({ method: 'initialize', params });
  expect(status).toBe(200);
  return session!;
}

describe('with any one answer lost', () => {
  test('initialize opens a session, and DELETE leaves nothing of it', async () => {
    await withEachAnswerLost(async () => {
      const session = await openSession();
      const { message } = await post({ method: 'tools/list' }, { 'mcp-session-id': session });
      expect(message.result.tools).toHaveLength(3);
      expect(await items('http#')).toHaveLength(1);
      const ended = await fetch(http.url, { method: 'DELETE', headers: { 'mcp-session-id': session } });
      expect(ended.status).toBe(204);
      expect(await items('http#')).toEqual([]);
    });
  });

  test('subscriptions are as confirmed', async () => {
    await withEachAnswerLost(async () => {
      const headers = { 'mcp-session-id': await openSession() };
      const params = { uri: 'docs://report' };
      expect((await post({ method: 'resources/subscribe', params }, headers)).message.result).toEqual({});
      expect([...(await items('http#'))[0]!.subscriptions]).toEqual(['docs://report']);
      expect((await post({ method: 'resources/unsubscribe', params }, headers)).message.result).toEqual({});
      expect((await items('http#'))[0]!.subscriptions).toBeUndefined();
      await fetch(http.url, { method: 'DELETE', headers });
    });
  });

  test('a task runs once and has its result', async () => {
    await withEachAnswerLost(async () => {
      const { taskId } = await request('tools/call', { name: 'slow', arguments: { milliseconds: 1 } });
      expect(starts()).toBeGreaterThan(0);
      await Promise.all([run(taskId, 1), run(taskId, 1)]);
      const { status, result } = await request('tasks/get', { taskId });
      expect(status).toBe('completed');
      const first = Number(result.content[0].text.slice(4));
      const again = await request('tools/call', { name: 'slow', arguments: { milliseconds: 1 } });
      await run(again.taskId, 1);
      const after = await request('tasks/get', { taskId: again.taskId });
      expect(after.result.content[0].text).toBe(`run ${first + 1}`);
    });
  });

  test('the input responses of a task start its next run', async () => {
    await withEachAnswerLost(async () => {
      const { taskId } = await request('tools/call', { name: 'ask', arguments: {} });
      await run(taskId, 1);
      const asked = await request('tasks/get', { taskId });
      expect(asked.status).toBe('input_required');
      const before = starts();
      const keys = Object.keys(asked.inputRequests);
      const content = { name: 'Ann', colour: 'red' };
      await request('tasks/update', {
        taskId,
        inputResponses: Object.fromEntries(keys.map((key) => [key, { action: 'accept', content }])),
      });
      expect(starts()).toBeGreaterThan(before);
      await run(taskId, 2);
      expect((await request('tasks/get', { taskId })).status).toBe('input_required');
    });
  });

  test('a cancelled task stays cancelled', async () => {
    await withEachAnswerLost(async () => {
      const { taskId } = await request('tools/call', { name: 'slow', arguments: { milliseconds: 1 } });
      await request('tasks/cancel', { taskId });
      await run(taskId, 1);
      expect((await request('tasks/get', { taskId })).status).toBe('cancelled');
    });
  });

  test('a listener has one place while it is open', async () => {
    await withEachAnswerLost(async () => {
      const listener = await Listener.open({ deadline: Date.now() + 60_000 });
      expect(await new ListenerRecords().countLive()).toBe(1);
      await listener.close();
      expect(await new ListenerRecords().countLive()).toBe(0);
    });
  });

  test('an SSE session opens, responds, and leaves nothing', { timeout: 240_000 }, async () => {
    await withEachAnswerLost(async () => {
      const client = await RawClient.connect(sse.url);
      expect(client.response.status).toBe(200);
      await until(() => client.endpoint);
      expect((await client.post({ jsonrpc: '2.0', id: 7, method: 'ping' })).status).toBe(202);
      await until(() => client.messages.some(({ id, method }) => id === 7 && !method), 12_000);
      client.disconnect();
      await until(() => sse.running() === 0, 20_000);
      expect(client.messages.filter(({ id, method }) => id === 7 && !method)).toHaveLength(1);
      expect(await server.queues()).toEqual([]);
      expect(await new SessionStore().countLive(0)).toBe(0);
    }, 14);
  });
});

describe('the start of a run', () => {
  const isStart = (call: AwsCall) => call.operation.includes('runner');
  const failStarts = (handling: Handling, times = Number.POSITIVE_INFINITY) => {
    let failures = 0;
    proxies.watch((call) => (isStart(call) && failures++ < times ? handling : 'pass'));
  };
  const ask = async () => {
    proxies.watch();
    const { taskId } = await request('tools/call', { name: 'ask', arguments: {} });
    await run(taskId, 1);
    const { inputRequests } = await request('tasks/get', { taskId });
    const content = { name: 'Ann', colour: 'red' };
    const inputResponses = Object.fromEntries(
      Object.keys(inputRequests).map((key) => [key, { action: 'accept', content }]),
    );
    return { taskId, inputResponses };
  };

  test.each<[string, Handling]>([
    ['fails', { error: 'ServiceException', status: 500 }],
    ['is throttled', { error: 'TooManyRequestsException', status: 429 }],
    ['loses its connection', 'reset'],
  ])('is repeated if it %s', async (_, handling) => {
    failStarts(handling, 2);
    const { status } = await request('tools/call', { name: 'slow', arguments: { milliseconds: 1 } });
    expect(status).toBe('working');
    expect(starts()).toBe(3);
  });

  test('that fails leaves a task that does not run', async () => {
    const before = (await items('task#')).map(({ pk }) => pk);
    failStarts('refused');
    expect(await request('tools/call', { name: 'slow', arguments: { milliseconds: 1 } })).toHaveProperty('error');
    proxies.watch();
    const [{ pk }] = (await items('task#')).filter((item) => !before.includes(item.pk)) as [{ pk: string }];
    const taskId = pk.slice('task#'.length);
    await run(taskId, 1);
    expect((await request('tasks/get', { taskId })).status).toBe('cancelled');
  });

  test('that failed is made up for by the repetition of the update', async () => {
    const { taskId, inputResponses } = await ask();
    failStarts('refused');
    expect(await request('tasks/update', { taskId, inputResponses })).toHaveProperty('error');
    proxies.watch();
    expect(await request('tasks/update', { taskId, inputResponses })).not.toHaveProperty('error');
    expect(starts()).toBe(1);
    await run(taskId, 2);
    expect((await request('tasks/get', { taskId })).status).toBe('input_required');
  });

  test('in another invocation ends the task if it fails', async () => {
    proxies.watch();
    const { taskId } = await request('tools/call', {
      name: 'repeat',
      arguments: { times: 2, pollIntervalMs: 10 },
    });
    failStarts('refused');
    await run(taskId, 1, 200_000);
    proxies.watch();
    expect(await request('tasks/get', { taskId })).toMatchObject({
      status: 'failed',
      error: { message: 'the task could not be continued' },
    });
  });
});
