/** The registrations of a toolset at `/mcp/<toolset>`, by every kind of client. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { startDynamoDb } from '../../support/dynamodb.js';
import { POST_HEADERS, postMessages, rpc } from '../../support/json-rpc.js';
import { publishUpdate } from '../../support/publish.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { collectRecords } from '../audit/records.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { startTestServer, type TestServer, until } from '../sse/sessions.js';

const META = 'io.modelcontextprotocol';
const VERSION = '2026-07-28';
const TASKS = { extensions: { [`${META}/tasks`]: {} } };
/** Longer than the catalog's cache time. */
const CACHED_MS = 2_100;

/** The context of the authorizer for one person with different scopes. */
const ada = (scope: string) => ({
  'x-test-authorizer': JSON.stringify({ principalId: 'ada', scope, groups: '[]', callerClaims: '{}' }),
});
const READER = ada('read');
const WRITER = ada('read write');

let database: Awaited<ReturnType<typeof startDynamoDb>>;
let server: TestServer;
let functions: { stop(): Promise<void> };
let host: StreamingHost;
const closing: Array<() => unknown> = [];

beforeAll(async () => {
  database = await startDynamoDb(); // the embedded tables do not count calls
  vi.stubEnv('MCP_TEST_DYNAMODB_URL', database.url);
  server = await startTestServer();
  functions = await startFunctions(['answer', 'document', 'greeting']);
  const answer = { lambdaArn: functionArn('answer') };
  const document = { lambdaArn: functionArn('document') };
  const write = { access: { scopes: ['write'] } } as const;
  Object.assign(process.env, {
    [ENV.NOTIFICATIONS]: 'true',
    [ENV.HTTP_SESSIONS]: 'true',
    [ENV.TASK_RUNNER_ARN]: functionArn('answer'),
  });
  await server.tables.register(
    tool('open', answer),
    tool('invoice', { ...answer, toolsets: ['billing'] }),
    tool('refund', { ...answer, ...write, toolsets: ['billing', 'support'] }),
    tool('ticket', { ...answer, toolsets: ['support'], taskSupport: 'optional' }),
    tool('rare', { ...answer, toolsets: ['support'], limit: { dailyCalls: 1 } }),
    resource('terms', { ...document, uri: 'docs://terms', toolsets: ['billing'] }),
    resource('other', { ...document, uri: 'docs://other' }),
    resource('page', { ...document, uriTemplate: 'docs://{page}', toolsets: ['support'] }),
    prompt('greet', {
      lambdaArn: functionArn('greeting'),
      toolsets: ['support'],
      arguments: [{ name: 'name' }],
      completions: { name: ['Ann'] },
    }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.restoreAllMocks();
});
afterAll(async () => {
  await server.tables.clear(SESSIONS.LISTENERS); // ends the streams, which poll the tables
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await host.close();
  await functions.stop();
  await server.stop();
  await database.stop();
  vi.unstubAllEnvs();
});

const cacheExpired = () => new Promise((resolve) => setTimeout(resolve, CACHED_MS));
const at = (toolset: string | undefined) => (toolset === undefined ? host.url : new URL(`${host.url}/${toolset}`));
const { accept } = POST_HEADERS;
const post = (toolset: string | undefined, body: unknown, headers: object) => postMessages(at(toolset), body, headers);

type Send = (toolset: string | undefined, method: string, params: any, caller?: object) => Promise<any>;

const modern: Send = async (toolset, method, params, caller = READER) => {
  const name = params.name ?? params.uri ?? params.taskId;
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: TASKS };
  const headers = { 'mcp-protocol-version': VERSION, 'mcp-method': method, ...(name ? { 'mcp-name': name } : {}) };
  const { message } = await post(toolset, rpc(method, { _meta, ...params }), { ...headers, ...caller });
  return message.result ?? message.error;
};

const withoutSession: Send = async (toolset, method, params, caller = READER) => {
  const headers = { 'mcp-protocol-version': '2025-06-18', ...caller };
  const { message } = await post(toolset, rpc(method, params), headers);
  return message.result ?? message.error;
};

const inBatch: Send = async (toolset, method, params, caller = READER) => {
  const body = [rpc(method, params, 7), rpc('ping', {}, 8)];
  const { messages } = await post(toolset, body, { 'mcp-protocol-version': '2025-03-26', ...caller });
  const message = messages.find(({ id }: { id: number }) => id === 7);
  return message.result ?? message.error;
};

async function openSession(toolset: string | undefined, caller: object = READER): Promise<Record<string, string>> {
  const params = { protocolVersion: '2025-11-25', clientInfo: { name: 'x', version: '1' }, capabilities: {} };
  const { headers } = await post(toolset, rpc('initialize', params), caller);
  return { 'mcp-session-id': headers.get('mcp-session-id'), 'mcp-protocol-version': '2025-11-25' };
}

const inSession: Send = async (toolset, method, params, caller = READER) => {
  const session = await openSession(toolset, caller);
  const { message } = await post(toolset, rpc(method, params), { ...session, ...caller });
  return message.result ?? message.error;
};

describe.each(Object.entries({ modern, withoutSession, inBatch, inSession }))('a request: %s', (_, request) => {
  const names = async (toolset: string | undefined, caller = READER) => [
    (await request(toolset, 'tools/list', {}, caller)).tools.map(({ name }: any) => name),
    (await request(toolset, 'resources/list', {}, caller)).resources.map(({ name }: any) => name),
    (await request(toolset, 'resources/templates/list', {}, caller)).resourceTemplates.map(({ name }: any) => name),
    (await request(toolset, 'prompts/list', {}, caller)).prompts.map(({ name }: any) => name),
  ];

  test('lists the registrations that name the toolset, and at /mcp all', async () => {
    expect(await names('billing')).toEqual([['invoice'], ['terms'], [], []]);
    expect(await names('support')).toEqual([['rare', 'ticket'], [], ['page'], ['greet']]);
    expect(await names(undefined)).toEqual([
      ['invoice', 'open', 'rare', 'ticket'],
      ['other', 'terms'],
      ['page'],
      ['greet'],
    ]);
  });

  test('applies access rules, too', async () => {
    expect(await names('billing', WRITER)).toEqual([['invoice', 'refund'], ['terms'], [], []]);
    const call = { name: 'refund', arguments: { answer: 'done' } };
    expect(await request('billing', 'tools/call', call, WRITER)).toMatchObject({ content: [{ text: 'done' }] });
    expect(await request('billing', 'tools/call', call, READER)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('missing scope: write') }],
    });
    expect(await request('ops', 'tools/call', call, READER)).toMatchObject({ message: 'unknown tool: refund' });
  });

  test('calls only what the toolset has', async () => {
    const call = (name: string) => ({ name, arguments: { answer: 'done' } });
    expect(await request('billing', 'tools/call', call('invoice'))).toMatchObject({ content: [{ text: 'done' }] });
    for (const name of ['open', 'ticket']) {
      const unknown = { code: -32602, message: `unknown tool: ${name}` };
      expect(await request('billing', 'tools/call', call(name))).toMatchObject(unknown);
    }
    const greet = { name: 'greet', arguments: {} };
    expect(await request('support', 'prompts/get', greet)).toHaveProperty('messages');
    expect(await request('billing', 'prompts/get', greet)).toMatchObject({ code: -32602 });
    const completion = { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'name', value: '' } };
    const completed = await request('support', 'completion/complete', completion);
    expect(completed).toMatchObject({ completion: { values: ['Ann'] } });
    expect(await request('billing', 'completion/complete', completion)).toMatchObject({ code: -32602 });
  });

  test('which registration serves a URI does not depend on the toolset', async () => {
    const read = (toolset: string | undefined, uri: string) => request(toolset, 'resources/read', { uri });
    expect(await read('billing', 'docs://terms')).toMatchObject({ contents: [{}] });
    expect(await read('support', 'docs://page')).toMatchObject({ contents: [{}] });
    expect(await read('billing', 'docs://page')).toHaveProperty('code');
    // served by a resource that the toolset does not have, not by its template
    for (const uri of ['docs://other', 'docs://terms']) expect(await read('support', uri)).toHaveProperty('code');
  });
});

