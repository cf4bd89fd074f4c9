/** What callers must not be able to do with access tokens, on the synthesised template: one app, many tokens. */
import { createHmac } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpAccess, McpAuth, McpTaskSupport } from '../../src';
import { Issuer, newKey, signToken } from '../lambda/authorizer/issuer';
import { type Fixture, startFixture } from './support/fixture';
import { openSession } from './support/sse';
import { until } from './support/until';
import { send } from './support/wire';

const META = 'io.modelcontextprotocol';
const VERSION = '2026-07-28';
const CAPABILITIES = { elicitation: { form: {} }, extensions: { [`${META}/tasks`]: {} } };
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

let issuer: Issuer;
let other: Issuer;
let fixture: Fixture;
beforeAll(async () => {
  [issuer, other] = [await Issuer.start(), await Issuer.start()];
  fixture = await startFixture({
    enforceAuth: true,
    server: {
      auth: McpAuth.oauth({ issuers: [issuer.url, other.url], scopes: ['tools'] }),
      notifications: true,
    },
    extend: ({ server, fn }) => {
      const access = McpAccess.scopes('write');
      server.addTool(fn('echo'), { name: 'refund', access, taskSupport: McpTaskSupport.OPTIONAL });
      server.addTool(fn('echo'), { name: 'audit', access: McpAccess.groups('audit, internal') });
      server.addTool(fn('echo'), { name: 'later', taskSupport: McpTaskSupport.OPTIONAL });
      server.addResource(fn('documents'), { name: 'ledger', uri: 'docs://ledger', access });
      server.addPrompt(fn('greeting'), {
        name: 'secret',
        arguments: [{ name: 'name' }],
        completions: { name: ['Ann'] },
        access,
      });
      fn('publish').addEnvironment('SESSION_TABLE', server.sessionTable.tableName);
      server.grantNotify(fn('publish'));
      server.addTool(fn('publish'), { name: 'publish' });
    },
  });
});
afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
  await other?.[Symbol.asyncDispose]();
});

const now = () => Math.floor(Date.now() / 1000);
/** A token that the server accepts, except for the given claims. */
const token = (claims: object = {}, options: Parameters<Issuer['token']>[1] = {}, from = issuer) =>
  from.token({ aud: fixture.mcpUrl.href, scope: 'tools', ...claims }, options);
const bearer = (...args: Parameters<typeof token>) => ({ authorization: `Bearer ${token(...args)}` });

const reader = () => bearer();
const writer = () => bearer({ scope: 'tools write' });

const rpc = (method: string, params: object = {}, id: number | string = 1) => ({ jsonrpc: '2.0', id, method, params });

type Headers = Record<string, string>;

async function post(body: unknown, headers: Headers) {
  return send(fixture.mcpUrl, { headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) });
}

/** A request of a client of 2026. `named` is the value of `Mcp-Name`. */
async function modern(method: string, params: any, caller: Headers, named?: string) {
  const name = named ?? params.name ?? params.uri ?? params.taskId;
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: CAPABILITIES };
  const headers = { 'mcp-protocol-version': VERSION, 'mcp-method': method, ...(name ? { 'mcp-name': name } : {}) };
  const response = await post(rpc(method, { _meta, ...params }), { ...headers, ...caller });
  return { ...response, message: response.messages.at(-1) };
}

/** A request of a client without a session. */
async function legacy(method: string, params: object, caller: Headers) {
  const { messages } = await post(rpc(method, params), { 'mcp-protocol-version': '2025-06-18', ...caller });
  return messages.at(-1);
}

async function batch(method: string, params: object, caller: Headers) {
  const body = [rpc(method, params, 7), rpc('ping', {}, 8)];
  const { messages } = await post(body, { 'mcp-protocol-version': '2025-03-26', ...caller });
  return messages.find(({ id }) => id === 7);
}

