import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ElicitRequestSchema, LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMcpServer } from '../../../lambda/mcp/server.js';
import { buildCatalog } from '../../../lambda/registry/catalog.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';

const STREAM = { lambdaArn: functionArn('stream'), invokeMode: 'RESPONSE_STREAM' } as const;
const { catalog } = buildCatalog(1, [
  tool('stream', STREAM),
  tool('short', { ...STREAM, timeoutSeconds: 1 }),
  tool('request', { ...STREAM, event: { type: 'request' } }),
  tool('typed', { ...STREAM, outputSchema: { type: 'object', required: ['a'] } }),
  tool('flood', { lambdaArn: functionArn('flood'), invokeMode: 'RESPONSE_STREAM' }),
  tool('event', { lambdaArn: functionArn('streamEvent'), invokeMode: 'RESPONSE_STREAM', event: { type: 'request' } }),
  tool('input', {
    lambdaArn: functionArn('streamAsk'),
    invokeMode: 'RESPONSE_STREAM',
    event: { type: 'request' },
    asksClient: ['elicitation'],
  }),
  tool('missing', { lambdaArn: functionArn('nowhere'), invokeMode: 'RESPONSE_STREAM' }),
  tool('buffered', { lambdaArn: functionArn('answer'), invokeMode: 'RESPONSE_STREAM' }),
  resource('doc', { uriTemplate: 'doc://{steps*}', lambdaArn: functionArn('stream'), invokeMode: 'RESPONSE_STREAM' }),
  prompt('streamed', { ...STREAM, event: { type: 'request' }, completionHandler: functionArn('colours') }),
]);

let functions: { stop(): Promise<void> };
const closing: Array<() => Promise<void>> = [];
beforeAll(async () => {
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  functions = await startFunctions(['stream', 'flood', 'streamEvent', 'streamAsk', 'answer', 'colours']);
});
afterAll(() => functions.stop());
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true); // metrics and logs
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});

/** Connects a client on a session, and records what it receives. */
async function connect() {
  const client = new Client({ name: 'tests', version: '1' }, { capabilities: { elicitation: {} } });
  const logs: unknown[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logs.push(params));
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  const sent: Array<{ method?: string; text: string; at: number }> = [];
  const send = serverSide.send.bind(serverSide);
  serverSide.send = (message, options) => {
    const text = JSON.stringify(message);
    sent.push({ method: (message as { method?: string }).method, text, at: performance.now() });
    return send(message, options);
  };
  const scope = { transport: 'sse', sessionId: 's-1', principal: null, listChanged: false } as const;
  await createMcpServer({ catalog: async () => catalog, scope }).connect(serverSide);
  await client.connect(clientSide as never);
  closing.push(() => client.close());
  const call = async (name: string, steps: unknown[], options = {}) => {
    const { content, ...rest } = await client.callTool({ name, arguments: { steps } }, undefined, options);
    return { content, ...rest } as { content: Array<{ type: string; text: string }>; isError?: boolean };
  };
  return { client, logs, errors, sent, call };
}

const text = (value: string) => ({ type: 'text', text: value });
const progress = (n: number, more: object = {}) => ({ progress: { progress: n, ...more } });

