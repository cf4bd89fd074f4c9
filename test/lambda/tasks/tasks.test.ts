import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Invocation } from '../../../lambda/task-runner/run.js';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { tool } from '../mcp/registrations.js';
import { Tables } from '../mcp/tables.js';

const VERSION = '2026-07-28';
const META = 'io.modelcontextprotocol';
const TASKS = `${META}/tasks`;
const FUNCTIONS = ['runner', 'slow', 'respond', 'fail', 'reflect', 'big', 'ask', 'askMuch', 'repeat', 'askThenWork'];

let aws: EmbeddedAws;
let tables: Tables;
let functions: { stop(): Promise<void> };
let host: StreamingHost;

beforeAll(async () => {
  aws = await startEmbeddedAws();
  tables = new Tables(aws.dynamoDb, 'tasks');
  await tables.create();
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1' });
  functions = await startFunctions(FUNCTIONS, 'test/lambda/tasks/app');
  const asks = { event: { type: 'request' }, asksClient: ['elicitation'] } as const;
  const optional = { taskSupport: 'optional' } as const;
  const named = (name: string) => ({ lambdaArn: functionArn(name) });
  await tables.register(
    ...['slow', 'respond', 'fail', 'big'].map((name) => tool(name, { ...named(name), ...optional })),
    tool('impatient', { ...named('slow'), ...optional, timeoutSeconds: 1 }),
    tool('reflect', { ...named('reflect'), ...optional, event: { type: 'request' } }),
    tool('ask', { ...named('ask'), ...optional, ...asks }),
    tool('askMuch', { ...named('askMuch'), ...optional, ...asks }),
    tool('askUndeclared', { ...named('ask'), ...optional, event: { type: 'request' } }),
    tool('repeat', { ...named('repeat'), ...optional, event: { type: 'request' } }),
    tool('required', { ...named('slow'), taskSupport: 'required' }),
    tool('automatic', { ...named('repeat'), event: { type: 'request' } }),
    tool('forbidden', { ...named('repeat'), event: { type: 'request' }, taskSupport: 'forbidden' }),
    tool('argumentsOnly', { ...named('respond') }),
    tool('askThenWork', { ...named('askThenWork'), ...asks }),
    tool('validated', { ...named('respond'), ...optional, inputSchema: { type: 'object', required: ['response'] } }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
afterAll(async () => {
  await host.close();
  await functions.stop();
  await aws.stop();
});
beforeEach(() => {
  process.env[ENV.TASK_RUNNER_ARN] = functionArn('runner');
  delete process.env[ENV.TASK_SECONDS];
});

const EXTENSION = { extensions: { [TASKS]: {} } };

interface RequestOptions {
  readonly capabilities?: object;
  readonly user?: string;
}

/** Sends a request as a 2026 client that supports tasks and elicitation. */
async function request(method: string, params: Record<string, unknown>, options: RequestOptions = {}): Promise<any> {
  const { capabilities = { elicitation: {}, ...EXTENSION }, user } = options;
  const response = await fetch(host.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(params.name || params.taskId ? { 'mcp-name': String(params.name ?? params.taskId) } : {}),
      ...(user ? { 'x-test-user': user } : {}),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        _meta: { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: capabilities },
        ...params,
      },
    }),
  });
  const message = (await response.json()) as { result?: unknown; error?: unknown };
  return message.result ?? { error: message.error, status: response.status };
}

const call = (name: string, args: object = {}, options?: RequestOptions) =>
  request('tools/call', { name, arguments: args }, options);
const get = (taskId: string, options?: RequestOptions) => request('tasks/get', { taskId }, options);
const cancel = (taskId: string, options?: RequestOptions) => request('tasks/cancel', { taskId }, options);
const update = (taskId: string, inputResponses: object, options?: RequestOptions) =>
  request('tasks/update', { taskId, inputResponses }, options);
const text = (result: any) => result.content?.[0]?.text;

/** Performs a run of a task, as the task runner does. */
async function run(taskId: string, number = 1, invocation: Partial<Invocation> = {}): Promise<void> {
  const { runTask } = await import('../../../lambda/task-runner/run.js');
  const now = Date.now();
  const runnerArn = functionArn('runner');
  await runTask(
    { taskId, run: number },
    { runnerArn, callDeadline: now + 890_000, endsAt: now + 900_000, ...invocation },
  );
}