/** The headers of a new session of 2025. */
async function newSession(caller: Headers): Promise<Headers> {
  const params = { protocolVersion: '2025-11-25', clientInfo: { name: 'x', version: '1' }, capabilities: {} };
  const { headers } = await post(rpc('initialize', params), caller);
  return { 'mcp-session-id': headers['mcp-session-id'] as string, 'mcp-protocol-version': '2025-11-25' };
}

/** A request in a session that a token with all scopes opened. */
async function inSession(method: string, params: object, caller: Headers) {
  const { messages } = await post(rpc(method, params), { ...(await newSession(writer())), ...caller });
  return messages.at(-1);
}

/** A message to an SSE session that a token with all scopes opened. */
async function overSse(method: string, params: object, caller: Headers) {
  await using session = await openSession(fixture, writer());
  await session.post(rpc(method, params, 7), caller);
  return await until('the response', () => session.messages.find(({ id }) => id === 7) as any);
}

const names = ({ result }: any) => result.tools.map(({ name }: { name: string }) => name);
const lists = async (caller: Headers) => names((await modern('tools/list', {}, caller)).message);

describe('a token is refused', () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = () => token().split('.')[1];
  const unsigned = () => `${encode({ alg: 'none', kid: 'first' })}.${payload()}.`;
  const signedWithPublicKey = () => {
    const input = `${encode({ alg: 'HS256', kid: 'first' })}.${payload()}`;
    const key = issuer.keys[0]!.publicKey.export({ type: 'spki', format: 'pem' });
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  };
  const stranger = newKey('first');

  test.each<[string, () => string]>([
    ['of another audience', () => token({ aud: 'https://example.com/mcp' })],
    ['of another path of the server', () => token({ aud: fixture.sseUrl.href })],
    ['of a toolset', () => token({ aud: `${fixture.mcpUrl.href}/billing` })],
    ['without an audience', () => token({ aud: undefined })],
    ['of another issuer', () => token({ iss: 'https://attacker.example' })],
    ['of one issuer, signed by another one', () => token({ iss: issuer.url }, {}, other)],
    ['that has expired', () => token({ exp: now() - 60 })],
    ['that is not yet valid', () => token({ nbf: now() + 60 })],
    ['with the algorithm none', unsigned],
    ['with HS256 and the public key as secret', signedWithPublicKey],
    ['with an unknown key id', () => signToken({ iss: issuer.url, sub: 'x', exp: now() + 60 }, newKey('unknown'))],
    ['signed with another key of the same id', () => token({}, { key: stranger })],
    ['that is an ID token', () => token({ nonce: 'x' })],
    ['that is an ID token of Cognito', () => token({ token_use: 'id' })],
  ])('%s', async (_, create) => {
    for (const method of ['GET', 'POST']) {
      const headers = { ...JSON_HEADERS, authorization: `Bearer ${create()}` };
      const { status, headers: answered } = await send(fixture.mcpUrl, { method, headers });
      expect(status).toBe(401);
      expect(answered['www-authenticate']).toContain('resource_metadata=');
    }
    expect(await lists(reader())).toContain('echo'); // the next caller is not affected
  });

  test.each<[string, (url: URL) => [URL, Record<string, string | string[]>]]>([
    ['that is missing', (url) => [url, {}]],
    ['in the query', (url) => [new URL(`?access_token=${token()}&authorization=Bearer%20${token()}`, url), {}]],
    ['in a cookie', (url) => [url, { cookie: `access_token=${token()}` }]],
    ['in two Authorization headers', (url) => [url, { authorization: [`Bearer ${token()}`, `Bearer ${token()}`] }]],
  ])('%s, on all routes of clients', async (_, request) => {
    const message = new URL(fixture.messageUrl);
    message.searchParams.set('sessionId', '0'.repeat(32));
    for (const [method, target] of [
      ['POST', fixture.mcpUrl],
      ['POST', new URL(`${fixture.mcpUrl.href}/billing`)],
      ['GET', fixture.sseUrl],
      ['POST', message],
    ] as const) {
      const [url, headers] = request(target);
      const body = method === 'POST' ? JSON.stringify(rpc('tools/list')) : undefined;
      expect((await send(url, { method, headers: { ...JSON_HEADERS, ...headers }, body })).status).toBe(401);
    }
  });

  test('for the Registration API, which has other callers', async () => {
    const headers = { ...JSON_HEADERS, ...writer() };
    expect((await send(fixture.registerUrl, { method: 'GET', headers })).status).toBe(403);
  });
});

