import { gzipSync } from 'node:zlib';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { send } from '../../e2e/support/wire.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { Tables } from '../mcp/tables.js';

const VERSION = '2026-07-28';
const META = 'io.modelcontextprotocol';

let aws: EmbeddedAws;
let tables: Tables;
let functions: { stop(): Promise<void> };
let host: StreamingHost;
/** Passes bodies in base64, as for binary media types. */
let base64Host: StreamingHost;
const closing: Array<() => Promise<unknown>> = [];

const headerSchema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    inner: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' } } },
  },
};

const load = async () => (await import('../../../lambda/http/index.js')).handler;

beforeAll(async () => {
  aws = await startEmbeddedAws();
  tables = new Tables(aws.dynamoDb, 'http');
  await tables.create();
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1.2.3', instructions: 'Be kind.' });
  functions = await startFunctions(['reflect', 'answer', 'fail', 'slow', 'ask', 'document', 'greeting', 'listing']);
  await tables.register(
    tool('reflect', { lambdaArn: functionArn('reflect') }),
    tool('request', { lambdaArn: functionArn('reflect'), event: { type: 'request' } }),
    tool('answer', { lambdaArn: functionArn('answer') }),
    tool('fail', { lambdaArn: functionArn('fail') }),
    tool('slow', { lambdaArn: functionArn('slow') }),
    tool('ask', { lambdaArn: functionArn('ask'), event: { type: 'request' }, asksClient: ['elicitation'] }),
    tool('headers', { lambdaArn: functionArn('reflect'), inputSchema: headerSchema }),
    resource('page', {
      uriTemplate: 'docs://{page}',
      lambdaArn: functionArn('document'),
      cache: { ttlSeconds: 60, scope: 'public' },
    }),
    resource('plain', { uriTemplate: 'plain://{page}', lambdaArn: functionArn('document') }),
    prompt('greet', { lambdaArn: functionArn('greeting') }),
  );
  host = await startStreamingHost('/mcp', load);
  base64Host = await startStreamingHost('/mcp', load, { base64: true });
});
afterAll(async () => {
  await host.close();
  await base64Host.close();
  await functions.stop();
  await aws.stop();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function legacy(headers: Record<string, string> = {}, url = host.url) {
  const client = new Client({ name: 'v1', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'decline' }));
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }) as never);
  closing.push(() => client.close());
  return client;
}

async function modern(mode: 'legacy' | 'auto' | { pin: string }, headers: Record<string, string> = {}) {
  const client = new ModernClient({ name: 'v2', version: '2' }, {
    capabilities: { elicitation: { form: {} } },
    versionNegotiation: { mode },
  } as never);
  await client.connect(new ModernTransport(host.url, { requestInit: { headers } }));
  closing.push(() => client.close());
  return client;
}

const envelope = (extra: object = {}) => ({
  [`${META}/protocolVersion`]: VERSION,
  [`${META}/clientCapabilities`]: {},
  ...extra,
});

/** Sends a valid 2026 POST, with the headers that a test overrides. */
function post(method: string, params: object, headers: Record<string, string | undefined> = {}, url = host.url) {
  const { name, uri } = params as { name?: string; uri?: string };
  const all: Record<string, string | undefined> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': VERSION,
    'mcp-method': method,
    'mcp-name': name ?? uri,
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: envelope(), ...params } });
  return fetch(url, { method: 'POST', headers: Object.fromEntries(given), body });
}

const legacyHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const legacyPost = (body: string, headers: Record<string, string> = {}) =>
  fetch(host.url, { method: 'POST', headers: { ...legacyHeaders, ...headers }, body });
const toolsList = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