describe('the result of a stream', () => {
  test.each<[string, unknown[], object]>([
    ['an empty stream', [], { content: [text('null')] }],
    ['a result', [{ result: 'done' }], { content: [text('done')] }],
    ['a result without a line break', ['{"result":"done"}'], { content: [text('done')] }],
    ['a structured result', [{ result: { a: 1 } }], { content: [text('{"a":1}')], structuredContent: { a: 1 } }],
    ['an MCP result', [{ result: { content: [text('no')], isError: true } }], { content: [text('no')], isError: true }],
    [
      'several lines of content',
      [{ content: [text('a')] }, { content: [text('b'), text('c')] }],
      { content: [text('a'), text('b'), text('c')] },
    ],
    ['content before a result', [{ content: [text('a')] }, { result: 'b' }], { content: [text('a'), text('b')] }],
    ['content before a null result', [{ content: [text('a')] }, { result: null }], { content: [text('a')] }],
    ['progress only', [progress(1)], { content: [text('null')] }],
    [
      'empty lines and CRLF line breaks',
      ['\r\n\n{"content":[{"type":"text","text":"a"}]}\r\n\n{"result":"b"}\r\n'],
      { content: [text('a'), text('b')] },
    ],
    [
      'lines that are split across chunks',
      ['{"con', 'tent":[{"type":"text","text":"ü', '"}]}\n{"resu', 'lt":1}'],
      { content: [text('ü'), text('1')], structuredContent: 1 },
    ],
    [
      'an error with a text',
      [{ content: [text('a')] }, { error: 'no more paper' }],
      { content: [text('no more paper')], isError: true },
    ],
    [
      'an error with a message',
      [{ error: { message: 'no more ink' } }],
      { content: [text('no more ink')], isError: true },
    ],
    ['plain text', ['hello ', 10, 'world\nand ', 10, 'all\n'], { content: [text('hello world\nand all\n')] }],
    ['plain text after empty lines', ['\n\nhello'], { content: [text('\n\nhello')] }],
    ['JSON with other keys', ['{"a":1}\n{"result":2}\n'], { content: [text('{"a":1}\n{"result":2}\n')] }],
    ['a message with additional keys', ['{"result":1,"b":2}'], { content: [text('{"result":1,"b":2}')] }],
  ])('returns %s', async (_, steps, expected) => {
    const { call } = await connect();
    const structured = (value: any) =>
      typeof value.structuredContent === 'number' ? { ...value, structuredContent: undefined } : value;
    expect(await call('stream', steps)).toEqual(structured(expected));
  });

  test.each<[string, unknown[], RegExp]>([
    [
      'plain text between messages',
      [{ content: [text('a')] }, 'oops\n', { result: 1 }],
      /line 2 .* is not a JSON object/,
    ],
    ['a later line with other keys', [progress(1), { a: 1 }], /line 2 .* is not a JSON object/],
    ['an incomplete last line', [progress(1), '{"result":'], /line 2 .* is not a JSON object/],
    ['a message after the result', [{ result: 1 }, progress(2)], /line 2 .* follows a result or error/],
    ['two results', [{ result: 1 }, { result: 2 }], /line 2 .* follows a result or error/],
    ['invalid progress', [{ progress: 'half' }], /line 1 .* progress must be/],
    ['an unknown log level', [{ log: { level: 'loud', data: 1 } }], /line 1 .* log must be/],
    ['content outside an array', [{ content: 'a' }], /line 1 .* content must be an array/],
    ['content of an unknown type', [{ content: [text('a'), { type: 'smell' }] }], /line 1 .* content\/1 is not valid/],
    ['a line over 1 MiB', [{ content: [text('x'.repeat(1_048_576))] }], /line 1 .* is longer than 1048576 bytes/],
    ['an exception after content', [{ content: [text('a')] }, 20, true], /^TypeError: in the middle$/],
    ['an exception before any output', [true], /^TypeError: in the middle$/],
    ['an exception after plain text', ['hello', 20, true], /^TypeError: in the middle$/],
  ])('reports %s as an error', async (_, steps, expected) => {
    const { call } = await connect();
    const result = await call('stream', steps);
    expect(result.isError).toBe(true);
    expect(result.content).toEqual([text(expect.stringMatching(expected) as never)]);
    expect(result.content[0]!.text).not.toMatch(/\.mjs|\n {4}at /);
  });

  test('returns a stream as text if its first line is over 1 MiB and not a message', async () => {
    const { client } = await connect();
    const { content } = await client.callTool({ name: 'flood', arguments: { count: 30, size: 50_000 } });
    expect((content as { text: string }[])[0]!.text).toHaveLength(1_500_000);
  });

  test('throws a JSON-RPC error', async () => {
    const { call } = await connect();
    const error = { code: -32050, message: 'not today', data: { until: 'tomorrow' } };
    const { code, data } = error;
    await expect(call('stream', [progress(1), { error }])).rejects.toMatchObject({ code, data });
  });

  test('validates against the output schema', async () => {
    const { call } = await connect();
    expect(await call('typed', [{ result: { a: 1 } }])).toMatchObject({ structuredContent: { a: 1 } });
    expect(await call('typed', [{ content: [text('a')] }])).toMatchObject({ isError: true });
  });

  test('returns the response of a function that does not stream as text', async () => {
    const { client } = await connect();
    const result = await client.callTool({ name: 'buffered', arguments: { answer: { a: 1 } } });
    expect(result).toEqual({ content: [text('{"a":1}')] });
  });

  test('supports the request event', async () => {
    const { call } = await connect();
    expect(await call('request', [{ result: 'ok' }])).toEqual({ content: [text('ok')] });
  });

  test('reports a missing function', async () => {
    const { call } = await connect();
    expect(await call('missing', [])).toEqual({
      content: [text('the function cannot be invoked (ResourceNotFoundException)')],
      isError: true,
    });
  });
});

