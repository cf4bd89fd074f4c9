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
/** The code of all SDKs where the 2025 revisions define none. */
const NO_CODE = -32000;

/** Internals that must not reach clients: source locations, library names, AWS identifiers. */
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
  /** Headers that replace those of a valid request. Undefined omits one. */
  readonly headers?: Record<string, string | undefined>;
  readonly body?: unknown;
  readonly status: number;
  /** Code of the JSON-RPC error. Absent if the response has no body. */
  readonly code?: number;
  /** Expected part of the error's data. */
  readonly data?: unknown;
  /** The `id` of the response: the request's, or null if that cannot be determined. */
  readonly id?: string | number | null;
}

const ID = 'wire-7';
const message = (method: string, params?: unknown) => ({ jsonrpc: '2.0', id: ID, method, params });
const headersOf = (base: Headers, changes: Case['headers'] = {}): Headers =>
  Object.fromEntries(
    Object.entries({ ...base, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Sends a case and checks the response. Then checks that a valid request still succeeds. */
async function check(
  base: Headers,
  { headers, body, status, code, data, id = ID }: Case,
  valid: object,
): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await send(fixture.mcpUrl, { headers: headersOf(base, headers), body: text });
  expect(response.status, response.text).toBe(status);
  expect(response.text).not.toMatch(INTERNALS);
  if (code === undefined) {
    expect(response.text).toBe('');
  } else {
    expect(response.messages).toMatchObject([{ jsonrpc: '2.0', id, error: { code, ...(data ? { data } : {}) } }]);
  }
  const next = await send(fixture.mcpUrl, { headers: headersOf(base), body: JSON.stringify(valid) });
  expect(next.messages).toMatchObject([{ result: { content: [{ text: 'still works' }] } }]);
}

const echo = { name: 'echo', arguments: { message: 'still works' } };
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
    'MCP-Protocol-Version that differs from the body': {
      headers: { 'mcp-protocol-version': '2025-11-25' },
      body: call,
      ...mismatch,
    },
    'no Mcp-Method': { headers: { 'mcp-method': undefined }, body: call, ...mismatch },
    'Mcp-Method that differs from the body': { headers: named('tools/list', 'echo'), body: call, ...mismatch },
    'Mcp-Method in a different case': { headers: named('Tools/Call', 'echo'), body: call, ...mismatch },
    'no Mcp-Name': { headers: { 'mcp-name': undefined }, body: call, ...mismatch },
    'Mcp-Name that differs from the tool': { headers: { 'mcp-name': 'record' }, body: call, ...mismatch },
    'Mcp-Name that differs from the resource': {
      headers: named('resources/read', 'docs://other'),
      body: request('resources/read', { uri: 'docs://readme' }),
      ...mismatch,
    },
    'Mcp-Name that differs from the prompt': {
      headers: named('prompts/get', 'other'),
      body: request('prompts/get', { name: 'greeting', arguments: { name: 'Ada' } }),
      ...mismatch,
    },
    'Mcp-Name with invalid base64': { headers: { 'mcp-name': '=?base64?ZWNo!!?=' }, body: call, ...mismatch },
    'no Mcp-Param for a mirrored argument': { headers: region(), body: regional, ...mismatch },
    'Mcp-Param that differs from the argument': { headers: region('y'), body: regional, ...mismatch },
    'Mcp-Param with invalid base64': { headers: region('=?base64?eA?='), body: regional, ...mismatch },
    'two values for one header': { headers: { 'mcp-name': 'echo, echo' }, body: call, ...mismatch },

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
    'clientCapabilities that are not an object': {
      ...listWith({ ...envelope, [`${META}/clientCapabilities`]: 7 }),
      status: 400,
      code: INVALID_PARAMS,
    },
    'an unknown log level': {
      ...listWith({ ...envelope, [`${META}/logLevel`]: 'loud' }),
      status: 400,
      code: INVALID_PARAMS,
    },
    '_meta that is not an object': { ...listWith(5), ...notRpc },
    'an unknown revision': {
      headers: { ...named('tools/list'), 'mcp-protocol-version': '2099-01-01' },
      body: message('tools/list', { _meta: { ...envelope, [`${META}/protocolVersion`]: '2099-01-01' } }),
      status: 400,
      code: UNSUPPORTED_VERSION,
      data: { supported: [MODERN], requested: '2099-01-01' },
    },
    'a capability that the client lacks': {
      headers: named('tools/call', 'ask'),
      body: request('tools/call', { name: 'ask', arguments: {} }),
      status: 400,
      code: MISSING_CAPABILITY,
      data: { requiredCapabilities: { elicitation: {} } },
    },

    'an unknown method': noMethod('no/such'),
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
    'a method named like a member of Object.prototype': noMethod('constructor'),

    'a batch': { body: [call], ...notRpc, id: null },
    'an empty batch': { body: [], ...notRpc, id: null },
    'invalid JSON': { body: '{"jsonrpc":', status: 400, code: PARSE_ERROR, id: null },
    'no body': { body: '', status: 400, code: PARSE_ERROR, id: null },
    'a string': { body: '"hello"', ...notRpc, id: null },
    null: { body: 'null', ...notRpc, id: null },
    'an unsupported JSON-RPC version': { body: { ...call, jsonrpc: '1.0' }, ...notRpc },
    'an id of null': { body: { ...call, id: null }, ...notRpc, id: null },
    'an id that is an object': { body: { ...call, id: { a: 1 } }, ...notRpc, id: null },
    'a method that is a number': { body: { ...call, method: 5 }, ...notRpc, id: null },
    'params in an array': { body: { ...call, params: [1] }, ...notRpc },
    'a response without a pending request': {
      body: { jsonrpc: '2.0', id: ID, result: {} },
      ...notRpc,
      id: null,
    },

    'an unsupported content type': {
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

    'an unknown tool': {
      headers: named('tools/call', 'nothing'),
      body: request('tools/call', { name: 'nothing' }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'an unknown resource': {
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
    'a forged cursor': {
      headers: named('tools/list'),
      body: request('tools/list', { cursor: 'forged' }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'a forged requestState': {
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
    'an unknown notification': {
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
  ])('accepts %s', async (_, more) => {
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
    'an unknown revision': {
      headers: inRevision('1999-01-01'),
      body: call,
      status: 400,
      code: NO_CODE,
      id: null,
    },
    'an unknown method': { body: message('no/such'), status: 200, code: METHOD_NOT_FOUND },
    'a method of a later revision': { body: message('server/discover'), status: 200, code: METHOD_NOT_FOUND },
    'a batch in 2025-06-18': { headers: inRevision('2025-06-18'), body: [call], ...invalid },
    'a batch in 2025-11-25': { headers: inRevision('2025-11-25'), body: [call], ...invalid },
    'an empty batch': { body: [], ...invalid },
    'a batch of non-messages': { body: [1], ...invalid },
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
    'invalid JSON': { body: '{', status: 400, code: PARSE_ERROR, id: null },
    'no body': { body: '', status: 400, code: PARSE_ERROR, id: null },
    'a string': { body: '"hello"', ...invalid },
    'an unsupported JSON-RPC version': { body: { ...ping, jsonrpc: '1.0' }, ...invalid, id: ID },
    'an id of null': { body: { ...ping, id: null }, ...invalid },
    'neither a request nor a response': { body: { jsonrpc: '2.0', id: ID }, ...invalid },
    'a response without a session': { body: { jsonrpc: '2.0', id: ID, result: {} }, ...invalid },
    'an error without a session': { body: { jsonrpc: '2.0', id: ID, error: { code: 1, message: 'no' } }, ...invalid },
    'an unsupported content type': {
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
    'an unknown session': {
      headers: { 'mcp-session-id': 'f'.repeat(32) },
      body: ping,
      status: 404,
      code: -32001,
      id: null,
    },
    'a malformed session id': {
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
    'a call without a name': { body: message('tools/call', {}), status: 200, code: INVALID_PARAMS },
    'an unknown tool': { body: message('tools/call', { name: 'nothing' }), status: 200, code: INVALID_PARAMS },
    'a cursor that is a number': { body: message('tools/list', { cursor: 5 }), status: 200, code: INVALID_PARAMS },
    'an unknown log level': {
      body: message('logging/setLevel', { level: 'loud' }),
      status: 200,
      code: INVALID_PARAMS,
    },
    'a notification': { body: { jsonrpc: '2.0', method: 'notifications/initialized' }, status: 202 },
    'an unknown notification': { body: { jsonrpc: '2.0', method: 'notifications/nothing' }, status: 202 },
  };
  test.each(Object.entries(cases))('%s', (_, each) => check(json, each, call));

  test.each([
    ['with its header', inRevision('2025-03-26')],
    ['without a header', {}],
  ])('accepts a batch from a client of 2025-03-26 %s', async (_, revision) => {
    const body = JSON.stringify([{ ...ping, id: 1 }, call, { jsonrpc: '2.0', method: 'notifications/initialized' }]);
    const { status, messages } = await send(fixture.mcpUrl, { headers: { ...json, ...revision }, body });
    expect(status).toBe(200);
    expect(messages.map(({ id }) => id).sort()).toEqual([1, ID].sort());
  });
});

describe('absent values', () => {
  const requests = (meta?: object) => [
    message('tools/call', { name: 'reflect', arguments: null, ...meta }),
    message('tools/list', { cursor: null, ...meta }),
    message('tools/list', { cursor: '', ...meta }),
    ...(meta ? [] : [message('tools/list', null as never), message('tools/list', { _meta: null })]),
  ];

  test.each(['*/*', 'application/*, text/*', undefined])('are accepted over /mcp with Accept: %s', async (accept) => {
    for (const body of requests()) {
      const headers = headersOf(json, { accept });
      const { status, messages } = await send(fixture.mcpUrl, { headers, body: JSON.stringify(body) });
      expect([status, messages]).toEqual([200, [{ jsonrpc: '2.0', id: ID, result: expect.any(Object) }]]);
      expect(messages[0].result.isError).toBeUndefined();
    }
    const _meta = { [`${META}/protocolVersion`]: MODERN, [`${META}/clientCapabilities`]: {}, progressToken: null };
    for (const body of requests({ _meta })) {
      const headers = headersOf(json, {
        accept,
        'mcp-protocol-version': MODERN,
        'mcp-method': body.method,
        'mcp-name': (body.params as { name?: string }).name,
      });
      const { status, messages } = await send(fixture.mcpUrl, { headers, body: JSON.stringify(body) });
      expect([status, messages]).toMatchObject([200, [{ id: ID, result: { resultType: 'complete' } }]]);
    }
  });

  test('are accepted over HTTP+SSE', async () => {
    await using session = await openSession(fixture);
    await initialize(session);
    for (const [index, body] of requests().entries()) {
      const id = `absent-${index}`;
      expect((await session.post({ ...body, id })).status).toBe(202);
      const response = await until(id, () => session.messages.find((each) => each.id === id));
      expect(response.result, JSON.stringify(body)).toBeTypeOf('object');
      expect(response.result.isError).toBeUndefined();
    }
  });
});

describe('HTTP+SSE', () => {
  const cases: Record<string, [message: object, code: number]> = {
    'an unknown method': [message('no/such'), METHOD_NOT_FOUND],
    'an unknown tool': [message('tools/call', { name: 'nothing' }), INVALID_PARAMS],
    'a call without a name': [message('tools/call', {}), INVALID_PARAMS],
    'a cursor that is a number': [message('tools/list', { cursor: 5 }), INVALID_PARAMS],
    'a forged cursor': [message('tools/list', { cursor: 'forged' }), INVALID_PARAMS],
    'an unknown log level': [message('logging/setLevel', { level: 'loud' }), INVALID_PARAMS],
  };
  test('returns errors on the stream and keeps the session', async () => {
    await using session = await openSession(fixture);
    await initialize(session);
    for (const [name, [invalid, code]] of Object.entries(cases)) {
      const id = `invalid: ${name}`;
      expect((await session.post({ ...invalid, id })).status).toBe(202);
      const response = await until(name, () => session.messages.find((each) => each.id === id));
      expect(response, name).toMatchObject({ jsonrpc: '2.0', error: { code } });
      expect(JSON.stringify(response)).not.toMatch(INTERNALS);
    }
    await session.post(message('tools/call', echo));
    const valid = await until('a valid call', () => session.messages.find(({ id }) => id === ID));
    expect(valid.result.content).toMatchObject([{ text: 'still works' }]);
  });

  test.each([
    ['no session id', ''],
    ['an unknown session', `?sessionId=${'f'.repeat(32)}`],
    ['a malformed session id', '?sessionId=../x'],
  ])('rejects a message with %s', async (_, query) => {
    const url = new URL(query, fixture.messageUrl);
    const response = await send(url, { headers: json, body: JSON.stringify(message('ping')) });
    expect([400, 404]).toContain(response.status);
    expect(response.text).not.toMatch(INTERNALS);
  });

  test.each([
    ['invalid JSON', '{', 400],
    ['a string', '"hello"', 400],
    ['an empty batch', '[]', 400],
  ])('rejects %s', async (_, body, status) => {
    await using session = await openSession(fixture);
    const response = await send(session.messageUrl, { headers: json, body });
    expect(response.status).toBe(status);
    expect(response.text).not.toMatch(INTERNALS);
    expect((await session.post(message('ping'))).status).toBe(202);
  });
});

describe('all revisions', () => {
  test.each(['PUT', 'PATCH', 'OPTIONS', 'HEAD'])('rejects the HTTP method %s', async (method) => {
    const response = await send(fixture.mcpUrl, { method, headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(405);
    expect(response.headers.allow).toMatch(/^POST/);
    expect(response.text).not.toMatch(INTERNALS);
  });

  test('rejects GET without notifications', async () => {
    expect(await send(fixture.mcpUrl, { method: 'GET', headers: { accept: 'text/event-stream' } })).toMatchObject({
      status: 405,
    });
  });

  test.each(['https://evil.example', 'null', 'not a url'])('rejects the origin %s', async (origin) => {
    const response = await send(fixture.mcpUrl, {
      headers: { ...json, origin },
      body: JSON.stringify(message('ping')),
    });
    expect(response.status).toBe(403);
    expect(response.text).not.toMatch(INTERNALS);
  });

  test('rejects a body over the limit of API Gateway', async () => {
    const response = await send(fixture.mcpUrl, { headers: json, body: Buffer.alloc(10 * MEBIBYTE + 1, ' ') });
    expect(response.status).toBe(413);
  });
});
