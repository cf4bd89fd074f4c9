/** Limits of callers by every route: with a status where the response has not begun, otherwise as an error of JSON-RPC. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { startDynamoDb } from '../../support/dynamodb.js';
import { startSseHost } from '../../support/sse-host.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { RawClient } from '../sse/raw-client.js';
import { startTestServer, type TestServer, until } from '../sse/sessions.js';

const META = 'io.modelcontextprotocol';
const VERSION = '2026-07-28';

let server: TestServer;
let database: { url: string; stop(): Promise<void> };
let functions: { stop(): Promise<void> };
let host: StreamingHost;
let callers = 0;
let user: { 'x-test-user': string };

beforeAll(async () => {
  database = await startDynamoDb();
  vi.stubEnv('MCP_TEST_DYNAMODB_URL', database.url);
  server = await startTestServer();
  functions = await startFunctions(['answer', 'document', 'greeting']);
  Object.assign(process.env, {
    [ENV.HTTP_SESSIONS]: 'true',
    [ENV.TASK_RUNNER_ARN]: functionArn('answer'),
    [ENV.CALLER_LIMITS]: '{"dailyCalls":2}',
  });
  await server.tables.register(
    tool('answer', { lambdaArn: functionArn('answer'), taskSupport: 'optional' }),
    resource('page', { lambdaArn: functionArn('document'), uriTemplate: 'docs://{page}' }),
    prompt('greet', { lambdaArn: functionArn('greeting') }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
beforeEach(() => {
  callers += 1;
  user = { 'x-test-user': `user-${callers}` };
});
afterAll(async () => {
  await host.close();
  await functions.stop();
  await server.stop();
  await database.stop();
  vi.unstubAllEnvs();
});

const rpc = (method: string, params: object = {}, id = 1) => ({ jsonrpc: '2.0', id, method, params });
const call = { name: 'answer', arguments: { answer: 'ok' } };

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(host.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...user, ...headers },
    body: JSON.stringify(body),
  });
}

function modern(method: string, params: any): Promise<Response> {
  const name = params.name ?? params.uri ?? params.taskId;
  const capabilities = { extensions: { [`${META}/tasks`]: {} } };
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: capabilities };
  const headers = { 'mcp-protocol-version': VERSION, 'mcp-method': method, ...(name ? { 'mcp-name': name } : {}) };
  return post(rpc(method, { _meta, ...params }), headers);
}

async function session(): Promise<Record<string, string>> {
  const params = { protocolVersion: '2025-11-25', clientInfo: { name: 'x', version: '1' }, capabilities: {} };
  const response = await post(rpc('initialize', params));
  await response.text();
  return { 'mcp-session-id': response.headers.get('mcp-session-id')!, 'mcp-protocol-version': '2025-11-25' };
}

describe('a single request gets status 429 with Retry-After', () => {
  test.each<[string, () => Promise<(method: string, params: any) => Promise<Response>>]>([
    ['a 2026 client', async () => modern],
    ['a 2025 client', async () => (method, params) => post(rpc(method, params))],
    [
      'a 2025 session',
      async () => {
        const headers = await session();
        return (method, params) => post(rpc(method, params), headers);
      },
    ],
  ])('of %s', async (_, connect) => {
    const send = await connect();
    for (const [method, params] of [
      ['tools/list', {}],
      ['resources/read', { uri: 'docs://1' }],
      ['tools/list', {}],
      ['prompts/get', { name: 'greet', arguments: {} }],
    ] as const) {
      const response = await send(method, params);
      expect(response.status).toBe(200);
      await response.text();
    }
    const refused = await send('tools/call', call);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      id: 1,
      error: { code: -32603, data: { limit: 'limits.caller.dailyCalls', value: 2 } },
    });
    expect((await send('tools/list', {})).status).toBe(200);
  });
});

test('each call of a batch counts, and gets its own error', async () => {
  const response = await post([rpc('tools/call', call, 1), rpc('tools/call', call, 2), rpc('tools/call', call, 3)], {
    'mcp-protocol-version': '2025-03-26',
  });
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text.match(/"limit":"limits\.caller\.dailyCalls"/g)).toHaveLength(1);
});

test('on /sse, a call gets an error of JSON-RPC', async () => {
  const sse = await startSseHost();
  const client = await RawClient.connect(sse.url, user);
  await until(() => client.endpoint);
  for (const id of [1, 2, 3]) {
    await client.post(rpc('tools/call', call, id));
    await until(() => client.messages.find((each) => each.id === id));
  }
  const [first, second, third] = [1, 2, 3].map((id) => client.messages.find((each) => each.id === id));
  expect([first, second]).toMatchObject([{ result: {} }, { result: {} }]);
  expect(third.error).toMatchObject({ data: { limit: 'limits.caller.dailyCalls' } });
  client.disconnect();
  await sse.close();
});

test('a task counts once', async () => {
  const { result } = (await (await modern('tools/call', call)).json()) as { result: { taskId: string } };
  for (let i = 0; i < 3; i++) expect((await modern('tasks/get', { taskId: result.taskId })).status).toBe(200);
  expect((await modern('tools/call', call)).status).toBe(200);
  expect((await modern('tools/call', call)).status).toBe(429);
});

test('calls of what does not exist do not count', async () => {
  for (let i = 0; i < 3; i++) await (await modern('tools/call', { name: 'missing', arguments: {} })).text();
  expect((await modern('tools/call', call)).status).toBe(200);
});
