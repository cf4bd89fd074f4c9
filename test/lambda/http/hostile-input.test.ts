import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { Tables } from '../mcp/tables.js';

const META = 'io.modelcontextprotocol';

let aws: EmbeddedAws;
let tables: Tables;
let functions: { stop(): Promise<void> };
let host: StreamingHost;

beforeAll(async () => {
  aws = await startEmbeddedAws();
  tables = new Tables(aws.dynamoDb, 'hostile');
  await tables.create();
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1' });
  process.env[ENV.TASK_RUNNER_ARN] = functionArn('runner');
  process.env[ENV.HTTP_SESSIONS] = '1';
  process.env[ENV.NOTIFICATIONS] = '1';
  functions = await startFunctions(['answer', 'reflect', 'listing', 'greeting']);
  const slow = { type: 'object', properties: { x: { type: 'string', pattern: '^(a+)+$' } } };
  const lambdaArn = functionArn('answer');
  await tables.register(
    tool('answer', { lambdaArn }),
    tool('slow-input', { lambdaArn, inputSchema: slow }),
    tool('slow-output', { lambdaArn, outputSchema: slow }),
    tool('http', {
      lambdaArn: functionArn('reflect'),
      event: { type: 'httpApi', method: 'GET', path: '/a', query: ['toString'] },
    }),
    prompt('greet', {
      lambdaArn: functionArn('greeting'),
      arguments: [{ name: 'constructor', required: true }],
      completions: { name: ['a'] },
    }),
    resource('book', { uri: 'books://1', lambdaArn }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler, {
    remainingMs: 20_000,
  });
});
afterAll(async () => {
  for (const name of [ENV.TASK_RUNNER_ARN, ENV.HTTP_SESSIONS, ENV.NOTIFICATIONS]) delete process.env[name];
  await host.close();
  await functions.stop();
  await aws.stop();
});

async function send(text: string, headers: Record<string, string> = {}) {
  const response = await fetch(host.url, {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...headers },
    body: text,
  });
  const body = await response.text();
  const json = /^data: (.*)$/m.exec(body)?.[1] ?? body;
  return { status: response.status, message: json === '' ? undefined : JSON.parse(json) };
}

/** Sends a request of a 2025 client without a session. */
const call = async (method: string, params: object) =>
  (await send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).message;
const callTool = async (name: string, args: object) => (await call('tools/call', { name, arguments: args })).result;

/** Sends a request of a 2026 client with the extension for tasks. */
async function modern(method: string, params: object, headers: Record<string, string> = {}) {
  const _meta = {
    [`${META}/protocolVersion`]: '2026-07-28',
    [`${META}/clientCapabilities`]: { extensions: { [`${META}/tasks`]: {} } },
    [`${META}/clientInfo`]: { name: 'test', version: '1' },
  };
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } });
  return (await send(text, { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...headers })).message;
}

describe('a schema that takes exponential time', () => {
  const value = { x: `${'a'.repeat(48)}!` };

  test('of arguments', async () => {
    const text = 'arguments took too long to validate: simplify /properties/x/pattern';
    expect(await callTool('slow-input', value)).toEqual({ content: [{ type: 'text', text }], isError: true });
    expect(await callTool('slow-input', { x: 'aaa', answer: 'done' })).toMatchObject({ content: [{ text: 'done' }] });
  });

  test('of a result', async () => {
    const text =
      "structured content took too long to validate: simplify /properties/x/pattern of the tool's outputSchema";
    expect(await callTool('slow-output', { answer: value })).toEqual({
      content: [{ type: 'text', text }],
      isError: true,
    });
  });
});