describe('clients', () => {
  test.each([
    ['v1', () => legacy()],
    ['v2, legacy', () => modern('legacy')],
    ['v2, negotiating', () => modern('auto')],
    ['v2, pinned', () => modern({ pin: VERSION })],
  ])('%s uses tools, resources and prompts', async (_, connect) => {
    const client = (await connect()) as Client;
    expect(client.getServerVersion()).toMatchObject({ name: 'orders', version: '1.2.3' });
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('reflect');
    const result = await client.callTool({ name: 'reflect', arguments: { id: 1 } });
    expect((result.structuredContent as any).event).toEqual({ id: 1 });
    expect((await client.readResource({ uri: 'docs://a' })).contents[0]).toMatchObject({
      text: 'docs://a {"page":"a"}',
    });
    expect((await client.getPrompt({ name: 'greet', arguments: { name: 'Ann' } })).messages).toHaveLength(1);
    expect(await client.callTool({ name: 'fail' })).toMatchObject({ isError: true });
    await expect(client.readResource({ uri: 'nothing://x' })).rejects.toMatchObject({ code: -32602 });
  });

  test('passes principal, client and protocol revision to the handler', async () => {
    for (const [connect, protocolVersion] of [
      [() => legacy({ 'x-test-user': 'ann' }), '2025-11-25'],
      [() => modern({ pin: VERSION }, { 'x-test-user': 'ann' }), VERSION],
    ] as const) {
      const client = (await connect()) as Client;
      const { event, custom } = (await client.callTool({ name: 'request' })).structuredContent as any;
      const id = 'arn:aws:iam::123456789012:user/ann';
      expect(event.context).toMatchObject({ protocolVersion, transport: 'http', principal: { id } });
      expect(event.context).not.toHaveProperty('sessionId');
      expect(custom).toMatchObject({ mcpPrincipal: id, mcpProtocolVersion: protocolVersion });
      if (protocolVersion === VERSION) expect(event.context.client).toEqual({ name: 'v2', version: '2' });
    }
  });

  test('never pass credentials on to a handler', async () => {
    const headers = { authorization: 'Bearer secret-token', 'x-api-key': 'secret-key', cookie: 'secret=cookie' };
    for (const connect of [() => legacy(headers), () => modern({ pin: VERSION }, headers)]) {
      const client = (await connect()) as Client;
      for (const name of ['reflect', 'request']) {
        const { structuredContent } = await client.callTool({ name, arguments: {} });
        expect(structuredContent).toMatchObject({ event: expect.anything(), custom: expect.anything() });
        expect(JSON.stringify(structuredContent)).not.toContain('secret');
      }
    }
  });

  test('serves a new registration without a deployment', async () => {
    const client = await legacy();
    const late = tool('late', { lambdaArn: functionArn('reflect') });
    await tables.register(late);
    await expect
      .poll(async () => (await client.listTools()).tools.map(({ name }) => name), { timeout: 5_000 })
      .toContain('late');
    await tables.unregister(late);
  });

  test('decodes base64 bodies', async () => {
    const encoded = await startStreamingHost('/mcp', load, { base64: true });
    closing.push(() => encoded.close());
    const client = await legacy({}, encoded.url);
    const result = await client.callTool({ name: 'reflect', arguments: { text: 'grüße' } });
    expect((result.structuredContent as any).event).toEqual({ text: 'grüße' });
  });
});

describe('responses to 2026 clients', () => {
  const result = async (method: string, params: object = {}) =>
    ((await (await post(method, params)).json()) as any).result;

  test('lists are publicly cacheable for five seconds', async () => {
    for (const method of [
      'server/discover',
      'tools/list',
      'prompts/list',
      'resources/templates/list',
      'resources/list',
    ]) {
      expect(await result(method)).toMatchObject({ resultType: 'complete', ttlMs: 5000, cacheScope: 'public' });
    }
  });

  test('a list to which a handler contributes is not cacheable', async () => {
    const listable = resource('book', {
      uriTemplate: 'books://{id}',
      listable: true,
      lambdaArn: functionArn('listing'),
    });
    await tables.register(listable);
    await expect
      .poll(() => result('resources/list'), { timeout: 5_000 })
      .toMatchObject({ ttlMs: 0, cacheScope: 'private' });
    await tables.unregister(listable);
  });

  test('a resource is cacheable only as its registration allows', async () => {
    expect(await result('resources/read', { uri: 'docs://a' })).toMatchObject({ ttlMs: 60_000, cacheScope: 'public' });
    expect(await result('resources/read', { uri: 'plain://a' })).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
  });

  test('structured content may be any JSON', async () => {
    expect(await result('tools/call', { name: 'answer', arguments: { answer: [1] } })).toMatchObject({
      structuredContent: [1],
    });
  });

  test('older clients get none of the 2026 fields', async () => {
    const text = await (await legacyPost(toolsList)).text();
    expect(text).not.toMatch(/ttlMs|cacheScope|resultType/);
  });
});