async function settled(name: string, args: object = {}, options?: RequestOptions): Promise<any> {
  const { taskId } = await call(name, args, options);
  await run(taskId);
  return get(taskId, options);
}

const accept = (content: object) => ({ action: 'accept', content });

describe('limits', () => {
  const ann = { user: 'ann' };
  beforeEach(async () => {
    await tables.clear(SESSIONS.TASKS);
    process.env[ENV.MAX_TASKS] = '8';
  });
  afterEach(() => {
    delete process.env[ENV.MAX_TASKS];
    delete process.env[ENV.MAX_TASK_CALLS];
  });

  test('refuse a caller that has its share of unfinished tasks, and serve others', async () => {
    const tasks: string[] = [];
    for (let n = 0; n < 7; n++) tasks.push((await call('slow', { milliseconds: 1 }, ann)).taskId);
    const refused = await call('slow', { milliseconds: 1 }, ann);
    expect(refused.error).toMatchObject({
      message: expect.stringMatching(/^too many unfinished tasks of this caller: it has 7 .*\(limits\.tasks\)/),
      data: { limit: 'tasks', value: 8, retryAfter: 30 },
    });
    const bob = await call('slow', { milliseconds: 1 }, { user: 'bob' });
    expect(bob.status).toBe('working');
    expect((await call('slow', { milliseconds: 1 })).error).toMatchObject({
      message: expect.stringContaining('this server allows 8 at once (limits.tasks)'),
    });
    await run(bob.taskId);
    expect((await get(bob.taskId, { user: 'bob' })).status).toBe('completed');
    await run(tasks[0]);
    await cancel(tasks[1], ann);
    expect((await call('slow', { milliseconds: 1 }, ann)).status).toBe('working');
  });

  test('count a task that waits for input, and none that was lost', async () => {
    process.env[ENV.MAX_TASKS] = '1';
    const { taskId } = await call('ask');
    await run(taskId);
    expect((await call('slow')).error.message).toContain('too many unfinished tasks');
    await update(taskId, { name: accept({ name: 'Ann' }), colour: accept({ colour: 'red' }) });
    expect((await call('slow')).error.message).toContain('too many unfinished tasks');
    await run(taskId, 2, { endsAt: Date.now() - 10_000 }); // its process was killed
    await cancel(taskId);
    expect((await call('slow', { milliseconds: 1 })).status).toBe('working');
  });

  test('end a task whose function asks for further calls without end', async () => {
    process.env[ENV.MAX_TASK_CALLS] = '5';
    const failed = await settled('repeat', { times: 1_000_000, pollIntervalMs: 1 });
    expect(failed).toMatchObject({
      status: 'failed',
      error: { message: 'the function was called 5 times without a result (limits.taskCalls)' },
    });
    expect((await settled('repeat', { times: 4, pollIntervalMs: 1 })).status).toBe('completed');
    const inline = await call('automatic', { times: 1_000_000, pollIntervalMs: 1 }, { capabilities: {} });
    expect(text(inline)).toContain('was called 5 times without a result');
  });
});

