import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpSchema } from '../../src';
import { type Fixture, startFixture } from './support/fixture';
import { initialize, openSession } from './support/sse';
import { until } from './support/until';
import { send } from './support/wire';

const MODERN = '2026-07-28';
const META = 'io.modelcontextprotocol';
const MEBIBYTE = 1024 * 1024;

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const HEADER_MISMATCH = -32020;
const MISSING_CAPABILITY = -32021;
const UNSUPPORTED_VERSION = -32022;
/** What the 2025 revisions leave open, and all SDKs answer. */
const NO_CODE = -32000;

/** What must not leave the server: places in code, names of libraries, addresses inside AWS. */
const INTERNALS =
  /node_modules|\.mjs|\.ts:|file:|\n\s*at |zod|invalid_type|arn:aws|amazonaws|\/tmp|TypeError|RangeError/i;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    extend: ({ server, fn }) => {
      const region = { type: 'string', 'x-mcp-header': 'Region' };
      const inputSchema = McpSchema.fromObject({ type: 'object', properties: { message: region } });
      server.addTool(fn('echo'), { name: 'regional', inputSchema });
    },
  });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

type Headers = Record<string, string>;

interface Case {
  /** Headers over those of a good request; undefined leaves one out. */
  readonly headers?: Record<string, string | undefined>;
  readonly body?: unknown;
  readonly status: number;
  /** Of the JSON-RPC error; none where the response has no body. */
  readonly code?: number;
  /** Part of the error's data. */
  readonly data?: unknown;
  /** The `id` that the error answers: the request's, or null where that was not to be known. */
  readonly id?: string | number | null;
}