describe('input requests', () => {
  test('a 2026 client sends input responses with its next request, to any instance', async () => {
    const client = await modern({ pin: VERSION });
    const contents: Record<string, object> = { 'Your name?': { name: 'Ann' }, 'Your colour?': { colour: 'red' } };
    client.setRequestHandler('elicitation/create', async ({ params }) => ({
      action: 'accept',
      content: contents[params.message] as never,
    }));
    expect((await client.callTool({ name: 'ask' })).content).toEqual([{ type: 'text', text: 'Ann likes red' }]);
  });

  const capable = { [`${META}/clientCapabilities`]: { elicitation: { form: {} } } };
  const callAsk = async (params: object = {}, headers: Record<string, string> = {}) =>
    (await post('tools/call', { name: 'ask', _meta: envelope(capable), ...params }, headers)).json() as Promise<any>;

  test('the request state is sealed, and bound to caller and arguments', async () => {
    const first = (await callAsk()).result;
    expect(first).toMatchObject({
      resultType: 'input_required',
      inputRequests: { name: { method: 'elicitation/create' } },
    });
    expect(first.requestState).not.toContain('first');
    const { requestState } = first;
    const inputResponses = { name: { action: 'accept', content: { name: 'Ann' } } };
    expect((await callAsk({ requestState, inputResponses })).result).toMatchObject({ resultType: 'input_required' });
    const invalid = { code: -32602, data: { reason: 'invalid_request_state' } };
    expect((await callAsk({ requestState, inputResponses }, { 'x-test-user': 'eve' })).error).toMatchObject(invalid);
    expect((await callAsk({ requestState, inputResponses, arguments: { other: 1 } })).error).toMatchObject(invalid);
    expect((await callAsk({ requestState: `${requestState}A`, inputResponses })).error).toMatchObject(invalid);
    expect((await callAsk({ requestState: 'first', inputResponses })).error).toMatchObject(invalid);
  });

  test('content that does not match its requestedSchema is refused, and can be sent again', async () => {
    const { requestState } = (await callAsk()).result;
    const respond = (response: object) => callAsk({ requestState, inputResponses: { name: response } });
    expect((await respond({ action: 'accept', content: { name: 7 } })).error).toMatchObject({
      code: -32602,
      message: expect.stringMatching(/^the input response "name" does not match its requestedSchema: \/name: /),
    });
    expect((await respond({ action: 'accept' })).error).toMatchObject({ code: -32602 });
    expect((await respond({ action: 'accept', content: { name: 'Ann' } })).result).toBeDefined();
    expect((await respond({ action: 'decline' })).result).toBeDefined();
  });

  test('names the capability that a client lacks', async () => {
    const response = await post('tools/call', { name: 'ask' });
    expect(response.status).toBe(400);
    expect(((await response.json()) as any).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { elicitation: {} } },
    });
  });

  test('tells a 2025 client without a session that it needs one', async () => {
    const result = await (await legacy()).callTool({ name: 'ask' });
    expect(result).toMatchObject({ isError: true });
    expect(JSON.stringify(result.content)).toMatch(/session/);
  });
});

describe('arguments repeated in headers', () => {
  const call = (args: object, headers: Record<string, string>) =>
    post('tools/call', { name: 'headers', arguments: args }, headers);
  const args = { region: 'Zürich', inner: { count: 3 } };
  const region = `=?base64?${Buffer.from('Zürich').toString('base64')}?=`;

  test.each([
    ['accepts equal values', args, { 'mcp-param-region': region, 'mcp-param-count': '3.0' }, 200],
    ['accepts a missing header of an absent argument', { region: null }, {}, 200],
    ['rejects missing headers', args, {}, 400],
    ['rejects a different number', args, { 'mcp-param-region': region, 'mcp-param-count': '4' }, 400],
    ['rejects a different string', args, { 'mcp-param-region': 'Bern', 'mcp-param-count': '3' }, 400],
    ['rejects invalid base64', args, { 'mcp-param-region': '=?base64?%%?=', 'mcp-param-count': '3' }, 400],
  ])('%s', async (_, given, headers, status) => {
    const response = await call(given, headers);
    expect(response.status).toBe(status);
    const body = (await response.json()) as any;
    if (status === 400) expect(body).toMatchObject({ id: 1, error: { code: -32020, data: { mismatch: {} } } });
  });

  test('does not require headers of older clients', async () => {
    expect(await (await legacy()).callTool({ name: 'headers', arguments: args })).not.toHaveProperty('isError');
  });
});