describe('a task', () => {
  test('returns a handle at once, and the result when it has completed', async () => {
    const created = await call('slow', { milliseconds: 10 });
    expect(created).toMatchObject({ resultType: 'task', status: 'working', ttlMs: 86_400_000, pollIntervalMs: 1_000 });
    expect(created.taskId).toMatch(/^[0-9a-f]{32}$/);
    expect(new Date(created.createdAt).toISOString()).toBe(created.createdAt);
    expect(await get(created.taskId)).toMatchObject({ resultType: 'complete', status: 'working' });
    await run(created.taskId);
    const { result, ...task } = await get(created.taskId);
    expect(result).toMatchObject({ resultType: 'complete', content: [{ type: 'text' }] });
    expect(text(result)).toMatch(/^run \d+$/);
    expect(task).toMatchObject({ resultType: 'complete', status: 'completed', taskId: created.taskId });
    expect(Date.parse(task.lastUpdatedAt)).toBeGreaterThan(Date.parse(task.createdAt));
  });

  test('passes the request context, task id and background flag to the handler', async () => {
    const { result, taskId } = await settled('reflect', { id: 7 }, { user: 'ann' });
    expect(result.structuredContent.event).toMatchObject({
      method: 'tools/call',
      params: { name: 'reflect', arguments: { id: 7 } },
      context: {
        background: true,
        taskId,
        protocolVersion: VERSION,
        principal: { id: 'arn:aws:iam::123456789012:user/ann' },
        clientCapabilities: EXTENSION,
      },
    });
  });

  test('runs once, even if its run is invoked repeatedly', async () => {
    const { taskId } = await call('slow', { milliseconds: 50 });
    await Promise.all([run(taskId), run(taskId), run(taskId)]);
    await run(taskId);
    const first = Number(text((await get(taskId)).result).slice(4));
    expect(Number(text((await settled('slow', { milliseconds: 1 })).result).slice(4))).toBe(first + 1);
  });

  test('is not created for invalid arguments', async () => {
    expect(await call('validated')).toMatchObject({ isError: true, resultType: 'complete' });
  });

  test.each([
    [
      'returns an error thrown by the handler as a result',
      'fail',
      {},
      { isError: true, content: [{ text: 'TypeError: the database said no' }] },
    ],
    [
      'returns a timeout as a result',
      'impatient',
      { milliseconds: 3_000 },
      { isError: true, content: [{ text: 'no response within 1 s' }] },
    ],
  ])('%s', async (_, name, args, result) => {
    expect(await settled(name, args)).toMatchObject({ status: 'completed', result });
  });

  test('fails with a JSON-RPC error of the handler', async () => {
    const error = { code: -32050, message: 'out of order', data: { until: 'noon' } };
    const task = await settled('respond', { response: { jsonrpc: '2.0', error } });
    expect(task).toMatchObject({ status: 'failed', error, statusMessage: 'out of order' });
    expect(task).not.toHaveProperty('result');
  });

  test('fails if its tool no longer exists', async () => {
    const gone = tool('gone', { lambdaArn: functionArn('respond'), taskSupport: 'optional' });
    await tables.register(gone);
    const { taskId } = await expect
      .poll(() => call('gone', { response: 'x' }), { timeout: 8_000, interval: 500 })
      .toMatchObject({ resultType: 'task' })
      .then(() => call('gone', { response: 'x' }));
    await tables.unregister(gone);
    await expect.poll(() => call('gone'), { timeout: 8_000, interval: 500 }).toHaveProperty('error');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await run(taskId);
    expect(await get(taskId)).toMatchObject({ status: 'failed', error: { code: -32602 } });
  });

  test('accepts arguments and results larger than a DynamoDB item', async () => {
    const large = 'ö'.repeat(500_000);
    expect((await settled('respond', { response: large })).result.content[0].text).toBe(large);
    expect((await settled('big', { size: 2_500_000 })).result.content[0].text).toHaveLength(2_500_000);
  });
});

