import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { MAX_CALLS } from '../../../local/calls/call-log.js';
import type { McpRequest } from '../../../local/calls/exchange.js';
import { CallRecorder } from '../../../local/calls/recorder.js';

/** A response that records nothing itself. */
class FakeResponse extends EventEmitter {
  writableFinished = false;
  writeHead(): this {
    return this;
  }
  write(): boolean {
    return true;
  }
  end(): this {
    this.writableFinished = true;
    return this;
  }
}

const recorder = () => new CallRecorder({ pathOf: (name) => `App/${name}`, serverOf: () => 'App/Mcp' });
let requests = 0;
const request = (body: unknown, more: Partial<McpRequest> = {}): McpRequest => ({
  apiId: 'api',
  method: 'POST',
  resourcePath: '/mcp',
  url: '/prod/mcp',
  headers: { 'user-agent': 'test' },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  requestId: `00000000-0000-4000-8000-${String(++requests).padStart(12, '0')}`,
  ...more,
});
const call = (name = 'lookup', id: string | number = 1, args: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

function respond(res: ServerResponse, status: number, body: string, type = 'application/json'): void {
  res.writeHead(status, { 'content-type': type }).end(body);
  res.emit('close');
}

const fakeResponse = () => new FakeResponse() as unknown as ServerResponse;

test('records requests to a toolset', () => {
  const calls = recorder();
  for (const body of [call(), 'not JSON']) {
    const res = fakeResponse();
    calls.request(request(body, { resourcePath: '/mcp/{toolset}', url: '/prod/mcp/billing?x=1' }), res);
    respond(res, 200, '{"jsonrpc":"2.0","id":1,"result":{}}');
  }
  const step = { label: 'POST /prod/mcp/billing' };
  expect(calls.log.all).toMatchObject([
    { transport: 'http', method: 'tools/call', steps: [step, {}] },
    { transport: 'http', method: 'POST /mcp/billing' },
  ]);
});

test.each([
  [401, '{"message":"Unauthorized"}', 'HTTP 401: Unauthorized'],
  [403, '{"Message":"User is not authorized"}', 'HTTP 403: User is not authorized'],
  [429, '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"limit reached"}}', 'limit reached'],
  [503, '{"error":"the session is not ready"}', 'HTTP 503: the session is not ready'],
])('records a request that is refused with status %s', (status, body, message) => {
  const calls = recorder();
  const res = fakeResponse();
  calls.request(request(call()), res);
  respond(res, status, body);
  expect(calls.log.all).toMatchObject([{ outcome: 'refused', status, error: { message }, name: 'lookup' }]);
});

test.each(['GET', 'DELETE'])('records a refused %s, but not one that the server does not support', (method) => {
  const calls = recorder();
  for (const status of [405, 401]) {
    const res = fakeResponse();
    calls.request(request('', { method }), res);
    respond(res, status, '{}');
  }
  expect(calls.log.all).toMatchObject([{ method: `${method} /mcp`, outcome: 'refused', status: 401 }]);
});

test('finishes a call when its answer arrives in an event stream, in several chunks', () => {
  const calls = recorder();
  const finished: string[] = [];
  calls.log.on('finished', ({ name = '', outcome = '' }) => finished.push(`${name} ${outcome}`));
  const res = fakeResponse();
  calls.request(request(call()), res);
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write('data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\ndata: {"jsonrpc":"2.0","id":1,');
  const [, accent] = [...Buffer.from('é')];
  res.write(
    Buffer.concat([Buffer.from('"result":{"isError":true,"content":[{"type":"text","text":"d'), Buffer.from([0xc3])]),
  );
  expect(finished).toEqual([]);
  res.write(Buffer.concat([Buffer.from([accent!]), Buffer.from('jà"}]}}\n\n')]));
  expect(finished).toEqual(['lookup error']);
  expect(calls.log.all[0].error?.message).toBe('déjà');
});

test('fails a call whose client closes the connection', () => {
  const calls = recorder();
  const res = fakeResponse();
  calls.request(request(call()), res);
  res.emit('close');
  expect(calls.log.all[0]).toMatchObject({ outcome: 'error', error: { message: 'the client closed the connection' } });
});

test('attributes invocations, AWS calls, permissions and logs by the trace', () => {
  const calls = recorder();
  const res = fakeResponse();
  const exchange = calls.request(request(call()), res);
  const server = '11111111-1111-4111-8111-111111111111';
  const tool = '22222222-2222-4222-8222-222222222222';
  const end = calls.invocation({
    requestId: server,
    functionName: 'http',
    trace: exchange.span.header,
    clientContext: undefined,
  });
  const invoke = calls.awsCall('Root=1-x;Parent=1111111111114111;Sampled=0', 'lambda')!;
  invoke.rename('lambda:Invoke');
  invoke.permission({ principal: 'role', action: 'lambda:InvokeFunction', resource: 'arn', allowed: true });
  const endTool = calls.invocation({
    requestId: tool,
    functionName: 'lookup',
    trace: invoke.header,
    clientContext: undefined,
  });
  calls.logLine({ functionName: 'lookup', stream: 'stdout', text: 'by id', requestId: tool });
  calls.logLine({ functionName: 'lookup', stream: 'stdout', text: 'the only invocation' });
  calls.logLine({
    functionName: 'lookup',
    stream: 'stdout',
    text: '{"_aws":{"CloudWatchMetrics":[]}}',
    requestId: tool,
  });
  calls.logLine({ functionName: 'other', stream: 'stdout', text: 'unrelated' });
  endTool({ error: 'Error' });
  end({});
  respond(res, 200, '{"jsonrpc":"2.0","id":1,"result":{}}');
  const [recorded] = calls.log.all;
  expect(recorded.logs.map(({ text }) => text)).toEqual(['by id', 'the only invocation']);
  expect(recorded.permissions).toMatchObject([{ action: 'lambda:InvokeFunction', allowed: true }]);
  expect(recorded.steps.map(({ id, parent, kind, label, failed }) => [id, parent, kind, label, failed])).toEqual([
    [1, undefined, 'front', 'POST /prod/mcp', false],
    [2, 1, 'invoke', 'App/http', undefined],
    [3, 2, 'aws', 'lambda:Invoke', undefined],
    [4, 3, 'permission', 'lambda:InvokeFunction', undefined],
    [5, 3, 'invoke', 'App/lookup', true],
    [6, 1, 'answer', 'ok', false],
  ]);
});

test('ignores AWS calls without a known trace', () => {
  const calls = recorder();
  expect(calls.awsCall(undefined, 'sqs')).toBeUndefined();
  expect(calls.awsCall('Root=1-a;Parent=0000000000000000', 'sqs')).toBeUndefined();
});

test('replaces the secrets of the request, bearer tokens and JSON Web Tokens', () => {
  const calls = recorder();
  const res = fakeResponse();
  const headers = { 'x-api-key': 'key-"quoted"-123', authorization: 'Bearer abcdefgh.12345' };
  calls.request(
    request(
      call('t', 1, { a: 'abcdefgh.12345', b: 'Bearer 0123456789', c: 'eyJhbGciOiJ.eyJzdWIiOiJ.sig', d: 'kept' }),
      { headers },
    ),
    res,
  );
  respond(res, 200, JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: 'abcdefgh.12345' } }));
  const json = JSON.stringify(calls.log.all);
  for (const secret of ['abcdefgh.12345', '0123456789', 'eyJhbGciOiJ']) expect(json).not.toContain(secret);
  expect(calls.log.all[0].params?.value).toMatchObject({
    arguments: { b: 'Bearer [secret]', c: '[secret]', d: 'kept' },
  });
});