test('accepts a new key after a rotation', async () => {
  expect(await lists(bearer({}, {}, other))).toContain('echo');
  other.keys = [newKey('second')];
  expect(await lists(bearer({}, {}, other))).toContain('echo');
});

test('the name of a group may contain a comma', async () => {
  expect(await lists(bearer({ groups: ['audit, internal'] }))).toContain('audit');
  expect(await lists(bearer({ groups: 'audit, internal' }))).toContain('audit'); // one name
  expect(await lists(bearer({ groups: ['audit', 'internal'] }))).not.toContain('audit');
  expect(await lists(bearer({ 'cognito:groups': ['audit', ' internal', 'audit,internal'] }))).not.toContain('audit');
});

describe.each([
  ['another user', () => bearer({ sub: 'bob', scope: 'tools write' })],
  ['the same subject of another issuer', () => bearer({ scope: 'tools write' }, {}, other)],
] as const)('%s', (_, stranger) => {
  test('cannot use the SSE session of a caller', async () => {
    await using session = await openSession(fixture, writer());
    expect((await session.post(rpc('ping'), stranger())).status).toBe(404);
    expect((await session.post(rpc('ping'), writer())).status).toBe(202);
  });

  test('cannot use, read or end the 2025 session of a caller', async () => {
    const session = await newSession(writer());
    const request = { 'mcp-protocol-version': '2025-11-25', ...session };
    expect((await post(rpc('ping'), { ...request, ...stranger() })).status).toBe(404);
    for (const method of ['GET', 'DELETE']) {
      const headers = { accept: 'text/event-stream', ...request, ...stranger() };
      expect((await send(fixture.mcpUrl, { method, headers })).status).toBe(404);
    }
    expect((await post(rpc('ping'), { ...request, ...writer() })).status).toBe(200);
  });

  test.each([
    ['tasks/get', {}],
    ['tasks/cancel', {}],
    ['tasks/update', { inputResponses: {} }],
  ])('%s does not find the task of a caller', async (method, params) => {
    const started = await modern('tools/call', { name: 'later', arguments: { message: 'hi' } }, writer());
    const { taskId } = started.message.result;
    const refused = await modern(method, { taskId, ...params }, stranger());
    expect(refused.message.error).toMatchObject({ code: -32602, message: 'task not found or expired' });
    expect((await modern(method, { taskId, ...params }, writer())).message).not.toHaveProperty('error');
  });

  test('cannot continue the call of a caller with its state', async () => {
    const ask = { name: 'ask', arguments: {} };
    const { requestState } = (await modern('tools/call', ask, writer())).message.result;
    const inputResponses = { name: { action: 'accept', content: { name: 'Ada' } } };
    const next = { ...ask, requestState, inputResponses };
    expect((await modern('tools/call', next, stranger())).message).toHaveProperty('error');
    expect((await modern('tools/call', next, writer())).message.result).toMatchObject({
      resultType: 'input_required',
    });
  });

  test('sees another list than a caller who listed before, which no cache may share', async () => {
    const [member, guest] = [bearer({ groups: ['audit, internal'] }), stranger()];
    for (const [caller, isMember] of [
      [member, true],
      [guest, false],
      [member, true],
    ] as const) {
      const { message } = await modern('tools/list', {}, caller);
      expect(names(message).includes('audit')).toBe(isMember);
      expect(message.result.cacheScope).toBe('private');
    }
  });
});