describe('the name of a toolset', () => {
  test('that no registration has: lists are empty until one has it', async () => {
    expect(await modern('later', 'server/discover', {})).toHaveProperty('supportedVersions');
    expect(await inSession('later', 'tools/list', {})).toEqual({ tools: [] });
    const late = tool('late', { lambdaArn: functionArn('answer'), toolsets: ['later'] });
    await server.tables.register(late);
    await cacheExpired();
    expect((await modern('later', 'tools/list', {})).tools).toMatchObject([{ name: 'late' }]);
    await server.tables.unregister(late);
    await cacheExpired();
    expect((await modern('later', 'tools/list', {})).tools).toEqual([]);
  });

  test.each(['Billing', 'a_b', 'server-card', 'billing/x', '%00', 'x'.repeat(65)])(
    'that is invalid gets 404 with the rule: %s',
    async (name) => {
      for (const [method, body] of [['POST', JSON.stringify(rpc('ping'))], ['GET'], ['DELETE']] as const) {
        const headers = { accept, ...READER };
        const response = await fetch(at(name), { method, body, headers });
        expect(response.status).toBe(404);
        const { error, id } = (await response.json()) as any;
        expect([id, error.code]).toEqual([null, -32600]);
        expect(error.message).toMatch(/^invalid toolset ".*": expected \/mcp\/<toolset>, with a name of 1 to 64/);
        expect(error.message).not.toContain('support');
      }
    },
  );
});