describe('cancelling', () => {
  test('wins over a late result', async () => {
    const { taskId } = await call('slow', { milliseconds: 1_000 });
    const running = run(taskId);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(Object.keys(await cancel(taskId))).toEqual(['resultType', '_meta']);
    expect(await get(taskId)).toMatchObject({ status: 'cancelled' });
    await running;
    const task = await get(taskId);
    expect(task).toMatchObject({ status: 'cancelled' });
    expect(task).not.toHaveProperty('result');
  });

  test('stops waiting for the handler', async () => {
    const { taskId } = await call('slow', { milliseconds: 30_000 });
    const started = Date.now();
    const running = run(taskId);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await cancel(taskId);
    await running;
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test('prevents a run that has not begun', async () => {
    const before = Number(text((await settled('slow', { milliseconds: 1 })).result).slice(4));
    const { taskId } = await call('slow', { milliseconds: 1 });
    await cancel(taskId);
    await run(taskId);
    expect(Number(text((await settled('slow', { milliseconds: 1 })).result).slice(4))).toBe(before + 1);
  });

  test('succeeds without effect after the task has ended', async () => {
    const { taskId } = await settled('slow', { milliseconds: 1 });
    expect(await cancel(taskId)).toMatchObject({ resultType: 'complete' });
    expect(await get(taskId)).toMatchObject({ status: 'completed' });
  });
});

describe('ownership', () => {
  test('only the principal that started a task can access it', async () => {
    const { taskId } = await call('slow', { milliseconds: 1 }, { user: 'ann' });
    const unknown = await get('0'.repeat(32), { user: 'bob' });
    expect(unknown.error).toMatchObject({ code: -32602 });
    for (const options of [{ user: 'bob' }, {}]) {
      for (const response of [
        await get(taskId, options),
        await cancel(taskId, options),
        await update(taskId, {}, options),
      ]) {
        expect(response).toEqual(unknown);
      }
    }
    expect(await get(taskId, { user: 'ann' })).toMatchObject({ status: 'working' });
  });
});

describe('time limits', () => {
  test('an expired task cannot be read, cancelled or completed', async () => {
    process.env[ENV.TASK_SECONDS] = '1';
    const { taskId, ttlMs } = await call('slow', { milliseconds: 1_500 });
    expect(ttlMs).toBe(1_000);
    await run(taskId);
    expect((await get(taskId)).error).toMatchObject({ code: -32602 });
    expect((await cancel(taskId)).error).toMatchObject({ code: -32602 });
  });

  test.each([
    ['never began', 'the task could not be started', false],
    ['never ended', 'the task did not finish in time', true],
  ])('a task that %s fails', async (_, message, begun) => {
    const { changeTask } = await import('../../../lambda/tasks/store.js');
    const { taskId } = await call('slow', { milliseconds: 1 });
    await changeTask(taskId, () => ({ lostAt: Date.now() - 1, begun: begun ? 1 : 0 }));
    expect(await get(taskId)).toMatchObject({ status: 'failed', error: { code: -32603, message } });
    await run(taskId);
    expect(await get(taskId)).toMatchObject({ status: 'failed' });
  });
});

describe('a run that is killed counts as lost', () => {
  test.each([
    ['a minute after the timeout of its call', 'impatient', 61_000, 120_000],
    ['when its invocation would end, without a timeout', 'slow', 900_000, 960_000],
  ])('%s', async (_, name, min, max) => {
    const { findTask } = await import('../../../lambda/tasks/store.js');
    const { taskId } = await call(name, { milliseconds: 500 });
    const before = Date.now();
    const running = run(taskId);
    await expect.poll(async () => (await findTask(taskId))!.begun).toBe(1);
    const left = (await findTask(taskId))!.lostAt - before;
    expect(left).toBeGreaterThanOrEqual(min);
    expect(left).toBeLessThan(max);
    await running;
  });
});

describe('input requests', () => {
  test('accept responses one by one and ignore others', async () => {
    const task = await settled('ask');
    expect(task).toMatchObject({ status: 'input_required' });
    const [name, colour] = Object.keys(task.inputRequests) as [string, string];
    expect(task.inputRequests[name]).toMatchObject({ method: 'elicitation/create', params: { message: 'Your name?' } });
    expect(task).not.toHaveProperty('requestState');
    const { taskId } = task;
    expect(Object.keys(await update(taskId, { [colour]: accept({ colour: 'red' }), other: {} }))).toEqual([
      'resultType',
      '_meta',
    ]);
    expect(Object.keys((await get(taskId)).inputRequests)).toEqual([name]);
    await update(taskId, { [colour]: accept({ colour: 'green' }) }); // already has a response
    await update(taskId, { [name]: accept({ name: 'Ada' }) });
    expect(await get(taskId)).toMatchObject({ status: 'working' });
    await run(taskId, 2);

    const second = await get(taskId);
    const [repeated] = Object.keys(second.inputRequests) as [string];
    expect([name, colour]).not.toContain(repeated); // a key is never used twice
    await update(taskId, { [name]: accept({ name: 'Eve' }) });
    expect(await get(taskId)).toMatchObject({ status: 'input_required' });
    await update(taskId, { [repeated]: accept({ name: 'Grace' }) });
    await run(taskId, 3);
    expect(text((await get(taskId)).result)).toBe('Grace likes red');
  });

  test('refuse content that does not match its requestedSchema', async () => {
    const { taskId, inputRequests } = await settled('ask');
    const [name] = Object.keys(inputRequests) as [string];
    expect(await update(taskId, { [name]: accept({ name: 7 }) })).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('does not match its requestedSchema: /name: ') },
    });
    expect(Object.keys((await get(taskId)).inputRequests)).toEqual(Object.keys(inputRequests));
  });

  test('concurrent responses start one run', async () => {
    const { taskId, inputRequests } = await settled('ask');
    const responses = Object.keys(inputRequests).map((key) => ({ [key]: { action: 'decline' } }));
    await Promise.all([...responses, ...responses].map((response) => update(taskId, response)));
    await Promise.all([run(taskId, 2), run(taskId, 2), run(taskId, 3)]);
    expect(await get(taskId)).toMatchObject({ status: 'input_required' });
  });

  test('fail the task if the client does not declare the capability', async () => {
    expect(await settled('ask', {}, { capabilities: EXTENSION })).toMatchObject({
      status: 'failed',
      error: { code: -32021, data: { requiredCapabilities: { elicitation: {} } } },
    });
    expect(await settled('ask', { mode: 'url' })).toMatchObject({
      status: 'failed',
      error: { code: -32021, data: { requiredCapabilities: { elicitation: { url: {} } } } },
    });
  });

  test('are refused if the registration does not declare them', async () => {
    const { result } = await settled('askUndeclared');
    expect(result).toMatchObject({ isError: true });
    expect(text(result)).toMatch(/add "elicitation" to asksClient/);
  });

  test('have a size limit', async () => {
    expect((await settled('askMuch')).result).toMatchObject({ isError: true });
    const { taskId, inputRequests } = await settled('ask');
    const [name] = Object.keys(inputRequests) as [string];
    const { error } = await update(taskId, { [name]: accept({ name: 'x'.repeat(400_000) }) });
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining('380 KB') });
    expect(await get(taskId)).toMatchObject({ status: 'input_required' });
    expect((await request('tasks/update', { taskId })).error).toMatchObject({ code: -32602 });
  });

  test('can be cancelled with their task', async () => {
    const { taskId, inputRequests } = await settled('ask');
    await cancel(taskId);
    const [name] = Object.keys(inputRequests) as [string];
    expect(await update(taskId, { [name]: accept({ name: 'Ada' }) })).toMatchObject({ resultType: 'complete' });
    expect(await get(taskId)).not.toHaveProperty('inputRequests');
  });
});