const absent: Array<[string, string, object | null]> = [
  ['cursor null', 'tools/list', { cursor: null }],
  ['an empty cursor', 'tools/list', { cursor: '' }],
  ['an empty cursor of resources', 'resources/list', { cursor: '' }],
  ['a null cursor of templates', 'resources/templates/list', { cursor: null }],
  ['arguments null', 'tools/call', { name: 'reflect', arguments: null }],
  ['progressToken null', 'tools/call', { name: 'reflect', _meta: { progressToken: null } }],
  ['prompt arguments null', 'prompts/get', { name: 'greet', arguments: { name: 'Ann', tone: null } }],
];

describe('absent values', () => {
  test.each<(typeof absent)[number]>([
    ['params null', 'prompts/list', null],
    ['_meta null', 'tools/call', { name: 'reflect', arguments: {}, _meta: null }],
    ...absent,
  ])('2025: accepts %s', async (_, method, params) => {
    const { status, messages } = await send(host.url, {
      headers: legacyHeaders,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    expect([status, messages]).toEqual([200, [{ jsonrpc: '2.0', id: 1, result: expect.any(Object) }]]);
    expect(messages[0].result.isError).toBeUndefined();
  });

  test.each(absent)('2026: accepts %s', async (_, method, params) => {
    const meta = (params as { _meta?: object })._meta;
    const nulls = { [`${META}/clientInfo`]: null, [`${META}/logLevel`]: null };
    const response = await post(method, { ...params, _meta: { ...envelope(nulls), ...meta } });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { id: 1, result: { resultType: 'complete' } },
    ]);
  });

  test('are absent in each message of a batch', async () => {
    const batch = absent.map(([, method, params], id) => ({ jsonrpc: '2.0', id, method, params }));
    const { messages } = await send(host.url, { headers: legacyHeaders, body: JSON.stringify(batch) });
    expect(messages.map(({ id }) => id).sort()).toEqual(batch.map(({ id }) => id));
    expect(messages.every(({ result }) => result && !result.isError)).toBe(true);
  });

  test('are {} for the handler if they are the arguments, and null inside of the arguments', async () => {
    const client = await legacy();
    const event = async (args: unknown) =>
      ((await client.callTool({ name: 'reflect', arguments: args as never })).structuredContent as any).event;
    expect(await event(null)).toEqual({});
    expect(await event({ a: null, _meta: null, cursor: '' })).toEqual({ a: null, _meta: null, cursor: '' });
  });

  test('stay in the client’s own members of _meta', async () => {
    const response = await post('tools/call', {
      name: 'request',
      _meta: envelope({ progressToken: null, 'x.example/trace': null }),
    });
    const { event } = ((await response.json()) as any).result.structuredContent;
    expect(event.params._meta).toEqual({ 'x.example/trace': null });
  });
});

