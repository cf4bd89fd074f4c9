/** A tool, resource, template and prompt that a caller may not use, by every route. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { postMessages, rpc } from '../../support/json-rpc.js';
import { publishUpdate } from '../../support/publish.js';
import { startSseHost } from '../../support/sse-host.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { RawClient } from '../sse/raw-client.js';
import { startTestServer, type TestServer, until } from '../sse/sessions.js';

const META = 'io.modelcontextprotocol';
const VERSION = '2026-07-28';
const SCOPE_PREFIX = 'https://example.com/mcp/';
const TASKS = { extensions: { [`${META}/tasks`]: {} } };

/** The context of the authorizer for one person with different scopes and groups. */
const ada = (scope: string, groups: string[] = []) => ({
  'x-test-authorizer': JSON.stringify({
    principalId: 'https://issuer|ada',
    scope,
    scopePrefix: SCOPE_PREFIX,
    groups: JSON.stringify(groups),
    callerClaims: '{}',
  }),
});
const READER = ada('read');
const WRITER = ada('read write', ['ops']);

let server: TestServer;
let functions: { stop(): Promise<void> };
let host: StreamingHost;
const closing: Array<() => unknown> = [];
const write = { access: { scopes: ['write'] } } as const;
const ops = { access: { groups: ['ops'] } } as const;