describe('continuation in the background', () => {
  test('repeats the call with the request state until the handler is done', async () => {
    const { taskId } = await call('repeat', { times: 3, pollIntervalMs: 300 });
    const running = run(taskId);
    await expect
      .poll(() => get(taskId), { interval: 50 })
      .toMatchObject({ status: 'working', statusMessage: '1 of 3', pollIntervalMs: 300 });
    await running;
    const task = await get(taskId);
    expect(text(task.result)).toBe('after 3, as a task');
    expect(task).not.toHaveProperty('statusMessage');
  });

  test('moves to another invocation before the current one ends', async () => {
    const { taskId } = await call('repeat', { times: 2, pollIntervalMs: 10 });
    const short = () => ({ callDeadline: Date.now() + 200_000 });
    await run(taskId, 1, short());
    expect(await get(taskId)).toMatchObject({ status: 'working' });
    await run(taskId, 1); // run 1 has ended
    expect(await get(taskId)).toMatchObject({ status: 'working', statusMessage: '0 of 2' });
    await run(taskId, 2, short());
    await run(taskId, 3, short());
    expect(text((await get(taskId)).result)).toBe('after 2, as a task');
  });

  test.each([
    ['a request state that is not a string', { requestState: 7 }, /requestState/],
    ['a request state that is too large', { requestState: 'x'.repeat(40_000) }, /32768 bytes/],
    ['an interval that is not an integer', { pollIntervalMs: 0.5 }, /pollIntervalMs/],
    ['a status message that is not a string', { statusMessage: {} }, /statusMessage/],
  ])('rejects %s', async (_, invalid, message) => {
    const { result } = await settled('repeat', { times: 1, ...invalid });
    expect(result).toMatchObject({ isError: true });
    expect(text(result)).toMatch(message);
  });

  test('creates a task if the tool allows it and the client supports it', async () => {
    expect(text(await call('automatic', { times: 0 }))).toBe('in the foreground');
    const { taskId, ...created } = await call('automatic', { times: 2, pollIntervalMs: 20 });
    expect(created).toMatchObject({ resultType: 'task', status: 'working', statusMessage: '0 of 2' });
    await run(taskId);
    expect(text((await get(taskId)).result)).toBe('after 2, as a task');
  });

  test.each([
    ['the client does not support tasks', 'automatic', { capabilities: {} }],
    ['the registration forbids tasks', 'forbidden', {}],
  ])('is awaited within the request if %s', async (_, name, options) => {
    expect(text(await call(name, { times: 2, pollIntervalMs: 20 }, options))).toBe('after 2, without a task');
  });

  test('requires the request event', async () => {
    expect(text(await call('argumentsOnly', { response: { resultType: 'task' } }))).toMatch(/event type "request"/);
  });

  test('receives input responses from before the task', async () => {
    const inputRequired = await call('askThenWork');
    expect(inputRequired).toMatchObject({ resultType: 'input_required' });
    expect(inputRequired).not.toHaveProperty('taskId');
    const { requestState } = inputRequired;
    const created = await request('tools/call', {
      name: 'askThenWork',
      arguments: {},
      inputResponses: { name: accept({ name: 'Ada' }) },
      requestState,
    });
    expect(created).toMatchObject({ resultType: 'task' });
    expect(created).not.toHaveProperty('requestState');
    await run(created.taskId);
    expect(text((await get(created.taskId)).result)).toBe('Ada, s');
  });
});