test('keeps the start of a value that is too large', () => {
  const calls = recorder();
  calls.request(request(call('t', 1, { text: 'x'.repeat(100_000) })), fakeResponse());
  expect(calls.log.all[0].params).toMatchObject({
    length: expect.any(Number),
    text: expect.stringMatching(/^\{"name":"t"/),
  });
  expect(calls.log.all[0].params?.value).toBeUndefined();
});

test('keeps the newest calls', () => {
  const calls = recorder();
  for (let n = 0; n < MAX_CALLS + 5; n++) {
    const res = fakeResponse();
    calls.request(request(call(`t${n}`)), res);
    respond(res, 200, '{"jsonrpc":"2.0","id":1,"result":{}}');
  }
  expect(calls.log.all).toHaveLength(MAX_CALLS);
  expect(calls.log.all[0].name).toBe('t5');
});

test('lists sessions with the start of their ids', () => {
  const calls = recorder();
  const open = fakeResponse();
  calls.request(request('', { method: 'GET', resourcePath: '/sse' }), open);
  open.writeHead(200, { 'content-type': 'text/event-stream' });
  open.write('event: endpoint\ndata: /prod/message?sessionId=0123456789abcdef\n\n');
  const post = fakeResponse();
  const clientInfo = { name: 'claude', version: '1' };
  const initialize = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-03-26', clientInfo },
  };
  calls.request(
    request(initialize, { resourcePath: '/message', url: '/prod/message?sessionId=0123456789abcdef' }),
    post,
  );
  respond(post, 202, '{"status":"Message accepted"}');
  expect(calls.log.all[0].outcome).toBeUndefined();
  open.write('event: message\ndata: {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2024-11-05"}}\n\n');
  expect(calls.log.all[0]).toMatchObject({ outcome: 'ok', revision: '2024-11-05', client: 'claude 1' });
  expect(calls.sessions.all).toMatchObject([
    { id: '01234567', transport: 'sse', client: 'claude 1', revision: '2024-11-05', calls: 1 },
  ]);
  open.emit('close');
  expect(calls.sessions.all[0].endedAt).toBeGreaterThan(0);
});

test('keeps calls with large arguments, which it cuts', () => {
  const calls = recorder();
  const large = { text: 'x'.repeat(1024 * 1024) };
  for (let n = 0; n < 60; n++) {
    const res = fakeResponse();
    calls.request(request(call('lookup', n, large)), res);
    respond(res, 200, JSON.stringify({ jsonrpc: '2.0', id: n, result: { content: [], structuredContent: large } }));
  }
  expect(calls.log.all).toHaveLength(60);
});
