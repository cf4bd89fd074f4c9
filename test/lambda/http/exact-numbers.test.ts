import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { jsonText, NUMBERS } from '../../support/json-texts.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn } from '../mcp/functions.js';
import { startRawFunctions } from '../mcp/raw-functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { Tables } from '../mcp/tables.js';

const BIG = '725653563933458432';
const MODERN = '2026-07-28';
const META = `"_meta":{"io.modelcontextprotocol/protocolVersion":"${MODERN}","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"shop.example/trace":${BIG}}`;
const ASK = `{"resultType":"input_required","inputRequests":{"size":{"method":"elicitation/create","params":{"mode":"form","message":"Size?","requestedSchema":{"type":"object","properties":{"size":{"type":"number","maximum":725653563933458433}}}}}}}`;

let aws: EmbeddedAws;
let functions: Awaited<ReturnType<typeof startRawFunctions>>;
let host: StreamingHost;
/** What the function `fixed` returns. */
let fixed = 'null';

beforeAll(async () => {
  aws = await startEmbeddedAws();
  const tables = new Tables(aws.dynamoDb, 'http-exact');
  await tables.create();
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1.2.3' });
  functions = await startRawFunctions({
    echo: (event) => event,
    value: (event) => /^\{"value":(.*)\}$/s.exec(event)![1]!,
    fixed: () => fixed,
    ask: (event) => (event.includes('"inputResponses"') ? event : ASK),
  });
  const lambdaArn = functionArn('fixed');
  const headers = { amount: { type: 'number', 'x-mcp-header': 'Amount' } };
  await tables.register(
    ...['echo', 'value', 'fixed'].map((name) => tool(name, { lambdaArn: functionArn(name) })),
    tool('request', { lambdaArn: functionArn('echo'), event: { type: 'request' } }),
    tool('ask', { lambdaArn: functionArn('ask'), event: { type: 'request' }, asksClient: ['elicitation'] }),
    tool('typed', { lambdaArn, outputSchema: { type: 'object', properties: { id: { type: 'integer', minimum: 2 } } } }),
    tool('integer', { lambdaArn, outputSchema: { type: 'integer' } }),
    tool('limited', {
      lambdaArn: functionArn('echo'),
      inputSchema: { type: 'object', properties: { id: { type: 'integer', maximum: 9_007_199_254_740_992 } } },
    }),
    tool('headers', { lambdaArn: functionArn('echo'), inputSchema: { type: 'object', properties: headers } }),
    resource('order', { uri: 'orders://1', lambdaArn }),
    resource('orders', { uriTemplate: 'orders://list/{id}', lambdaArn, listable: true }),
    prompt('reply', { lambdaArn, arguments: [{ name: 'id' }], completionHandler: functionArn('fixed') }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
afterAll(async () => {
  await host.close();
  await functions.stop();
  await aws.stop();
});
beforeEach(() => {
  for (const name of Object.keys(functions.events)) delete functions.events[name];
});
afterEach(() => {
  delete process.env[ENV.HTTP_SESSIONS];
});

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The messages of the response as text. */
  readonly messages: readonly string[];
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

async function post(body: string, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(host.url, { method: 'POST', headers: { ...HEADERS, ...headers }, body });
  const text = await response.text();
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const messages = isStream ? [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => data!) : [text];
  return { status: response.status, headers: response.headers, messages };
}

const callText = (name: string, args: string, id = '1', more = '') =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}","arguments":${args}${more}}}`;

async function modern(body: string, method: string, name: string, headers: Record<string, string> = {}) {
  const reply = await post(body, {
    'mcp-protocol-version': MODERN,
    'mcp-method': method,
    'mcp-name': name,
    ...headers,
  });
  return reply.messages.at(-1)!;
}
const modernCall = (name: string, args: string, more = '', headers: Record<string, string> = {}) =>
  modern(callText(name, args, '1', `,${META}${more}`), 'tools/call', name, headers);

const sessionless = async (name: string, args: string) =>
  (await post(callText(name, args), { 'mcp-protocol-version': '2025-11-25' })).messages.at(-1)!;

/** Opens a session. Returns a function that posts to it. */
async function open(capabilities = '{}') {
  process.env[ENV.HTTP_SESSIONS] = 'on';
  const { headers } = await post(
    `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":${capabilities},"clientInfo":{"name":"raw","version":"1"}}}`,
  );
  const sessionHeaders = { 'mcp-session-id': headers.get('mcp-session-id')!, 'mcp-protocol-version': '2025-11-25' };
  const inSession = (body: string, more: Record<string, string> = {}) => post(body, { ...sessionHeaders, ...more });
  return Object.assign(inSession, { headers: { ...HEADERS, ...sessionHeaders } });
}

/** The text content of a tool result. */
const textOf = (message: string): string => JSON.parse(message).result.content[0].text;

describe.each([
  ['a modern request', async () => modernCall],
  ['a legacy request without a session', async () => sessionless],
  [
    'a legacy request in a session',
    async () => {
      const inSession = await open();
      return async (name: string, args: string) => (await inSession(callText(name, args))).messages.at(-1)!;
    },
  ],
])('%s', (_, connect) => {
  test.each(NUMBERS)('carries %s to the function and back', async (number) => {
    const call = await connect();
    const args = `{"id":${number},"nested":[${number},{"n":${number}}]}`;
    const message = await call('echo', args);
    expect(functions.events.echo).toEqual([args]);
    expect(textOf(message)).toBe(args);
    expect(message).toContain(`"structuredContent":${args}`);
  });

  test('carries a number that is the whole response', async () => {
    const call = await connect();
    for (const number of NUMBERS) expect(textOf(await call('value', `{"value":${number}}`))).toBe(number);
  });

  test('carries any JSON unaltered', async () => {
    const call = await connect();
    await fc.assert(
      fc.asyncProperty(jsonText, async (value) => {
        const args = `{"value":${value}}`;
        const message = await call('echo', args);
        expect(functions.events.echo!.at(-1)).toBe(args);
        expect(textOf(message)).toBe(args);
        expect(message).toContain(`"structuredContent":${args}`);
      }),
      { numRuns: 50 },
    );
  });

  test('passes metadata in the REQUEST event', async () => {
    const call = await connect();
    await call('request', `{"id":${BIG}}`);
    expect(functions.events.echo![0]).toContain(`"arguments":{"id":${BIG}}`);
  });
});

test('carries the numbers of a batch', async () => {
  const ids = ['1', '2'];
  const body = `[${ids.map((id) => callText('echo', `{"id":${BIG}${id}}`, id)).join()}]`;
  const inSession = await open();
  for (const send of [post, inSession]) {
    const { messages } = await send(body, { 'mcp-protocol-version': '2025-03-26' });
    expect(messages.map(textOf).sort()).toEqual(ids.map((id) => `{"id":${BIG}${id}}`));
  }
});

test('returns a number as structured content of its own, or wrapped for 2025 clients', async () => {
  fixed = BIG;
  expect(await modernCall('integer', '{}')).toContain(`"structuredContent":${BIG}`);
  expect(await sessionless('integer', '{}')).toContain(`"structuredContent":{"result":${BIG}}`);
  expect(await sessionless('fixed', '{}')).not.toContain('structuredContent');
});

describe('a function response', () => {
  test.each([
    ['a value', `{"id":${BIG},"price":1.50}`],
    ['the body of a proxy response', `{"statusCode":200,"body":"{\\"id\\":${BIG},\\"price\\":1.50}"}`],
    ['the body of a proxy response in base64', base64Response()],
    ['a proxy response with a fractional status', `{"statusCode":200.0,"body":{"id":${BIG},"price":1.50}}`],
    ['an MCP result', `{"content":[],"structuredContent":{"id":${BIG},"price":1.50}}`],
    ['an MCP result with a result type', `{"resultType":"complete","structuredContent":{"id":${BIG},"price":1.50}}`],
  ])('keeps the numbers of %s', async (_, response) => {
    fixed = response;
    for (const call of [modernCall, sessionless]) {
      expect(await call('typed', '{}')).toContain(`"structuredContent":{"id":${BIG},"price":1.50}`);
    }
  });

  test('keeps metadata, and has plain numbers where MCP defines them', async () => {
    const block = `"type":"text","text":"x","annotations":{"priority":1.0},"_meta":{"n":${BIG}}`;
    fixed = `{"content":[{${block}}],"_meta":{"n":1.0}}`;
    for (const call of [modernCall, sessionless]) {
      const message = await call('fixed', '{}');
      expect(message).toContain('"annotations":{"priority":1}');
      expect(message).toContain(`"_meta":{"n":${BIG}}`);
      expect(message).toContain('"_meta":{"n":1.0');
    }
  });

  test('keeps the data of a JSON-RPC error', async () => {
    fixed = `{"jsonrpc":"2.0","error":{"code":-32050.0,"message":"no","data":{"id":${BIG}}}}`;
    for (const call of [modernCall, sessionless]) {
      expect(await call('fixed', '{}')).toContain(`"error":{"code":-32050,"message":"no","data":{"id":${BIG}}}`);
    }
  });

  test('is text in resources and prompts', async () => {
    fixed = `{"id":${BIG}}`;
    const read = `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"orders://1",${META}}}`;
    const resourceResult = JSON.parse(await modern(read, 'resources/read', 'orders://1'));
    expect(resourceResult.result.contents[0]).toMatchObject({ text: fixed, mimeType: 'application/json' });
    const get = `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"reply",${META}}}`;
    expect(JSON.parse(await modern(get, 'prompts/get', 'reply')).result.messages[0].content.text).toBe(fixed);
  });

  test('keeps the total of completions, which gets the metadata of the request', async () => {
    const reference = `"ref":{"type":"ref/prompt","name":"reply"},"argument":{"name":"id","value":"7"}`;
    const request = `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{${reference},${META}}}`;
    const complete = () => modern(request, 'completion/complete', 'reply');
    fixed = `{"values":["${BIG}"],"total":${BIG}}`;
    expect(await complete()).toContain(`"completion":{"values":["${BIG}"],"total":${BIG},"hasMore":true}`);
    expect(functions.events.fixed!.at(-1)).toContain(`"_meta":{"shop.example/trace":${BIG}}`);
    fixed = `{"values":["${BIG}"],"total":1.0,"hasMore":false}`;
    expect(await complete()).toContain(`"completion":{"values":["${BIG}"],"total":1,"hasMore":false}`);
    fixed = `{"statusCode":200,"body":"[\\"${BIG}\\"]"}`;
    expect(await complete()).toContain(`"completion":{"values":["${BIG}"],"total":1,"hasMore":false}`);
  });

  test('keeps the metadata of listed resources, whose absent members may be null', async () => {
    fixed = `{"resources":[{"uri":"orders://list/1","name":"a","title":null,"size":10.0,"_meta":{"n":${BIG},"x":null}}],"nextCursor":null}`;
    const list = `{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{${META}}}`;
    const { resources } = JSON.parse(await modern(list, 'resources/list', '')).result;
    expect(resources.at(-1)).toEqual({
      uri: 'orders://list/1',
      name: 'a',
      size: 10,
      _meta: { n: Number(BIG), x: null },
    });
    expect(await modern(list, 'resources/list', '')).toContain(`"_meta":{"n":${BIG},"x":null}`);
  });

  test('keeps the metadata of resources and prompts', async () => {
    const read = `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"orders://1",${META}}}`;
    fixed = `{"contents":[{"text":"x","_meta":{"n":${BIG}}}],"ttlMs":5.0,"cacheScope":"private"}`;
    const message = await modern(read, 'resources/read', 'orders://1');
    expect(message).toContain(`"_meta":{"n":${BIG}}`);
    expect(message).toContain('"ttlMs":5,');
    const get = `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"reply",${META}}}`;
    fixed = `{"messages":[{"role":"user","content":{"type":"text","text":"x","annotations":{"priority":0.50}}}],"_meta":{"n":${BIG}}}`;
    const promptMessage = await modern(get, 'prompts/get', 'reply');
    expect(promptMessage).toContain(`"n":${BIG}`);
    expect(promptMessage).toContain('"priority":0.5}');
  });

  test.each(['NaN', 'Infinity', '-Infinity'])('with %s is text, and an error with an output schema', async (number) => {
    fixed = `{"id": ${number}, "text": "NaN"}`;
    expect(textOf(await modernCall('fixed', '{}'))).toBe(fixed);
    const message = await modernCall('typed', '{}');
    expect(textOf(message)).toContain(`${number} is not JSON. Return null or a string instead.`);
  });
});

test('validates plain numbers', async () => {
  expect(textOf(await modernCall('limited', '{"id":9007199254740993}'))).toBe('{"id":9007199254740993}');
  expect(textOf(await modernCall('limited', '{"id":9007199254741993}'))).toContain('invalid arguments');
  expect(textOf(await modernCall('limited', '{"id":5.0}'))).toBe('{"id":5.0}');
  fixed = '{"id":1.0}';
  expect(textOf(await modernCall('typed', '{}'))).toContain('outputSchema');
});

describe('a parameter header', () => {
  test.each([
    ['9007199254740993', '9007199254740993'],
    ['1.50', '1.5'],
    ['1e2', '100'],
    ['100', '1.00E+2'],
    ['-0', '0'],
    ['1e400', '1e400'],
    ['0.1234567890123456789', '0.1234567890123456789'],
  ])('matches the argument %s as %s', async (argument, header) => {
    const message = await modernCall('headers', `{"amount":${argument}}`, '', { 'mcp-param-amount': header });
    expect(textOf(message)).toBe(`{"amount":${argument}}`);
  });

  test.each([
    ['9007199254740993', '9007199254740992'],
    ['1.5', '15'],
    ['-5', '5'],
  ])('differs from the argument %s as %s', async (argument, header) => {
    const message = await modernCall('headers', `{"amount":${argument}}`, '', { 'mcp-param-amount': header });
    expect(JSON.parse(message).error).toMatchObject({ code: -32020 });
  });

  test('differs from an argument of many digits', async () => {
    const argument = `1${'0'.repeat(1_000_000)}1`;
    const message = await modernCall('headers', `{"amount":${argument}}`, '', { 'mcp-param-amount': '1' });
    expect(JSON.parse(message).error).toMatchObject({ code: -32020 });
  });

  test('is required for an exact number', async () => {
    expect(JSON.parse(await modernCall('headers', '{"amount":1.50}')).error).toMatchObject({ code: -32020 });
  });
});

describe('an input response', () => {
  const response = `{"action":"accept","content":{"size":${BIG},"price":1.50}}`;

  test('of a 2026 client reaches the function unaltered', async () => {
    const first = await modernCall('ask', `{"id":${BIG}}`);
    expect(first).toContain('"maximum":725653563933458433');
    const { requestState } = JSON.parse(first).result;
    const retry = `,"inputResponses":{"size":${response}},"requestState":${JSON.stringify(requestState)}`;
    const message = await modernCall('ask', `{"id":${BIG}}`, retry);
    expect(textOf(message)).toContain(`"inputResponses":{"size":${response}}`);
  });

  test('in a session reaches the function unaltered', async () => {
    const inSession = await open('{"elicitation":{}}');
    const call = { method: 'POST', headers: inSession.headers, body: callText('ask', `{"id":${BIG}}`, '7') };
    const reader = (await fetch(host.url, call)).body!.pipeThrough(new TextDecoderStream() as never).getReader();
    let text = '';
    const readUntil = async (pattern: RegExp) => {
      for (;;) {
        const match = pattern.exec(text);
        if (match) return match[1]!;
        const { value, done } = await reader.read();
        if (done) throw new Error(text);
        text += value;
      }
    };
    const request = await readUntil(/^data: (.*elicitation\/create.*)$/m);
    expect(request).toContain('"maximum":725653563933458433');
    await inSession(`{"jsonrpc":"2.0","id":"${JSON.parse(request).id}","result":${response}}`);
    const result = await readUntil(/^data: (.*"id":7.*)$/m);
    expect(textOf(result)).toContain(`"inputResponses":{"size":${response}}`);
  });
});

describe('an id', () => {
  test.each([
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', '9007199254740992'],
    ['1.00000000000000000001', '1.00000000000000000001'],
    ['1e2', '1e2'],
    ['1.5', '1.5'],
  ])('%s is rejected, and echoed as it came', async (id, echoed) => {
    const error = `"error":{"code":-32600,"message":"invalid id ${id}: expected a string or an integer from -9007199254740991 to 9007199254740991"}`;
    expect(await modern(callText('echo', '{}', id, `,${META}`), 'tools/call', 'echo')).toBe(
      `{"jsonrpc":"2.0","id":${echoed},${error}}`,
    );
    const batch = `[${callText('echo', '{}', '1')},${callText('echo', '{}', id)}]`;
    const reply = await post(batch, { 'mcp-protocol-version': '2025-03-26' });
    expect(reply).toMatchObject({ status: 400, messages: [`{"jsonrpc":"2.0","id":${echoed},${error}}`] });
    expect(functions.events.echo).toBeUndefined();
  });

  test.each([
    ['9007199254740991', '9007199254740991'],
    ['-9007199254740991', '-9007199254740991'],
    ['1.0', '1'],
    ['"9007199254740993"', '"9007199254740993"'],
  ])('%s is accepted', async (id, echoed) => {
    expect(await modern(callText('echo', '{}', id, `,${META}`), 'tools/call', 'echo')).toContain(`"id":${echoed}`);
  });

  test('of progress is rejected if it would change', async () => {
    const token = META.replace('"_meta":{', '"_meta":{"progressToken":9007199254740993,');
    const message = await modern(callText('echo', '{}', '3', `,${token}`), 'tools/call', 'echo');
    expect(JSON.parse(message)).toMatchObject({
      id: 3,
      error: {
        code: -32600,
        message: expect.stringMatching(/^invalid params\._meta\.progressToken 9007199254740993: /),
      },
    });
  });
});

test('rejects a message that is nested too deeply for exact numbers', async () => {
  const deep = `${'['.repeat(200_000)}1.0${']'.repeat(200_000)}`;
  expect(await post(callText('echo', `{"deep":${deep}}`))).toMatchObject({
    status: 400,
    messages: [expect.stringContaining('the message is nested more than 64 levels deep')],
  });
});

function base64Response(): string {
  const body = Buffer.from(`{"id":${BIG},"price":1.50}`).toString('base64');
  return `{"statusCode":200,"headers":{"content-type":"application/json"},"isBase64Encoded":true,"body":"${body}"}`;
}