describe('a session', () => {
  const status = async (toolset: string | undefined, method: string, headers: object) => {
    const abort = new AbortController();
    closing.push(() => abort.abort());
    const body = method === 'POST' ? JSON.stringify(rpc('tools/list')) : undefined;
    const all = { ...POST_HEADERS, ...headers, ...READER };
    const response = await fetch(at(toolset), { method, headers: all, body, signal: abort.signal });
    return response.status;
  };

  test.each([
    ['of a toolset', 'billing', [undefined, 'support', 'later']],
    ['of /mcp', undefined, ['billing', 'support', 'later']],
  ])('%s is not found at other paths', async (_, own, others) => {
    const session = await openSession(own);
    for (const other of others) {
      for (const method of ['POST', 'GET', 'DELETE']) expect(await status(other, method, session)).toBe(404);
    }
    expect(await status(own, 'POST', session)).toBe(200);
    expect(await status(own, 'GET', session)).toBe(200);
    expect(await status(own, 'DELETE', session)).toBe(204);
    expect(await status(own, 'POST', session)).toBe(404);
  });
});

describe('a task', () => {
  const start = (toolset: string | undefined) =>
    modern(toolset, 'tools/call', { name: 'ticket', arguments: { answer: 'done' } });

  test.each([
    ['tasks/get', {}],
    ['tasks/update', { inputResponses: {} }],
    ['tasks/cancel', {}],
  ])('%s: finds it in its toolset and at /mcp', async (method, more) => {
    const { taskId } = await start('support');
    const missing = { code: -32602, message: 'task not found or expired' };
    expect(await modern('billing', method, { taskId, ...more })).toMatchObject(missing);
    expect(await modern('support', method, { taskId, ...more })).not.toHaveProperty('code');
    expect(await modern(undefined, method, { taskId, ...more })).not.toHaveProperty('code');
    const whole = await start(undefined);
    expect(await modern('support', method, { taskId: whole.taskId, ...more })).toMatchObject(missing);
  });

  test('stays in its toolset when its tool leaves it, and under its access rule', async () => {
    const moving = tool('moving', { lambdaArn: functionArn('answer'), toolsets: ['a'], taskSupport: 'optional' });
    await server.tables.register(moving);
    await cacheExpired();
    const { taskId } = await modern('a', 'tools/call', { name: 'moving', arguments: {} });
    await server.tables.register({ ...moving, toolsets: ['b'] });
    await cacheExpired();
    expect(await modern('a', 'tasks/get', { taskId })).toMatchObject({ taskId });
    expect(await modern('b', 'tasks/get', { taskId })).toHaveProperty('code');
    await server.tables.register({ ...moving, toolsets: ['b'], access: { scopes: ['write'] } });
    await cacheExpired();
    expect(await modern('a', 'tasks/get', { taskId }, READER)).toHaveProperty('code');
    expect(await modern('a', 'tasks/get', { taskId }, WRITER)).toMatchObject({ taskId });
    await server.tables.unregister(moving);
    await cacheExpired();
  });
});

test('lists without access rules are public, and those with one are private', async () => {
  expect(await modern('billing', 'tools/list', {})).toMatchObject({ cacheScope: 'private' });
  expect(await modern('later', 'tools/list', {})).toMatchObject({ cacheScope: 'public' });
});

test('a limit counts the calls of all paths', async () => {
  const call = { name: 'rare', arguments: {} };
  expect(await modern('support', 'tools/call', call)).not.toHaveProperty('code');
  for (const toolset of ['support', undefined]) {
    expect(await modern(toolset, 'tools/call', call)).toMatchObject({ data: { limit: 'limit of rare.dailyCalls' } });
  }
  expect(await modern('billing', 'tools/call', call)).toMatchObject({ message: 'unknown tool: rare' });
});

test('audit records have the toolset', async () => {
  const records = collectRecords();
  await modern('billing', 'tools/call', { name: 'invoice', arguments: {} });
  await inSession('support', 'resources/read', { uri: 'docs://page' });
  await inBatch('billing', 'tools/call', { name: 'ticket', arguments: {} });
  await modern('support', 'tools/call', { name: 'rare', arguments: {} });
  await modern(undefined, 'tools/call', { name: 'open', arguments: {} });
  const found = records.map(({ toolset, registration, outcome }) => [toolset, registration, outcome]);
  expect(found).toEqual([
    ['billing', 'tool-invoice', 'ok'],
    ['support', 'resource-page', 'ok'],
    ['billing', undefined, 'error'],
    ['support', 'tool-rare', 'refused'],
    [undefined, 'tool-open', 'ok'],
  ]);
});