describe('HTTP', () => {
  test.each(['GET', 'DELETE', 'PUT'])('responds to %s with 405', async (method) => {
    const response = await fetch(host.url, { method, headers: { accept: 'text/event-stream' } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('responds to a foreign origin with 403, whatever the method', async () => {
    for (const method of ['POST', 'GET', 'OPTIONS']) {
      const response = await fetch(host.url, { method, headers: { ...legacyHeaders, origin: 'https://evil.example' } });
      expect(response.status).toBe(403);
    }
    expect((await legacyPost(toolsList, { origin: host.url.origin })).status).toBe(200);
  });

  test('lets an allowed origin read the response', async () => {
    process.env[ENV.ALLOWED_ORIGINS] = 'https://app.example';
    const response = await legacyPost(toolsList, { origin: 'https://app.example' });
    delete process.env[ENV.ALLOWED_ORIGINS];
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://app.example',
    ]);
  });

  test.each([
    ['invalid JSON', '{', {}, 400, -32700],
    ['an empty body', '', {}, 400, -32700],
    ['JSON that is not JSON-RPC', '{"a":1}', {}, 400, undefined],
    ['another content type', toolsList, { 'content-type': 'text/plain' }, 415, undefined],
    ['a client that accepts neither JSON nor streams', toolsList, { accept: 'text/html' }, 406, undefined],
    ['an unknown revision', toolsList, { 'mcp-protocol-version': '1999-01-01' }, 400, undefined],
    ['a body that is too large', JSON.stringify({ x: 'x'.repeat(4 * 1024 * 1024) }), {}, 413, undefined],
  ])('rejects %s', async (_, body, headers, status, code) => {
    const response = await legacyPost(body, headers as Record<string, string>);
    expect(response.status).toBe(status);
    const result = (await response.json()) as any;
    if (code !== undefined) expect(result.error.code).toBe(code);
    expect(JSON.stringify(result)).not.toMatch(/ at .*\.[jt]s:/);
  });

  test.each([
    ['a header that differs from the body', {}, { 'mcp-method': 'tools/call' }, 400, -32020],
    [
      'an unknown revision',
      { _meta: envelope({ [`${META}/protocolVersion`]: '2099-01-01' }) },
      { 'mcp-protocol-version': '2099-01-01' },
      400,
      -32022,
    ],
    ['missing capabilities', { _meta: { [`${META}/protocolVersion`]: VERSION } }, {}, 400, -32602],
  ])('2026: rejects %s', async (_, params, headers, status, code) => {
    const response = await post('tools/list', params, headers);
    expect(response.status).toBe(status);
    expect(((await response.json()) as any).error.code).toBe(code);
  });

  test.each([
    ['invalid JSON', '{', {}],
    ['NaN', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":NaN}}}', {}],
    ['a compressed body', gzipSync(toolsList), { 'content-encoding': 'gzip' }],
    ['a compressed body of 2026', gzipSync(toolsList), { 'content-encoding': 'gzip', 'mcp-protocol-version': VERSION }],
  ])('responds with a parse error to %s', async (_, body, headers) => {
    const response = await send(base64Host.url, { headers: { ...legacyHeaders, ...headers }, body });
    expect(response.status).toBe(400);
    expect(response.messages).toMatchObject([{ jsonrpc: '2.0', id: null, error: { code: -32700 } }]);
  });

  test('ignores Content-Encoding and a byte order mark', async () => {
    const headers = { ...legacyHeaders, 'content-encoding': 'gzip' };
    const { status, messages } = await send(host.url, { headers, body: `\ufeff${toolsList}` });
    expect([status, messages]).toMatchObject([200, [{ id: 1, result: { tools: expect.any(Array) } }]]);
  });

  test.each(['*/*', 'application/*, text/*', undefined, ''])(
    'sends both types to a client with Accept: %s',
    async (accept) => {
      const { status, headers, messages } = await send(host.url, {
        headers: { 'content-type': 'application/json', ...(accept === undefined ? {} : { accept }) },
        body: toolsList,
      });
      expect([status, headers['content-type']]).toEqual([200, 'text/event-stream']);
      expect(messages).toMatchObject([{ id: 1, result: { tools: expect.any(Array) } }]);
    },
  );

  test.each(['text/html', 'application/json', '*/*, text/event-stream;q=0'])('rejects Accept: %s', async (accept) => {
    expect((await legacyPost(toolsList, { accept })).status).toBe(406);
  });

  test('2026: responds to an unknown method with 404', async () => {
    const response = await post('nothing/at-all', {});
    expect([response.status, ((await response.json()) as any).error.code]).toEqual([404, -32601]);
  });

  test('responds to a notification with 202 and no body', async () => {
    const response = await legacyPost('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    expect([response.status, await response.text()]).toEqual([202, '']);
  });

  test('handles a batch in a revision with batches', async () => {
    const both = `[${toolsList},${toolsList.replace('"id":1', '"id":2')}]`;
    const text = await (await legacyPost(both, { 'mcp-protocol-version': '2025-03-26' })).text();
    expect(text.match(/^data: /gm)).toHaveLength(2);
  });

  test('ends a subscription at once that selects nothing', async () => {
    const response = await post('subscriptions/listen', { notifications: { toolsListChanged: true } });
    expect(await response.text()).toContain('"notifications":{}');
  });
});

test('reports a registry failure as an internal error without details', async () => {
  const { handlePost } = await import('../../../lambda/http/post.js');
  const event = { headers: legacyHeaders, body: toolsList, requestContext: {} } as never;
  const response = await handlePost(event, Date.now() + 1_000, async () => {
    throw new Error('secret detail');
  });
  const text = await response.text();
  expect(text).toContain('-32603');
  expect(text).not.toContain('secret');
});

test('turns a response that takes more than ten seconds into a stream', async () => {
  const response = await post('tools/call', { name: 'slow', arguments: { milliseconds: 11_000 } });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text();
  expect(text).toMatch(/^: keepalive\n\n/);
  expect(JSON.parse(text.slice(text.indexOf('data: ') + 6))).toMatchObject({ id: 1, result: { structuredContent: 1 } });
});
