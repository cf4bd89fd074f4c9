import { isTaskStatusNotificationV2 } from '@modelcontextprotocol/ext-tasks/core/v2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeTask, createTask, endTask } from '../../../lambda/tasks/store.js';
import { ENV } from '../../../src/private/contract.js';
import { publishUpdate } from '../../support/publish.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { startTestServer, type TestServer } from '../sse/sessions.js';

const META = 'io.modelcontextprotocol';
const VERSION = '2026-07-28';
const TASKS = { extensions: { [`${META}/tasks`]: {} } };

let server: TestServer;
let host: StreamingHost;
const closing: Array<() => void> = [];

beforeAll(async () => {
  server = await startTestServer();
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
beforeEach(() => {
  Object.assign(process.env, {
    [ENV.NOTIFICATIONS]: 'on',
    [ENV.TASK_RUNNER_ARN]: 'arn:aws:lambda:us-east-1:123456789012:function:runner',
  });
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(async () => {
  await host.close();
  await server.stop();
});

const newTask = (principal?: string) =>
  createTask({ principal, tool: 'work', lostAt: Date.now() + 60_000 }, { arguments: {}, facts: {} as never });

async function listen(notifications: object, { capabilities = TASKS as object, user = '' } = {}) {
  const abort = new AbortController();
  closing.push(() => abort.abort());
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: capabilities };
  const response = await fetch(host.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': 'subscriptions/listen',
      ...(user ? { 'x-test-user': user } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: { notifications, _meta } }),
    signal: abort.signal,
  });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    return { status: response.status, ...((await response.json()) as { error: unknown }), messages: [], ended: true };
  }
  const stream = { status: response.status, messages: [] as any[], ended: false };
  void (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk, { stream: true });
      stream.messages = [...text.matchAll(/^data: (\{.*\})\n\n/gm)].map(([, data]) => JSON.parse(data!));
    }
    stream.ended = true;
  })().catch(() => undefined);
  return stream;
}

const statuses = ({ messages }: { messages: any[] }) =>
  messages.filter(({ method }) => method === 'notifications/tasks').map(({ params }) => params.status);

describe('a listener with task ids', () => {
  test('receives the status of each task and each change, until all have ended', async () => {
    const [task, other] = [await newTask(), await newTask()];
    const stream = await listen({ taskIds: [task.taskId, other.taskId, task.taskId, 'none'] });
    await expect.poll(() => statuses(stream)).toEqual(['working', 'working']);
    const [acknowledged] = stream.messages;
    expect(acknowledged).toMatchObject({ method: 'notifications/subscriptions/acknowledged' });
    expect(acknowledged.params.notifications).toEqual({ taskIds: [task.taskId, other.taskId] });

    const inputRequests = { '1-name': { method: 'roots/list' } };
    await changeTask(task.taskId, () => ({ status: 'input_required', inputRequests }));
    await expect.poll(() => statuses(stream), { timeout: 3_000 }).toHaveLength(3);
    const result = { content: [], resultType: 'complete' };
    await endTask(task, { status: 'completed', outcome: result });
    await changeTask(other.taskId, () => ({ status: 'cancelled' }));
    await expect.poll(() => stream.ended, { timeout: 5_000 }).toBe(true);

    const updates = stream.messages.filter(({ method }) => method === 'notifications/tasks');
    expect(updates.every(isTaskStatusNotificationV2)).toBe(true);
    expect(updates.filter(({ params }) => params.taskId === task.taskId).map(({ params }) => params)).toMatchObject([
      { status: 'working' },
      { status: 'input_required', inputRequests },
      { status: 'completed', result },
    ]);
    expect(updates[0].params._meta).toEqual({ [`${META}/subscriptionId`]: 1 });
    expect(updates[0].params).not.toHaveProperty('uri');
    expect(stream.messages.at(-1)).toMatchObject({ id: 1, result: { resultType: 'complete' } });
  });

  test('hears of a task whose run has been lost', async () => {
    const { taskId } = await newTask();
    const stream = await listen({ taskIds: [taskId] });
    await expect.poll(() => statuses(stream)).toEqual(['working']);
    await changeTask(taskId, () => ({ begun: 1, lostAt: Date.now() - 1 }));
    await expect.poll(() => statuses(stream), { timeout: 5_000 }).toContain('failed');
    const [{ params }] = stream.messages.filter((each) => each.params?.status === 'failed');
    expect(params.error).toMatchObject({ message: 'the task did not finish in time' });
    await expect.poll(() => stream.ended, { timeout: 5_000 }).toBe(true);
  });

  test('can also subscribe to resources and list changes', async () => {
    const task = await newTask();
    const stream = await listen({
      taskIds: [task.taskId],
      resourceSubscriptions: ['docs://a'],
      toolsListChanged: true,
    });
    await expect
      .poll(() => stream.messages[0]?.params.notifications)
      .toEqual({
        taskIds: [task.taskId],
        resourceSubscriptions: ['docs://a'],
        toolsListChanged: true,
      });
    await endTask(task, { status: 'failed', outcome: { code: -32603, message: 'no' } });
    await publishUpdate(server.dynamoDb, server.tables.sessions, `x-mcp-task:${task.taskId}`); // a resource update, despite its scheme
    await publishUpdate(server.dynamoDb, server.tables.sessions, 'docs://a');
    await expect
      .poll(() => stream.messages.some(({ params }) => params?.uri === 'docs://a'), { timeout: 5_000 })
      .toBe(true);
    await expect.poll(() => statuses(stream).at(-1)).toBe('failed');
    expect(
      stream.messages.filter(({ method }) => method === 'notifications/tasks').every(isTaskStatusNotificationV2),
    ).toBe(true);
    expect(stream.ended).toBe(false);
  });

  test('ignores tasks of other callers', async () => {
    const id = (user: string) => `arn:aws:iam::123456789012:user/${user}`;
    const [anns, bobs] = [await newTask(id('ann')), await newTask(id('bob'))];
    const stream = await listen({ taskIds: [anns.taskId, bobs.taskId] }, { user: 'ann' });
    await expect.poll(() => stream.messages[0]?.params.notifications).toEqual({ taskIds: [anns.taskId] });
    await expect.poll(() => statuses(stream)).toEqual(['working']);
    const disguised = await listen(
      { taskIds: [], resourceSubscriptions: [`x-mcp-task:${bobs.taskId}`] },
      { user: 'ann' },
    );
    await expect.poll(() => disguised.ended).toBe(true);
    expect(disguised.messages[0].params.notifications).toEqual({});
  });

  test('requires the extension and an array of ids', async () => {
    expect(await listen({ taskIds: ['x'] }, { capabilities: {} })).toMatchObject({
      status: 400,
      error: { code: -32021, data: { requiredCapabilities: TASKS } },
    });
    expect(await listen({ taskIds: 'x' })).toMatchObject({ status: 400, error: { code: -32602 } });
  });

  test('receives nothing if notifications or tasks are disabled', async () => {
    const { taskId } = await newTask();
    delete process.env[ENV.NOTIFICATIONS];
    for (const off of [ENV.TASK_RUNNER_ARN, ENV.NOTIFICATIONS]) {
      const stream = await listen({ taskIds: [taskId] });
      await expect.poll(() => stream.ended).toBe(true);
      expect(stream.messages[0].params.notifications).toEqual({});
      Object.assign(process.env, { [ENV.NOTIFICATIONS]: 'on' });
      delete process.env[off];
    }
  });
});