describe('without the scope of a tool', () => {
  const refund = { name: 'refund', arguments: { message: 'done' } };
  const missing = { isError: true, content: [{ text: expect.stringContaining('missing scope: write') }] };
  const encoded = `=?base64?${Buffer.from('refund').toString('base64')}?=`;

  test.each([
    ['by its name', undefined],
    ['by its name in base64', encoded],
  ])('a call %s gets a challenge', async (_, named) => {
    const { status, headers, message } = await modern('tools/call', refund, reader(), named);
    expect([status, message]).toEqual([403, expect.objectContaining({ id: null, error: expect.anything() })]);
    expect(headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_scope".* scope="tools write", resource_met/,
    );
    expect((await modern('tools/call', refund, writer(), named)).message).not.toHaveProperty('error');
  });

  test.each(Object.entries({ legacy, batch, inSession, overSse }))(
    '%s: lists and calls do not work',
    async (_, request) => {
      expect(names(await request('tools/list', {}, reader()))).not.toContain('refund');
      expect((await request('tools/call', refund, reader())).result).toMatchObject(missing);
      expect(names(await request('tools/list', {}, writer()))).toContain('refund');
      expect((await request('tools/call', refund, writer())).result).toMatchObject({ content: [{ text: 'done' }] });
    },
  );

  test.each(Object.entries({ legacy, batch, inSession, overSse }))(
    '%s: resources, prompts and completions do not exist',
    async (_, request) => {
      const ref = { type: 'ref/prompt', name: 'secret' };
      for (const [method, params] of [
        ['resources/read', { uri: 'docs://ledger' }],
        ['prompts/get', { name: 'secret', arguments: {} }],
        ['completion/complete', { ref, argument: { name: 'name', value: '' } }],
      ] as const) {
        expect((await request(method, params, reader())).error, method).toMatchObject({ code: expect.any(Number) });
        expect(await request(method, params, writer()), method).not.toHaveProperty('error');
      }
    },
  );

  test('the header Mcp-Name does not help', async () => {
    const named = await modern('tools/call', refund, reader(), 'echo'); // the SDK compares header and body
    expect(named.message.error).toMatchObject({ code: -32_020 });
    const { messages } = await post(rpc('tools/call', refund), {
      'mcp-method': 'ping',
      'mcp-name': 'echo',
      ...reader(),
    });
    expect(messages.at(-1).result).toMatchObject(missing);
  });

  test('a task does not start, and is not found', async () => {
    expect((await modern('tools/call', refund, reader())).status).toBe(403);
    const { taskId } = (await modern('tools/call', refund, writer())).message.result;
    for (const [method, params] of [
      ['tasks/get', {}],
      ['tasks/update', { inputResponses: {} }],
      ['tasks/cancel', {}],
    ] as const) {
      const { message } = await modern(method, { taskId, ...params }, reader());
      expect(message.error, method).toMatchObject({ message: 'task not found or expired' });
    }
    expect((await modern('tasks/get', { taskId }, writer())).message).not.toHaveProperty('error');
  });

  test('a subscription does not work', async () => {
    const subscribe = { uri: 'docs://ledger' };
    expect((await inSession('resources/subscribe', subscribe, reader())).error).toBeDefined();
    expect(await inSession('resources/subscribe', subscribe, writer())).not.toHaveProperty('error');

    const uris = ['docs://ledger', 'docs://readme'];
    const listen = async (headers: Headers) => {
      const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: VERSION } } });
      await client.connect(new StreamableHTTPClientTransport(fixture.mcpUrl, { requestInit: { headers } }));
      const updated: string[] = [];
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
      await client.listen({ resourceSubscriptions: uris });
      return { updated, [Symbol.asyncDispose]: () => client.close() };
    };
    await using readers = await listen(reader());
    await using writers = await listen(writer());
    for (const uri of uris) await legacy('tools/call', { name: 'publish', arguments: { uri } }, reader());
    await until('the updates', () => writers.updated.length === 2 && readers.updated.length > 0);
    expect(readers.updated).toEqual(['docs://readme']);
    expect(writers.updated).toEqual(uris);
  });
});