test('a step of a task has the toolset of its task', async () => {
  const { taskId } = await modern('support', 'tools/call', { name: 'ticket', arguments: { answer: 'done' } });
  const { runTask } = await import('../../../lambda/task-runner/run.js');
  const records = collectRecords();
  const invocation = { runnerArn: functionArn('answer'), callDeadline: Date.now() + 9e5, endsAt: Date.now() + 9e5 };
  await runTask({ taskId, run: 1 }, invocation);
  expect(records).toMatchObject([{ kind: 'task-step', toolset: 'support', outcome: 'ok' }]);
  expect(await modern('support', 'tasks/get', { taskId })).toMatchObject({ status: 'completed' });
});

/** Opens a stream and records its messages. */
async function listen(request: (signal: AbortSignal) => Promise<Response>): Promise<any[]> {
  const messages: any[] = [];
  const abort = new AbortController();
  closing.push(() => abort.abort());
  const { body } = await request(abort.signal);
  void (async () => {
    let text = '';
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const found = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => JSON.parse(data!));
      messages.splice(0, messages.length, ...found);
    }
  })().catch(() => undefined);
  return messages;
}

describe('notifications', () => {
  const URIS = ['docs://terms', 'docs://page'];
  const subscribe = (toolset: string | undefined, notifications: object, signal: AbortSignal) => {
    const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: TASKS };
    return fetch(at(toolset), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        'mcp-protocol-version': VERSION,
        'mcp-method': 'subscriptions/listen',
        ...READER,
      },
      body: JSON.stringify(rpc('subscriptions/listen', { notifications, _meta })),
      signal,
    });
  };
  const bySubscription = (toolset: string) =>
    listen((signal) => subscribe(toolset, { toolsListChanged: true, resourceSubscriptions: URIS }, signal));
  const byGet = async (toolset: string) => {
    const session = await openSession(toolset);
    const headers = { accept: 'text/event-stream', ...session, ...READER };
    const messages = await listen((signal) => fetch(at(toolset), { headers, signal }));
    for (const uri of URIS) {
      const subscribed = await post(toolset, rpc('resources/subscribe', { uri }), { ...session, ...READER });
      const isOwn = (uri === 'docs://page') === (toolset === 'support');
      expect('result' in subscribed.message).toBe(isOwn);
    }
    return messages;
  };
  test('of a task are sent at the path where it was started, and at /mcp', async () => {
    const { taskId } = await modern('support', 'tools/call', { name: 'ticket', arguments: {} });
    const acknowledged = async (toolset: string | undefined) => {
      const messages = await listen((signal) => subscribe(toolset, { taskIds: [taskId] }, signal));
      const { params } = await until(() => messages.find(({ method }) => method.endsWith('acknowledged')));
      return params.notifications;
    };
    expect(await acknowledged('support')).toEqual({ taskIds: [taskId] });
    expect(await acknowledged(undefined)).toEqual({ taskIds: [taskId] });
    expect(await acknowledged('billing')).toEqual({});
  });

  const changed = (messages: any[]) => messages.filter(({ method }) => method === 'notifications/tools/list_changed');
  // once each: a new stream repeats the updates of the last seconds
  const updated = (messages: any[]) => {
    const updates = messages.filter(({ method }) => method === 'notifications/resources/updated');
    return [...new Set(updates.map(({ params }) => params.uri))];
  };

  test.each([
    ['subscriptions/listen', bySubscription],
    ['the stream of a 2025 session', byGet],
  ])('%s: a client learns of changes in its toolset only', async (_, open) => {
    const [billing, support] = await Promise.all([open('billing'), open('support')]);
    const added = tool(`added-${open.name}`, { lambdaArn: functionArn('answer'), toolsets: ['support'] });
    await server.tables.register(added);
    await until(() => changed(support).length > 0, 15_000);
    for (const uri of URIS) await publishUpdate(server.dynamoDb, server.tables.sessions, uri);
    await until(() => updated(billing).length > 0 && updated(support).length > 0, 15_000);
    expect(changed(billing)).toEqual([]);
    expect(updated(billing)).toEqual(['docs://terms']);
    expect(updated(support)).toEqual(['docs://page']);
    await server.tables.unregister(added);
  });
});