describe('size limits', () => {
  test.each([
    ['text', { count: 140, size: 50_000 }],
    ['content', { count: 14, size: 500_000, line: true }],
  ])('reports %s over 6 MB without a bucket as an error before the handler has ended', async (_, args) => {
    const { client } = await connect();
    const result = await client.callTool({ name: 'flood', arguments: { ...args, count: args.count * 20 } });
    expect(result).toMatchObject({
      isError: true,
      content: [text(expect.stringMatching(/larger than 6.3 MB: .*resultBucket/) as never)],
    });
  });

  test('does not count progress and log messages', async () => {
    const { call } = await connect();
    const big = { log: { level: 'debug', data: 'x'.repeat(900_000) } };
    expect(await call('stream', [big, big, big, big, { result: 'ok' }])).toEqual({ content: [text('ok')] });
  });
});

describe('the client channel', () => {
  test('sends increasing progress to a client with a progress token', async () => {
    const { call, errors } = await connect();
    const seen: unknown[] = [];
    const steps = [
      progress(1, { total: 3 }),
      progress(1),
      progress(0.5),
      progress(2.5, { total: 3, message: 'soon' }),
      { result: 'ok' },
    ];
    const result = await call('stream', steps, { onprogress: (each: unknown) => seen.push(each) });
    expect(result).toEqual({ content: [text('ok')] });
    expect(seen).toEqual([
      { progress: 1, total: 3 },
      { progress: 2.5, total: 3, message: 'soon' },
    ]);
    expect(errors).toEqual([]);
  });

  test('sends the digits of progress that JavaScript would round', async () => {
    const { call, sent } = await connect();
    const steps = ['{"progress":{"progress":1.0,"total":9007199254740993}}\n{"result":"x"}\n'];
    await call('stream', steps, { onprogress: () => undefined });
    const notification = sent.find(({ method }) => method === 'notifications/progress');
    expect(notification?.text).toContain('"progress":1,"total":9007199254740993');
  });

  test('delays the result after a notification', async () => {
    const { call, sent } = await connect();
    await call('stream', [progress(1), { result: 'ok' }], { onprogress: () => undefined });
    const [notification, result] = sent.slice(-2);
    expect([notification!.method, result!.method]).toEqual(['notifications/progress', undefined]);
    expect(result!.at - notification!.at).toBeGreaterThan(20);
  });

  test('sends progress before the handler has ended', async () => {
    const { call } = await connect();
    const started = Date.now();
    let at = 0;
    await call('stream', [progress(1), 800, { result: 'ok' }], { onprogress: () => (at ||= Date.now() - started) });
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(700);
  });

  test('sends nothing to a client without a progress token and log level', async () => {
    const { call, logs, errors } = await connect();
    await call('stream', [progress(1), { log: { level: 'emergency', data: 'fire' } }, { result: 'ok' }]);
    expect([logs, errors]).toEqual([[], []]);
  });

  test('sends log messages from the level of the client upwards', async () => {
    const { client, call, logs } = await connect();
    await client.setLoggingLevel('warning');
    const log = (level: string, more: object = {}) => ({ log: { level, data: { level }, ...more } });
    await call('stream', [log('info'), log('warning'), log('error', { logger: 'db' }), { result: 'ok' }]);
    expect(logs).toEqual([
      { level: 'warning', data: { level: 'warning' } },
      { level: 'error', logger: 'db', data: { level: 'error' } },
    ]);
  });

  test('applies the timeout of the registration to a stream', async () => {
    const { call } = await connect();
    const seen: unknown[] = [];
    const steps = Array.from({ length: 40 }, (_, n) => [progress(n + 1), 100]).flat();
    const result = await call('short', steps, { onprogress: (each: unknown) => seen.push(each) });
    expect(result).toEqual({ content: [text('no response within 1 s')], isError: true });
    const count = seen.length;
    expect(count).toBeGreaterThan(3);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(seen).toHaveLength(count);
  });

  test('sends nothing after a cancellation', async () => {
    const { client, call } = await connect();
    const stop = new AbortController();
    let seen = 0;
    const steps = Array.from({ length: 40 }, (_, n) => [progress(n + 1), 50]).flat();
    const calling = call('stream', steps, { signal: stop.signal, onprogress: () => ++seen === 3 && stop.abort() });
    await expect(calling).rejects.toThrow();
    const errors: Error[] = [];
    client.onerror = (error) => errors.push(error);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(errors.filter(({ message }) => message.includes('progress'))).toEqual([]);
    expect(await call('stream', [{ result: 'still there' }])).toEqual({ content: [text('still there')] });
  });
});