describe('client support', () => {
  const legacy = async (name: string, args: object = {}) => {
    const response = await fetch(host.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }),
    });
    const body = await response.text();
    return JSON.parse(body.replace(/^[^{]*/, '')).result;
  };

  test('advertises the extension if the server has tasks', async () => {
    expect((await request('server/discover', {})).capabilities.extensions).toEqual({ [TASKS]: {} });
    delete process.env[ENV.TASK_RUNNER_ARN];
    expect((await request('server/discover', {})).capabilities).not.toHaveProperty('extensions');
  });

  test('returns the result directly without support for tasks', async () => {
    const expected = { resultType: 'complete', content: [{ text: expect.stringMatching(/^run/) }] };
    expect(await call('slow', { milliseconds: 1 }, { capabilities: {} })).toMatchObject(expected);
    expect((await legacy('slow', { milliseconds: 1 })).content).toMatchObject(expected.content);
    delete process.env[ENV.TASK_RUNNER_ARN];
    expect(await call('slow', { milliseconds: 1 })).toMatchObject(expected);
  });

  test('explains why a tool that requires a task cannot run', async () => {
    expect(await call('required', { milliseconds: 1 })).toMatchObject({ resultType: 'task' });
    expect(await call('required', {}, { capabilities: {} })).toMatchObject({
      status: 400,
      error: { code: -32021, data: { requiredCapabilities: EXTENSION } },
    });
    const old = await legacy('required');
    expect(old).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(TASKS) }] });
    delete process.env[ENV.TASK_RUNNER_ARN];
    expect(text(await call('required'))).toMatch(/tasks are disabled/);
  });

  test('rejects task methods without support for tasks', async () => {
    const { taskId } = await call('slow', { milliseconds: 1 });
    const options = { capabilities: {} };
    for (const response of [
      await get(taskId, options),
      await cancel(taskId, options),
      await update(taskId, {}, options),
    ]) {
      expect(response).toMatchObject({
        status: 400,
        error: { code: -32021, data: { requiredCapabilities: EXTENSION } },
      });
    }
    delete process.env[ENV.TASK_RUNNER_ARN];
    expect(await get(taskId)).toMatchObject({ status: 404, error: { code: -32601 } });
  });

  test('requires the task id in the Mcp-Name header', async () => {
    const { taskId } = await call('slow', { milliseconds: 1 });
    const wrong = { name: 'other', taskId };
    expect(await request('tasks/get', wrong)).toMatchObject({ status: 400, error: { code: -32020 } });
  });

  test.each([{}, { taskId: 7 }])('rejects the task id of %o', async (params) => {
    const { error } = await request('tasks/get', params);
    expect(error.code).toBeOneOf([-32602, -32020]);
  });
});