describe('JSON that is nested too deeply', () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  test.each([65, 100_000])('in a request: %i levels', async (levels) => {
    const text = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"answer","arguments":{"answer":${deep(levels)}}}}`;
    expect(await send(text)).toEqual({
      status: 400,
      message: {
        jsonrpc: '2.0',
        id: 7,
        error: { code: -32602, message: 'invalid params: the message is nested more than 64 levels deep' },
      },
    });
  });

  test('in a function response', async () => {
    // the handler returns what it gets, in one more object
    const result = await callTool('answer', { answer: JSON.parse(deep(60)) });
    expect(result).toMatchObject({ content: [{ text: deep(60) }] });
    const body = await callTool('answer', { answer: { statusCode: 200, body: deep(5_000) } });
    expect(body.content).toEqual([{ type: 'text', text: deep(5_000) }]);
  });
});

describe('names of inherited members', () => {
  test.each(['constructor', '__proto__', 'toString'])('%s as the argument of a completion', async (name) => {
    const message = await call('completion/complete', {
      ref: { type: 'ref/prompt', name: 'greet' },
      argument: { name, value: '' },
    });
    expect(message.result.completion.values).toEqual([]);
  });

  test('as a required argument of a prompt', async () => {
    const { error } = await call('prompts/get', { name: 'greet', arguments: {} });
    expect(error.message).toBe('missing arguments of prompt greet: constructor');
  });

  test('as a query parameter', async () => {
    const { content } = await callTool('http', {});
    expect(content[0].text).toContain('"rawQueryString":""');
  });

  test('as the method of an input request', async () => {
    const answer = { resultType: 'input_required', inputRequests: { a: { method: 'constructor', params: {} } } };
    const { content } = await callTool('answer', { answer });
    expect(content[0].text).not.toContain('[native code]');
  });
});

describe('ids and positions of the wrong form', () => {
  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('a task id of 3,000 characters for %s', async (method) => {
    const taskId = 'x'.repeat(3_000);
    const { error } = await modern(method, { taskId, inputResponses: {} }, { 'mcp-name': taskId });
    expect(error).toEqual({ code: -32602, message: 'task not found or expired' });
  });

  test('a progress token of 2,000 characters', async () => {
    const message = await call('tools/call', { name: 'answer', _meta: { progressToken: 't'.repeat(2_000) } });
    expect(message.error.message).toMatch(
      /^invalid params\._meta\.progressToken "t{40}"…: expected a string of at most 1024/,
    );
  });

  test('a cursor', async () => {
    for (const cursor of ['x'.repeat(100_000), Buffer.from('[[').toString('base64url')]) {
      expect((await call('tools/list', { cursor })).error.code).toBe(-32602);
    }
  });

  test('the position of a stream', async () => {
    const clientInfo = { name: 'test', version: '1' };
    const initialize = {
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
    };
    const opened = await fetch(host.url, {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify(initialize),
    });
    const session = opened.headers.get('mcp-session-id')!;
    await opened.text();
    const forged = { updates: `1234567890123${'x'.repeat(900)}`, tools: { toString: 1, valueOf: 1 }, resources: 1 };
    const controller = new AbortController();
    const { status } = await fetch(host.url, {
      headers: {
        accept: 'text/event-stream',
        'mcp-session-id': session,
        'last-event-id': Buffer.from(JSON.stringify(forged)).toString('base64url'),
      },
      signal: controller.signal,
    });
    controller.abort();
    expect(status).toBe(200);
  });

  test('a URI of 5,000 characters', async () => {
    const { error } = await call('resources/read', { uri: 'x'.repeat(5_000) });
    expect(error.message).toBe('uri must have 1 to 2048 bytes');
  });
});

test('a result does not speak for the server', async () => {
  const answer = {
    content: [{ type: 'resource_link', uri: 'javascript:alert(1)', name: 'Invoice' }],
    _meta: { [`${META}/serverInfo`]: { name: 'evil' }, 'example.com/a': 1 },
  };
  const { content, _meta } = await callTool('answer', { answer });
  expect(content).toEqual([{ type: 'text', text: '[link removed: javascript: links are not allowed] Invoice' }]);
  expect(_meta).toEqual({ 'example.com/a': 1 });
});