beforeAll(async () => {
  server = await startTestServer();
  functions = await startFunctions(['answer', 'reflect', 'document', 'greeting', 'slow', 'listing']);
  const answer = { lambdaArn: functionArn('answer') };
  const document = { lambdaArn: functionArn('document') };
  Object.assign(process.env, {
    [ENV.NOTIFICATIONS]: 'true',
    [ENV.HTTP_SESSIONS]: 'true',
    [ENV.TASK_RUNNER_ARN]: functionArn('answer'),
    [ENV.MAX_LISTENERS]: '10',
  });
  await server.tables.register(
    tool('open', answer),
    tool('write', { ...answer, ...write, taskSupport: 'optional' }),
    tool('ops', { ...answer, ...ops }),
    tool('both', { ...answer, access: { allOf: [write.access, ops.access] } }),
    tool('whoami', { lambdaArn: functionArn('reflect'), event: { type: 'request' } }),
    resource('secret', { ...document, uri: 'docs://secret', ...write }),
    resource('page', { ...document, uriTemplate: 'docs://{page}', cache: { ttlSeconds: 9, scope: 'public' } }),
    resource('private', {
      ...document,
      uriTemplate: 'private://{page}',
      ...ops,
      cache: { ttlSeconds: 9, scope: 'public' },
    }),
    prompt('greet', {
      lambdaArn: functionArn('greeting'),
      ...ops,
      arguments: [{ name: 'name' }],
      completions: { name: ['Ann'] },
    }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await server.tables.clear(SESSIONS.LISTENERS); // ends the streams, which poll the tables
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await host.close();
  await functions.stop();
  await server.stop();
});

const post = (body: unknown, headers: object) => postMessages(host.url, body, headers);

/** A request of a 2026 client. `named` is the value of `Mcp-Name`. */
async function modern(method: string, params: any, caller: object, named?: string): Promise<any> {
  const name = named ?? params.name ?? params.uri ?? params.taskId;
  const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: TASKS };
  const headers = { 'mcp-protocol-version': VERSION, 'mcp-method': method, ...(name ? { 'mcp-name': name } : {}) };
  const { message } = await post(rpc(method, { _meta, ...params }), { ...headers, ...caller });
  return message.result ?? message.error;
}

/** A request of a client without a session. */
async function legacy(method: string, params: object, caller: object): Promise<any> {
  const { message } = await post(rpc(method, params), { 'mcp-protocol-version': '2025-06-18', ...caller });
  return message.result ?? message.error;
}

async function batch(method: string, params: object, caller: object): Promise<any> {
  const body = [rpc(method, params, 7), rpc('ping', {}, 8)];
  const { messages } = await post(body, { 'mcp-protocol-version': '2025-03-26', ...caller } as never);
  const message = messages.find(({ id }: { id: number }) => id === 7);
  return message.result ?? message.error;
}

async function openSession(caller: object): Promise<Record<string, string>> {
  const params = { protocolVersion: '2025-11-25', clientInfo: { name: 'x', version: '1' }, capabilities: {} };
  const { headers } = await post(rpc('initialize', params), caller as never);
  return { 'mcp-session-id': headers.get('mcp-session-id'), 'mcp-protocol-version': '2025-11-25' };
}

/** A request in a session of the same person, which a token with all scopes opened. */
async function inSession(method: string, params: object, caller: object): Promise<any> {
  const session = await openSession(WRITER);
  const { message } = await post(rpc(method, params), { ...session, ...caller });
  return message.result ?? message.error;
}

/** A message to an SSE session of the same person, which a token with all scopes opened. */
async function overSse(method: string, params: object, caller: object): Promise<any> {
  const sse = await startSseHost();
  const client = await RawClient.connect(sse.url, WRITER);
  try {
    await until(() => client.endpoint);
    await client.post(rpc(method, params, 7), caller as never);
    const { result, error } = await until(() => client.messages.find(({ id }) => id === 7));
    return result ?? error;
  } finally {
    client.disconnect();
    await sse.close();
  }
}

const ROUTES = { modern, legacy, batch, inSession, overSse };

describe.each(Object.entries(ROUTES))('a request: %s', (_, request) => {
  test('lists only what the caller may use', async () => {
    const names = async (caller: object) => [
      (await request('tools/list', {}, caller)).tools.map(({ name }: any) => name),
      (await request('resources/list', {}, caller)).resources.map(({ name }: any) => name),
      (await request('resources/templates/list', {}, caller)).resourceTemplates.map(({ name }: any) => name),
      (await request('prompts/list', {}, caller)).prompts.map(({ name }: any) => name),
    ];
    expect(await names(READER)).toEqual([['open', 'whoami'], [], ['page'], []]);
    expect(await names(WRITER)).toEqual([
      ['both', 'open', 'ops', 'whoami', 'write'],
      ['secret'],
      ['page', 'private'],
      ['greet'],
    ]);
  });

  test('names the scope that a tool lacks, and nothing else', async () => {
    const lacking = await request('tools/call', { name: 'write', arguments: { answer: 'done' } }, READER);
    expect(lacking).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining(`missing scope: ${SCOPE_PREFIX}write. `) }],
    });
    const unknown = { code: -32602, message: expect.stringContaining('unknown tool') };
    expect(await request('tools/call', { name: 'ops', arguments: {} }, READER)).toMatchObject(unknown);
    expect(await request('tools/call', { name: 'both', arguments: {} }, READER)).toMatchObject(unknown);
    const allowed = await request('tools/call', { name: 'ops', arguments: { answer: 'done' } }, WRITER);
    expect(allowed).toMatchObject({ content: [{ text: 'done' }] });
  });

  test('hides resources, prompts and completions', async () => {
    const missing = { code: expect.any(Number) };
    expect(await request('resources/read', { uri: 'docs://secret' }, READER)).toMatchObject(missing);
    expect(await request('resources/read', { uri: 'private://1' }, READER)).toMatchObject(missing);
    expect(await request('resources/read', { uri: 'docs://open' }, READER)).toMatchObject({ contents: [{}] });
    expect(await request('prompts/get', { name: 'greet', arguments: {} }, READER)).toMatchObject({ code: -32602 });
    const completion = { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'name', value: '' } };
    expect(await request('completion/complete', completion, READER)).toMatchObject({ code: -32602 });
    expect(await request('completion/complete', completion, WRITER)).toMatchObject({ completion: { values: ['Ann'] } });
    expect(await request('resources/read', { uri: 'docs://secret' }, WRITER)).toMatchObject({ contents: [{}] });
  });
});

test('functions see the scopes, groups and client of the request', async () => {
  const { content } = await modern('tools/call', { name: 'whoami', arguments: {} }, WRITER);
  expect(JSON.parse(content[0].text).event.context.principal).toEqual({
    id: 'https://issuer|ada',
    scopes: ['read', 'write'],
    groups: ['ops'],
  });
});

test('the body decides, whatever Mcp-Name says', async () => {
  const call = { name: 'write', arguments: { answer: 'done' } };
  // the SDK rejects a request of 2026 whose header differs from its body
  expect(await modern('tools/call', call, READER, 'open')).toMatchObject({ code: -32_020 });
  const { message } = await post(rpc('tools/call', call), { 'mcp-name': 'open', ...READER });
  expect(message.result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining(`missing scope: ${SCOPE_PREFIX}write. `) }],
  });
});