const ID = 'wire-7';
const message = (method: string, params?: unknown) => ({ jsonrpc: '2.0', id: ID, method, params });
const headersOf = (base: Headers, changes: Case['headers'] = {}): Headers =>
  Object.fromEntries(
    Object.entries({ ...base, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Sends a case and checks the answer; then sends a good request, which must not have suffered. */
async function check(base: Headers, { headers, body, status, code, data, id = ID }: Case, good: object): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await send(fixture.mcpUrl, { headers: headersOf(base, headers), body: text });
  expect(response.status, response.text).toBe(status);
  expect(response.text).not.toMatch(INTERNALS);
  if (code === undefined) {
    expect(response.text).toBe('');
  } else {
    expect(response.messages).toMatchObject([{ jsonrpc: '2.0', id, error: { code, ...(data ? { data } : {}) } }]);
  }
  const next = await send(fixture.mcpUrl, { headers: headersOf(base), body: JSON.stringify(good) });
  expect(next.messages).toMatchObject([{ result: { content: [{ text: 'unharmed' }] } }]);
}

const echo = { name: 'echo', arguments: { message: 'unharmed' } };
const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

describe(MODERN, () => {
  const envelope = { [`${META}/protocolVersion`]: MODERN, [`${META}/clientCapabilities`]: {} };
  const request = (method: string, params: object = {}) => message(method, { _meta: envelope, ...params });
  const headers = { ...json, 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call', 'mcp-name': 'echo' };
  const call = request('tools/call', echo);
  const named = (method: string, name?: string) => ({ 'mcp-method': method, 'mcp-name': name });
  const listWith = (meta: unknown) => ({ headers: named('tools/list'), body: message('tools/list', { _meta: meta }) });
  const without = (key: string) => Object.fromEntries(Object.entries(envelope).filter(([name]) => name !== key));
  const regional = request('tools/call', { name: 'regional', arguments: { message: 'x' } });
  const region = (value?: string) => ({ ...named('tools/call', 'regional'), 'mcp-param-region': value });
  const mismatch = { status: 400, code: HEADER_MISMATCH };
  const noMethod = (method: string, params?: object) => ({
    headers: named(method),
    body: request(method, params),
    status: 404,
    code: METHOD_NOT_FOUND,
  });
  const notRpc = { status: 400, code: INVALID_REQUEST };

  const cases: Record<string, Case> = {
    'no MCP-Protocol-Version': { headers: { 'mcp-protocol-version': undefined }, body: call, ...mismatch },
    'MCP-Protocol-Version of another revision than the body': {
      headers: { 'mcp-protocol-version': '2025-11-25' },
      body: call,
      ...mismatch,
    },
    'no Mcp-Method': { headers: { 'mcp-method': undefined }, body: call, ...mismatch },
    'another Mcp-Method than the body': { headers: named('tools/list', 'echo'), body: call, ...mismatch },
    'Mcp-Method in another case': { headers: named('Tools/Call', 'echo'), body: call, ...mismatch },
    'no Mcp-Name': { headers: { 'mcp-name': undefined }, body: call, ...mismatch },
    'another Mcp-Name than the tool': { headers: { 'mcp-name': 'record' }, body: call, ...mismatch },
    'another Mcp-Name than the resource': {
      headers: named('resources/read', 'docs://other'),
      body: request('resources/read', { uri: 'docs://readme' }),
      ...mismatch,
    },
    'another Mcp-Name than the prompt': {
      headers: named('prompts/get', 'other'),
      body: request('prompts/get', { name: 'greeting', arguments: { name: 'Ada' } }),
      ...mismatch,
    },
    'Mcp-Name that is no base64': { headers: { 'mcp-name': '=?base64?ZWNo!!?=' }, body: call, ...mismatch },
    'no Mcp-Param for an argument': { headers: region(), body: regional, ...mismatch },
    'another Mcp-Param than the argument': { headers: region('y'), body: regional, ...mismatch },
    'Mcp-Param that is no base64': { headers: region('=?base64?eA?='), body: regional, ...mismatch },
    'two values of one header': { headers: { 'mcp-name': 'echo, echo' }, body: call, ...mismatch },

    'no params': {
      headers: named('tools/list'),
      body: message('tools/list'),
      status: 400,
      code: INVALID_PARAMS,
    },
    'no _meta': { headers: named('tools/list'), body: message('tools/list', {}), status: 400, code: INVALID_PARAMS },
    '_meta without protocolVersion': {
      ...listWith(without(`${META}/protocolVersion`)),
      status: 400,
      code: INVALID_PARAMS,
    },
    '_meta without clientCapabilities': {
      ...listWith(without(`${META}/clientCapabilities`)),
      status: 400,
      code: INVALID_PARAMS,
    },
    'clientCapabilities that are no object': {
      ...listWith({ ...envelope, [`${META}/clientCapabilities`]: 7 }),
      status: 400,
      code: INVALID_PARAMS,
    },
    'a log level that there is not': {
      ...listWith({ ...envelope, [`${META}/logLevel`]: 'loud' }),
      status: 400,
      code: INVALID_PARAMS,
    },
    '_meta that is no object': { ...listWith(5), ...notRpc },
    'a revision that there is not': {
      headers: { ...named('tools/list'), 'mcp-protocol-version': '2099-01-01' },
      body: message('tools/list', { _meta: { ...envelope, [`${META}/protocolVersion`]: '2099-01-01' } }),
      status: 400,
      code: UNSUPPORTED_VERSION,
      data: { supported: [MODERN], requested: '2099-01-01' },
    },
    'a capability that the client has not declared': {
      headers: named('tools/call', 'ask'),
      body: request('tools/call', { name: 'ask', arguments: {} }),
      status: 400,
      code: MISSING_CAPABILITY,
      data: { requiredCapabilities: { elicitation: {} } },
    },

    'a method that there is not': noMethod('no/such'),
    initialize: noMethod('initialize', {
      protocolVersion: MODERN,
      capabilities: {},
      clientInfo: { name: 'wire', version: '1' },
    }),
    ping: noMethod('ping'),
    'logging/setLevel': noMethod('logging/setLevel', { level: 'info' }),
    'resources/subscribe': noMethod('resources/subscribe', { uri: 'docs://readme' }),
    'tasks/list': noMethod('tasks/list'),
    'tasks/result': noMethod('tasks/result', { taskId: 'x' }),
    'a name of Object.prototype as method': noMethod('constructor'),

    'a batch': { body: [call], ...notRpc, id: null },
    'an empty batch': { body: [], ...notRpc, id: null },
    'no JSON': { body: '{"jsonrpc":', status: 400, code: PARSE_ERROR, id: null },
    'no body': { body: '', status: 400, code: PARSE_ERROR, id: null },
    'a string': { body: '"hello"', ...notRpc, id: null },
    null: { body: 'null', ...notRpc, id: null },
    'another JSON-RPC': { body: { ...call, jsonrpc: '1.0' }, ...notRpc },
    'an id of null': { body: { ...call, id: null }, ...notRpc, id: null },
    'an id that is an object': { body: { ...call, id: { a: 1 } }, ...notRpc, id: null },
    'a method that is a number': { body: { ...call, method: 5 }, ...notRpc, id: null },
    'params in an array': { body: { ...call, params: [1] }, ...notRpc },
    'an answer to a question that nobody asked': {
      body: { jsonrpc: '2.0', id: ID, result: {} },
      ...notRpc,
      id: null,
    },

    'another content type': {
      headers: { 'content-type': 'text/plain' },
      body: call,
      status: 415,
      code: NO_CODE,
      id: null,
    },
    'no content type': { headers: { 'content-type': undefined }, body: call, status: 415, code: NO_CODE, id: null },
    'more than 4 MiB': {
      body: request('tools/call', { ...echo, padding: 'x'.repeat(4 * MEBIBYTE) }),
      status: 413,
      code: INVALID_REQUEST,
      id: null,
    },

    'a tool that there is not': {
      headers: named('tools/call', 'nothing'),
      body: request('tools/call', { name: 'nothing' }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'a resource that there is not': {
      headers: named('resources/read', 'docs://nothing'),
      body: request('resources/read', { uri: 'docs://nothing' }),
      status: 200,
      code: INVALID_PARAMS,
      data: { uri: 'docs://nothing' },
    },
    'arguments in an array': {
      body: request('tools/call', { name: 'echo', arguments: [1] }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'a cursor that is a number': {
      headers: named('tools/list'),
      body: request('tools/list', { cursor: 5 }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'a cursor of nobody': {
      headers: named('tools/list'),
      body: request('tools/list', { cursor: 'nobody' }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'a requestState of nobody': {
      headers: named('tools/call', 'ask'),
      body: request('tools/call', { name: 'ask', arguments: {}, requestState: '1.forged' }),
      status: 200,
      code: INVALID_PARAMS,
    },

    'a notification': {
      headers: named('notifications/cancelled'),
      body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'other', _meta: envelope } },
      status: 202,
    },
    'a notification that there is not': {
      headers: named('notifications/nothing'),
      body: { jsonrpc: '2.0', method: 'notifications/nothing', params: { _meta: envelope } },
      status: 202,
    },
  };
  test.each(Object.entries(cases))('%s', (_, each) => check(headers, each, call));

  test.each([
    ['a base64 Mcp-Name', { 'mcp-name': '=?base64?ZWNobw==?=' }],
    ['a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['a session id and a last event id of older revisions', { 'mcp-session-id': 'x', 'last-event-id': '1' }],
    ['spaces around values', { 'mcp-name': '  echo  ' }],
    ['an Accept without streams', { accept: 'application/json' }],
  ])('%s is no mistake', async (_, more) => {
    const response = await send(fixture.mcpUrl, { headers: headersOf(headers, more), body: JSON.stringify(call) });
    expect(response).toMatchObject({ status: 200, messages: [{ id: ID, result: { resultType: 'complete' } }] });
  });
});

describe('2025 revisions', () => {
  const call = message('tools/call', echo);
  const inRevision = (version: string) => ({ 'mcp-protocol-version': version });
  const ping = message('ping');
  const invalid = { status: 400, code: INVALID_REQUEST, id: null };

  const cases: Record<string, Case> = {
    'a revision that there is not': {
      headers: inRevision('1999-01-01'),
      body: call,
      status: 400,
      code: NO_CODE,
      id: null,
    },
    'a method that there is not': { body: message('no/such'), status: 200, code: METHOD_NOT_FOUND },
    'a method of the next revision': { body: message('server/discover'), status: 200, code: METHOD_NOT_FOUND },
    'a batch in 2025-06-18': { headers: inRevision('2025-06-18'), body: [call], ...invalid },
    'a batch in 2025-11-25': { headers: inRevision('2025-11-25'), body: [call], ...invalid },
    'an empty batch': { body: [], ...invalid },
    'a batch of anything': { body: [1], ...invalid },
    'initialize in a batch': {
      body: [
        message('initialize', {
          protocolVersion: '2025-03-26',
          capabilities: {},
          clientInfo: { name: 'wire', version: '1' },
        }),
        ping,
      ],
      ...invalid,
    },
    'no JSON': { body: '{', status: 400, code: PARSE_ERROR, id: null },
    'no body': { body: '', status: 400, code: PARSE_ERROR, id: null },
    'a string': { body: '"hello"', ...invalid },
    'another JSON-RPC': { body: { ...ping, jsonrpc: '1.0' }, ...invalid, id: ID },
    'an id of null': { body: { ...ping, id: null }, ...invalid },
    'neither method nor answer': { body: { jsonrpc: '2.0', id: ID }, ...invalid },
    'an answer without a session': { body: { jsonrpc: '2.0', id: ID, result: {} }, ...invalid },
    'an error without a session': { body: { jsonrpc: '2.0', id: ID, error: { code: 1, message: 'no' } }, ...invalid },
    'another content type': {
      headers: { 'content-type': 'text/plain' },
      body: ping,
      status: 415,
      code: NO_CODE,
      id: null,
    },
    'an Accept without streams': {
      headers: { accept: 'application/json' },
      body: ping,
      status: 406,
      code: NO_CODE,
      id: null,
    },
    'no Accept': { headers: { accept: undefined }, body: ping, status: 406, code: NO_CODE, id: null },
    'a session that there is not': {
      headers: { 'mcp-session-id': 'f'.repeat(32) },
      body: ping,
      status: 404,
      code: -32001,
      id: null,
    },
    'a session id of no session': {
      headers: { 'mcp-session-id': '../x' },
      body: ping,
      status: 404,
      code: -32001,
      id: null,
    },
    'more than 4 MiB': {
      body: message('tools/call', { ...echo, padding: 'x'.repeat(4 * MEBIBYTE) }),
      status: 413,
      code: INVALID_REQUEST,
      id: null,
    },
    'initialize without its params': { body: message('initialize', {}), status: 200, code: INVALID_PARAMS },
    'a call of nothing': { body: message('tools/call', {}), status: 200, code: INVALID_PARAMS },
    'a tool that there is not': { body: message('tools/call', { name: 'nothing' }), status: 200, code: INVALID_PARAMS },
    'a cursor that is a number': { body: message('tools/list', { cursor: 5 }), status: 200, code: INVALID_PARAMS },
    'a log level that there is not': {
      body: message('logging/setLevel', { level: 'loud' }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'a notification': { body: { jsonrpc: '2.0', method: 'notifications/initialized' }, status: 202 },
    'a notification that there is not': { body: { jsonrpc: '2.0', method: 'notifications/nothing' }, status: 202 },
  };
  test.each(Object.entries(cases))('%s', (_, each) => check(json, each, call));

  test.each([
    ['that says so', inRevision('2025-03-26')],
    ['that says nothing', {}],
  ])('a client of 2025-03-26 %s may send a batch', async (_, revision) => {
    const body = JSON.stringify([{ ...ping, id: 1 }, call, { jsonrpc: '2.0', method: 'notifications/initialized' }]);
    const { status, messages } = await send(fixture.mcpUrl, { headers: { ...json, ...revision }, body });
    expect(status).toBe(200);
    expect(messages.map(({ id }) => id).sort()).toEqual([1, ID].sort());
  });
});

describe('HTTP+SSE', () => {
  const cases: Record<string, [message: object, code: number]> = {
    'a method that there is not': [message('no/such'), METHOD_NOT_FOUND],
    'a tool that there is not': [message('tools/call', { name: 'nothing' }), INVALID_PARAMS],
    'a call of nothing': [message('tools/call', {}), INVALID_PARAMS],
    'a cursor that is a number': [message('tools/list', { cursor: 5 }), INVALID_PARAMS],
    'a cursor of nobody': [message('tools/list', { cursor: 'nobody' }), INVALID_PARAMS],
    'a log level that there is not': [message('logging/setLevel', { level: 'loud' }), INVALID_PARAMS],
  };
  test('what is wrong is answered on the stream, and the session goes on', async () => {
    await using session = await openSession(fixture);
    await initialize(session);
    for (const [what, [wrong, code]] of Object.entries(cases)) {
      const id = `wrong: ${what}`;
      expect((await session.post({ ...wrong, id })).status).toBe(202);
      const answer = await until(what, () => session.messages.find((each) => each.id === id));
      expect(answer, what).toMatchObject({ jsonrpc: '2.0', error: { code } });
      expect(JSON.stringify(answer)).not.toMatch(INTERNALS);
    }
    await session.post(message('tools/call', echo));
    const good = await until('a good call', () => session.messages.find(({ id }) => id === ID));
    expect(good.result.content).toMatchObject([{ text: 'unharmed' }]);
  });

  test.each([
    ['no session id', ''],
    ['a session that there is not', `?sessionId=${'f'.repeat(32)}`],
    ['a session id of no session', '?sessionId=../x'],
  ])('a message with %s', async (_, query) => {
    const url = new URL(query, fixture.messageUrl);
    const response = await send(url, { headers: json, body: JSON.stringify(message('ping')) });
    expect([400, 404]).toContain(response.status);
    expect(response.text).not.toMatch(INTERNALS);
  });

  test.each([
    ['no JSON', '{', 400],
    ['no message', '"hello"', 400],
    ['an empty batch', '[]', 400],
  ])('%s', async (_, body, status) => {
    await using session = await openSession(fixture);
    const response = await send(session.messageUrl, { headers: json, body });
    expect(response.status).toBe(status);
    expect(response.text).not.toMatch(INTERNALS);
    expect((await session.post(message('ping'))).status).toBe(202);
  });
});

describe('whatever the revision', () => {
  test.each(['PUT', 'PATCH', 'OPTIONS', 'HEAD'])('%s is no method of this address', async (method) => {
    const response = await send(fixture.mcpUrl, { method, headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(405);
    expect(response.headers.allow).toMatch(/^POST/);
    expect(response.text).not.toMatch(INTERNALS);
  });

  test('a GET is none without notifications', async () => {
    expect(await send(fixture.mcpUrl, { method: 'GET', headers: { accept: 'text/event-stream' } })).toMatchObject({
      status: 405,
    });
  });

  test.each(['https://evil.example', 'null', 'not a url'])('the origin %s is kept out', async (origin) => {
    const response = await send(fixture.mcpUrl, {
      headers: { ...json, origin },
      body: JSON.stringify(message('ping')),
    });
    expect(response.status).toBe(403);
    expect(response.text).not.toMatch(INTERNALS);
  });

  test('a body over the limit of API Gateway', async () => {
    const response = await send(fixture.mcpUrl, { headers: json, body: Buffer.alloc(10 * MEBIBYTE + 1, ' ') });
    expect(response.status).toBe(413);
  });
});
