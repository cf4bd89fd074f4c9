import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { startStreamingHost } from '../../support/streaming-host.js';
import {
  aws,
  closing,
  connect,
  expire,
  friendly,
  host,
  initializing,
  itemsOf,
  load,
  messages,
  open,
  post,
  request,
  rest,
  tables,
} from './session-host.js';

describe('initialize', () => {
  test('opens a session and writes its record', async () => {
    const { sessionId } = await connect(friendly, { 'x-test-user': 'ann' });
    expect(sessionId).toMatch(/^[0-9a-f]{32}$/);
    const { Item } = await aws.dynamoDb.send(
      new GetItemCommand({
        TableName: tables.sessions,
        Key: marshall({ pk: `http#${sessionId}`, sk: 'session' }),
      }),
    );
    const record = unmarshall(Item!);
    expect(record).toMatchObject({
      principal: 'arn:aws:iam::123456789012:user/ann',
      protocolVersion: '2025-11-25',
    });
    expect(JSON.parse(record.client)).toEqual({ name: 'v1', version: '1' });
    expect(JSON.parse(record.capabilities)).toHaveProperty('elicitation');
    expect(record.expiresAt).toBeGreaterThan(Date.now() / 1000);
  });

  test('opens another session each time', async () => {
    expect((await open()).id).not.toBe((await open()).id);
  });

  test('opens no session if it fails', async () => {
    const response = await post({ ...initializing, params: {} });
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect(await response.text()).toContain('error');
  });

  test('rejects a client info that is too large', async () => {
    const params = { ...initializing.params, clientInfo: { name: 'x'.repeat(70_000), version: '1' } };
    const response = await post({ ...initializing, params });
    expect(response.status).toBe(400);
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect(await response.json()).toMatchObject({ id: 0, error: { code: -32602 } });
  });

  test('is not needed by 2026 clients, whose session header is ignored', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const response = await post(request(1, 'tools/list', { _meta: meta }), {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
      'mcp-session-id': 'whatever',
    });
    expect(response.status).toBe(200);
  });

  test('opens no session if sessions are off', async () => {
    delete process.env[ENV.HTTP_SESSIONS];
    const response = await post(initializing);
    const deletion = await fetch(host.url, { method: 'DELETE' });
    process.env[ENV.HTTP_SESSIONS] = 'on';
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, null]);
    expect([deletion.status, deletion.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('within a session', () => {
  test('passes client, capabilities, protocol revision and log level to the handler', async () => {
    const { client, sessionId } = await connect();
    await client.setLoggingLevel('warning');
    const { event, custom } = (await client.callTool({ name: 'request' })).structuredContent as any;
    expect(event.context).toMatchObject({
      transport: 'http',
      protocolVersion: '2025-11-25',
      client: { name: 'v1', version: '1' },
      clientCapabilities: { elicitation: {} },
      logLevel: 'warning',
    });
    expect(event.context.sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify([event, custom])).not.toContain(sessionId);
  });

  test('handles a batch in a revision with batches', async () => {
    const session = await open();
    const response = await session.post(
      [request(1, 'ping'), { jsonrpc: '2.0', method: 'notifications/initialized' }, request(2, 'tools/list')],
      { 'mcp-protocol-version': '2025-03-26' },
    );
    expect((await rest(messages(response))).map(({ id }) => id).sort()).toEqual([1, 2]);
  });

  test.each<[string, string, object | null, object]>([
    ['params', 'tools/list', null, { tools: expect.any(Array) }],
    ['cursor', 'tools/list', { cursor: null }, { tools: expect.any(Array) }],
    ['an empty cursor', 'prompts/list', { cursor: '' }, { prompts: [] }],
    ['arguments', 'tools/call', { name: 'request', arguments: null }, { content: expect.any(Array) }],
    ['_meta', 'tools/call', { name: 'request', _meta: null }, { content: expect.any(Array) }],
    [
      'progressToken',
      'tools/call',
      { name: 'request', _meta: { progressToken: null } },
      { content: expect.any(Array) },
    ],
  ])('treats a null or empty value as absent: %s', async (_, method, params, result) => {
    const response = await (await open()).post({ jsonrpc: '2.0', id: 1, method, params });
    expect(await rest(messages(response))).toEqual([
      { jsonrpc: '2.0', id: 1, result: expect.objectContaining(result) },
    ]);
  });

  test('accepts null for absent capabilities and client info', async () => {
    const response = await post({
      ...initializing,
      params: {
        protocolVersion: '2025-11-25',
        capabilities: { elicitation: { form: {}, url: null }, roots: null, sampling: null },
        clientInfo: { name: 'raw', version: '1', title: null, icons: null },
        _meta: null,
      },
    });
    expect(response.headers.get('mcp-session-id')).toMatch(/^[0-9a-f]{32}$/);
    const [record] = await itemsOf(response.headers.get('mcp-session-id')!);
    expect(JSON.parse(record!.capabilities)).toEqual({ elicitation: { form: {} } });
    expect(JSON.parse(record!.client)).toEqual({ name: 'raw', version: '1' });
  });

  test.each(['*/*', 'application/*, text/*', 'Application/JSON, Text/Event-Stream;q=0.5'])(
    'accepts Accept: %s',
    async (accept) => {
      const opened = await post(initializing, { accept });
      const session = { 'mcp-session-id': opened.headers.get('mcp-session-id')! };
      const response = await post(request(1, 'ping'), { ...session, accept });
      expect(await rest(messages(response))).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
    },
  );

  test('accepts a null beside the error and the result of a response', async () => {
    const session = await open();
    const stream = messages(await session.post(request(1, 'tools/call', { name: 'ask', arguments: null })));
    for (const content of [{ name: 'Ann' }, { colour: 'red' }]) {
      const { value } = await stream.next();
      const result = { action: 'accept', content, _meta: null };
      expect((await session.post({ jsonrpc: '2.0', id: value.id, result, error: null, method: null })).status).toBe(
        202,
      );
    }
    expect(await rest(stream)).toMatchObject([{ id: 1, result: { content: [{ text: 'Ann likes red' }] } }]);
  });

  test('responds to a notification with 202 and no body', async () => {
    const response = await (await open()).post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect([response.status, await response.text()]).toEqual([202, '']);
  });

  test.each([
    ['another content type', { 'content-type': 'text/plain' }, 415],
    ['a client that accepts neither JSON nor streams', { accept: 'text/html' }, 406],
    ['an unknown revision', { 'mcp-protocol-version': '1999-01-01' }, 400],
  ])('rejects %s', async (_, headers, status) => {
    expect((await (await open()).post(request(1, 'ping'), headers)).status).toBe(status);
  });

  test('responds to GET with 405 without notifications', async () => {
    const response = await fetch(host.url, { headers: { accept: 'text/event-stream' } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
  });

  test('is renewed by use', async () => {
    const session = await open();
    await expire(session.id, 1000);
    await (await session.post(request(1, 'ping'))).text();
    const [{ expiresAt }] = await itemsOf(session.id);
    expect(expiresAt).toBeGreaterThan(Date.now() / 1000 + 80_000);
  });

  test('ends a call with an error before the invocation ends', async () => {
    const brief = await startStreamingHost('/mcp', load, { remainingMs: 2_000 });
    closing.push(() => brief.close());
    const session = await open();
    const response = await post(request(1, 'tools/call', { name: 'ask' }), { 'mcp-session-id': session.id }, brief.url);
    const all = await rest(messages(response));
    expect(all.map(({ method }) => method)).toEqual(['elicitation/create', undefined]);
    expect(all[1]).toMatchObject({ id: 1, error: { code: -32000 } });
  });
});

describe('ending', () => {
  test.each([7, '7', `long ${'x'.repeat(2_000)}`])(
    'a cancelled call ends its stream without a response',
    async (id) => {
      const session = await open();
      const response = await session.post(
        request(id, 'tools/call', { name: 'slow', arguments: { milliseconds: 20_000 } }),
      );
      const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } };
      expect((await session.post(cancel)).status).toBe(202);
      expect(await rest(messages(response))).toEqual([]);
    },
    10_000,
  );

  test('a cancelled call cancels its input request', async () => {
    const session = await open();
    const stream = messages(await session.post(request(1, 'tools/call', { name: 'ask' })));
    const { value: inputRequest } = await stream.next();
    await session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(await rest(stream)).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: inputRequest.id } },
    ]);
  });

  test('a cancelled call does not affect other calls', async () => {
    const session = await open();
    const call = (id: unknown, milliseconds: number) =>
      session.post(request(id, 'tools/call', { name: 'slow', arguments: { milliseconds } }));
    const [cancelled, other] = await Promise.all([call(1, 20_000), call('1', 3_000)]);
    await session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(await rest(messages(cancelled))).toEqual([]);
    expect(await rest(messages(other))).toMatchObject([{ id: '1', result: {} }]);
  });

  test('DELETE ends the session and its pending calls', async () => {
    const { client, transport, sessionId } = await connect(() => new Promise(() => {}));
    const waiting = expect(client.callTool({ name: 'ask' })).rejects.toMatchObject({ code: -32000 });
    await sleep(300);
    await transport.terminateSession();
    await waiting;
    const response = await post(request(1, 'ping'), { 'mcp-session-id': sessionId });
    expect([response.status, ((await response.json()) as any).error.code]).toEqual([404, -32001]);
    expect(await itemsOf(sessionId)).toEqual([]);
  });

  test('DELETE requires the session id', async () => {
    const remove = async (headers: Record<string, string>) =>
      (await fetch(host.url, { method: 'DELETE', headers })).status;
    const { id } = await open();
    expect(await remove({})).toBe(400);
    expect(await remove({ 'mcp-session-id': 'unknown' })).toBe(404);
    expect(await remove({ 'mcp-session-id': id })).toBe(204);
    expect(await remove({ 'mcp-session-id': id })).toBe(404);
  });

  test('an expired session ends before DynamoDB deletes its record', async () => {
    const session = await open();
    const stream = messages(await session.post(request(1, 'tools/call', { name: 'ask' })));
    await stream.next();
    await expire(session.id, -1);
    expect(await rest(stream)).toMatchObject([{ id: 1, error: { code: -32000 } }]);
    expect((await session.post(request(2, 'ping'))).status).toBe(404);
  });

  test('late updates do not recreate a session', async () => {
    const { HttpSessionStore } = await import('../../../lambda/http/session-store.js');
    const { id } = await open();
    const store = new HttpSessionStore();
    const session = (await store.find(id))!;
    await store.remove(id);
    await store.setLogLevel(id, 'debug');
    await store.renew(session, Date.now() + 20_000_000);
    expect(await itemsOf(id)).toEqual([]);
  });
});

describe('another caller', () => {
  test('gets 404 and changes nothing', async () => {
    const ann = await open({ 'x-test-user': 'ann' });
    const stream = messages(await ann.post(request(1, 'tools/call', { name: 'ask' })));
    const { value: inputRequest } = await stream.next();

    const eve = { 'x-test-user': 'eve', 'mcp-session-id': ann.id };
    const unknown = await post(request(1, 'ping'), { ...eve, 'mcp-session-id': '0'.repeat(32) });
    for (const body of [
      request(2, 'tools/list'),
      { jsonrpc: '2.0', id: inputRequest.id, result: { action: 'cancel' } },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
    ]) {
      const response = await post(body, eve);
      expect([response.status, await response.clone().json()]).toEqual([404, await unknown.clone().json()]);
    }
    expect((await fetch(host.url, { method: 'DELETE', headers: eve })).status).toBe(404);
    expect((await post(request(1, 'ping'), { 'mcp-session-id': ann.id })).status).toBe(404); // without a principal

    await ann.post({ jsonrpc: '2.0', id: inputRequest.id, result: { action: 'decline' } });
    expect((await rest(stream))[0].result.content[0].text).toBe('the user answered: decline');
  });
});