describe('a task', () => {
  test('does not start without the scope', async () => {
    expect(await modern('tools/call', { name: 'write', arguments: {} }, READER)).toMatchObject({ isError: true });
  });

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('%s: is not found without the scope', async (method) => {
    const { taskId } = await modern('tools/call', { name: 'write', arguments: {} }, WRITER);
    const params = { taskId, ...(method === 'tasks/update' ? { inputResponses: {} } : {}) };
    expect(await modern(method, params, READER)).toMatchObject({ code: -32602, message: 'task not found or expired' });
    expect(await modern(method, params, WRITER)).not.toHaveProperty('code');
  });

  test('a changed rule applies to existing tasks, and their runs continue', async () => {
    const changing = tool('changing', { lambdaArn: functionArn('answer'), taskSupport: 'optional' });
    await server.tables.register(changing);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const { taskId } = await modern('tools/call', { name: 'changing', arguments: { answer: 'done' } }, READER);
    await server.tables.register({ ...changing, ...ops });
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await modern('tasks/get', { taskId }, READER)).toMatchObject({ code: -32602 });
    const { runTask } = await import('../../../lambda/task-runner/run.js');
    const now = Date.now();
    await runTask(
      { taskId, run: 1 },
      { runnerArn: functionArn('answer'), callDeadline: now + 890_000, endsAt: now + 900_000 },
    );
    expect(await modern('tasks/get', { taskId }, WRITER)).toMatchObject({ status: 'completed' });
    await server.tables.unregister(changing);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
  });
});

describe('caches', () => {
  test.each([
    ['tools/list', {}],
    ['prompts/list', {}],
    ['resources/list', {}],
    ['resources/templates/list', {}],
    ['resources/read', { uri: 'private://1' }],
  ])('%s is private', async (method, params) => {
    expect(await modern(method, params, WRITER)).toMatchObject({ cacheScope: 'private' });
  });

  test('content that all callers may read stays public', async () => {
    expect(await modern('resources/read', { uri: 'docs://x' }, READER)).toMatchObject({ cacheScope: 'public' });
  });
});

/** Opens a stream and records its messages. */
async function listen(request: Promise<Response>): Promise<any[]> {
  const messages: any[] = [];
  const { body } = await request;
  void (async () => {
    let text = '';
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      messages.splice(
        0,
        messages.length,
        ...[...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => JSON.parse(data!)),
      );
    }
  })().catch(() => undefined);
  return messages;
}

const changed = (messages: any[]) =>
  messages.filter(({ method }) => method === 'notifications/tools/list_changed').length;
/** The resources whose updates were reported. A new stream also reports those of the last 10 seconds, such as those of an earlier test. */
const updated = (messages: any[]) =>
  new Set(
    messages.filter(({ method }) => method === 'notifications/resources/updated').map(({ params }) => params.uri),
  );

describe('notifications', () => {
  const modernListen = (caller: object) => {
    const abort = new AbortController();
    closing.push(() => abort.abort());
    const _meta = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: {} };
    const notifications = { toolsListChanged: true, resourceSubscriptions: ['docs://secret', 'docs://open'] };
    return listen(
      fetch(host.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': VERSION,
          'mcp-method': 'subscriptions/listen',
          ...caller,
        },
        body: JSON.stringify(rpc('subscriptions/listen', { notifications, _meta })),
        signal: abort.signal,
      }),
    );
  };
  const sessionListen = async (caller: object) => {
    const session = await openSession(caller);
    const abort = new AbortController();
    closing.push(() => abort.abort());
    const messages = await listen(
      fetch(host.url, { headers: { accept: 'text/event-stream', ...session, ...caller }, signal: abort.signal }),
    );
    for (const uri of ['docs://secret', 'docs://open']) {
      // subscribed with all scopes, so that only the caller of the stream decides
      await post(rpc('resources/subscribe', { uri }), { ...session, ...WRITER } as never);
    }
    return messages;
  };

  test.each([
    ['subscriptions/listen', modernListen],
    ['the stream of a 2025 session', sessionListen],
  ])('%s: a caller learns of no change to what it may not use', async (_, open) => {
    const [reader, writer] = await Promise.all([open(READER), open(WRITER)]);
    const hidden = tool(`hidden-${open.name}`, { lambdaArn: functionArn('answer'), ...ops });
    await server.tables.register(hidden);
    await until(() => changed(writer) > 0, 15_000);
    await publishUpdate(server.dynamoDb, server.tables.sessions, 'docs://secret');
    await publishUpdate(server.dynamoDb, server.tables.sessions, 'docs://open');
    await until(() => updated(reader).size > 0 && updated(writer).size > 1, 15_000);
    expect(changed(reader)).toBe(0);
    expect(updated(reader)).toEqual(new Set(['docs://open']));
    expect(updated(writer)).toEqual(new Set(['docs://open', 'docs://secret']));
    await server.tables.unregister(hidden);
  });
});