test('supports input requests, and progress that increases over the calls of a request', async () => {
  const { client, call, errors } = await connect();
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { name: 'Ada' } }));
  const seen: unknown[] = [];
  const result = await call('input', [], { onprogress: (each: unknown) => seen.push(each) });
  expect(result).toEqual({ content: [text('hello Ada')] });
  expect(seen).toEqual([{ progress: 1 }, { progress: 2 }, { progress: 3 }]);
  expect(errors).toEqual([]);
});

test('passes the same event as without a stream', async () => {
  const { client } = await connect();
  const { structuredContent } = await client.callTool({
    name: 'event',
    arguments: { a: 1 },
    _meta: { traceparent: '00-aa-bb-01', 'x.example/y': 1 },
  });
  expect(structuredContent).toMatchObject({
    method: 'tools/call',
    params: { name: 'event', arguments: { a: 1 }, _meta: { traceparent: '00-aa-bb-01', 'x.example/y': 1 } },
    context: { transport: 'sse', registrationId: 'tool-event' },
  });
});

describe('resources and prompts', () => {
  test('returns streamed text as the contents of a resource', async () => {
    const { client } = await connect();
    const { contents } = await client.readResource({ uri: 'doc://a,b' });
    expect(contents).toEqual([{ uri: 'doc://a,b', text: 'ab' }]);
  });

  test('returns streamed content as messages of a prompt', async () => {
    const { client } = await connect();
    const steps = JSON.stringify([{ content: [text('first')] }, { result: 'then' }]);
    const { messages } = await client.getPrompt({ name: 'streamed', arguments: { steps } });
    expect(messages).toEqual(['first', 'then'].map((each) => ({ role: 'user', content: text(each) })));
  });

  test('rejects streamed content of a resource', async () => {
    const { client } = await connect();
    const uri = `doc://${encodeURIComponent('{"content":[]}')}`;
    expect(await client.readResource({ uri })).toEqual({ contents: [{ uri, text: '' }] });
    const full = `doc://${encodeURIComponent(JSON.stringify({ content: [text('a')] }))}`;
    await expect(client.readResource({ uri: full })).rejects.toThrow(
      /streamed content, which only tools and prompts support/,
    );
  });

  test('invokes the completion handler of a streaming prompt without a stream', async () => {
    const { client } = await connect();
    const ref = { type: 'ref/prompt', name: 'streamed' } as const;
    const { completion } = await client.complete({ ref, argument: { name: 'x', value: 'g' } });
    expect(completion.values).toEqual(['green']);
  });
});
