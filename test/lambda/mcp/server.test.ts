import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMcpServer } from '../../../lambda/mcp/server.js';
import type { RequestScope } from '../../../lambda/protocol/request-scope.js';
import { buildCatalog } from '../../../lambda/registry/catalog.js';
import { ENV } from '../../../src/private/contract.js';
import type { Registration } from '../../../src/private/registration.js';
import { functionArn, startFunctions } from './functions.js';
import { prompt, resource, tool } from './registrations.js';

/** A tool and its function, of the same name. */
const of = (fn: string, more: object = {}) => tool(fn, { lambdaArn: functionArn(fn), ...more });
const schema = { type: 'object', properties: { milliseconds: { type: 'integer' } }, required: ['milliseconds'] };
const elicits = { event: { type: 'request' }, asksClient: ['elicitation'] } as const;

const registrations: Registration[] = [
  of('reflect'),
  tool('request', { lambdaArn: functionArn('reflect'), event: { type: 'request' }, inputSchema: { type: 'object' } }),
  of('answer', {
    title: 'Answer',
    annotations: { readOnlyHint: true },
    icons: [{ src: 'https://x.example/i.png' }],
    _meta: { 'x.example/a': 1 },
  }),
  tool('typed', { lambdaArn: functionArn('answer'), outputSchema: { type: 'object', required: ['a'] } }),
  tool('list', { lambdaArn: functionArn('answer'), outputSchema: { type: 'array' } }),
  of('fail'),
  of('crash'),
  of('big'),
  of('slow', { inputSchema: schema }),
  tool('short', { lambdaArn: functionArn('slow'), timeoutSeconds: 1 }),
  tool('missing', { lambdaArn: functionArn('nowhere') }),
  of('ask', elicits),
  tool('undeclared', { lambdaArn: functionArn('ask'), event: { type: 'request' } }),
  tool('argumentsOnly', { lambdaArn: functionArn('askForever'), asksClient: ['elicitation'] }),
  of('askForever', elicits),
  resource('readme', { uri: 'docs://readme', mimeType: 'text/plain', lambdaArn: functionArn('text') }),
  resource('missing', { uri: 'docs://missing', lambdaArn: functionArn('document') }),
  resource('failing', { uri: 'docs://failing', lambdaArn: functionArn('fail') }),
  resource('page', { uriTemplate: 'docs://{page}', lambdaArn: functionArn('document') }),
  resource('book', { uriTemplate: 'books://{id}', listable: true, lambdaArn: functionArn('listing') }),
  resource('broken', { uriTemplate: 'broken://{id}', listable: true, lambdaArn: functionArn('fail') }),
  prompt('greet', {
    lambdaArn: functionArn('greeting'),
    arguments: [{ name: 'name', required: true }, { name: 'tone' }],
    completions: { tone: ['plain', 'Polite', 'rude'] },
    completionHandler: functionArn('colours'),
  }),
  prompt('failing', { lambdaArn: functionArn('fail'), completionHandler: functionArn('fail') }),
  prompt('unlisted', { lambdaArn: functionArn('greeting'), completionHandler: functionArn('reflect') }),
  prompt('many', { lambdaArn: functionArn('greeting'), completionHandler: functionArn('manyValues') }),
  prompt('noCompletions', { lambdaArn: functionArn('colours') }),
];
const { catalog } = buildCatalog(1, registrations);

let functions: { stop(): Promise<void> };
const closing: Array<() => Promise<void>> = [];

beforeAll(async () => {
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  process.env[ENV.SERVER_INFO] = JSON.stringify({
    name: 'orders',
    version: '1.2.3',
    title: 'Orders',
    instructions: 'Be kind.',
  });
  functions = await startFunctions([
    ...['reflect', 'answer', 'text', 'fail', 'crash', 'big', 'slow', 'ask', 'askForever'],
    ...['document', 'listing', 'greeting', 'colours', 'manyValues'],
  ]);
});
afterAll(() => functions.stop());
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true); // metrics and logs
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});

const session: RequestScope = { transport: 'sse', sessionId: 's-1', principal: { id: 'ann' }, listChanged: true };

async function connect(client = new Client({ name: 'tests', version: '1' }), scope = session, served = catalog) {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({ catalog: async () => served, scope });
  await server.connect(serverSide);
  await client.connect(clientSide as never);
  closing.push(() => client.close());
  return client;
}

/** A client that responds to elicitations with these contents in turn. `null` declines. */
function elicitationClient(...contents: Array<Record<string, string> | null>) {
  const client = new Client({ name: 'tests', version: '1' }, { capabilities: { elicitation: {} } });
  const messages: string[] = [];
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    messages.push(params.message);
    const content = contents.shift();
    return content ? { action: 'accept', content } : { action: 'decline' };
  });
  return { client, messages };
}

const call = async (client: Client, name: string, args: Record<string, unknown> = {}) => {
  const { content, ...rest } = await client.callTool({ name, arguments: args });
  const texts = (content as { text: string }[]).map(({ text }) => text);
  return { text: texts.join('\n'), ...rest } as { text: string; isError?: boolean; structuredContent?: any };
};

describe('initialization', () => {
  test('returns server info, instructions and all capabilities, even for an empty catalog', async () => {
    const client = await connect(undefined, session, buildCatalog(0, []).catalog);
    expect(client.getServerVersion()).toEqual({ name: 'orders', version: '1.2.3', title: 'Orders' });
    expect(client.getInstructions()).toBe('Be kind.');
    const lists = { listChanged: true };
    expect(client.getServerCapabilities()).toEqual({
      tools: lists,
      resources: lists,
      prompts: lists,
      completions: {},
      logging: {},
    });
    expect((await client.listTools()).tools).toEqual([]);
    expect((await client.listResources()).resources).toEqual([]);
    expect((await client.listResourceTemplates()).resourceTemplates).toEqual([]);
    expect((await client.listPrompts()).prompts).toEqual([]);
  });

  test('advertises list changes only if it sends them', async () => {
    const client = await connect(undefined, { ...session, listChanged: false });
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, resources: {}, prompts: {} });
    expect(JSON.stringify(client.getServerCapabilities())).not.toContain('listChanged');
  });
});

describe('lists', () => {
  test('lists tools as registered, without internal attributes', async () => {
    const { tools } = await (await connect()).listTools();
    expect(tools.map(({ name }) => name)).toEqual([...tools.map(({ name }) => name)].sort());
    expect(tools.find(({ name }) => name === 'answer')).toEqual({
      name: 'answer',
      title: 'Answer',
      inputSchema: { type: 'object', properties: {} },
      annotations: { readOnlyHint: true },
      icons: [{ src: 'https://x.example/i.png' }],
      _meta: { 'x.example/a': 1 },
    });
    expect(JSON.stringify(tools)).not.toContain('lambda');
  });

  test.each<[string, object | undefined, object]>([
    ['no schema', undefined, { type: 'object', properties: {} }],
    ['a schema without properties', { type: 'object' }, { type: 'object', properties: {} }],
    [
      'a schema of references',
      { type: 'object', allOf: [{ $ref: '#/$defs/a' }], $defs: { a: { required: ['id'] } } },
      { type: 'object', properties: {}, allOf: [{ $ref: '#/$defs/a' }], $defs: { a: { required: ['id'] } } },
    ],
    [
      'no properties allowed',
      { type: 'object', additionalProperties: false },
      { type: 'object', properties: {}, additionalProperties: false },
    ],
    [
      'a schema with properties',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: { id: {} } },
      { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: { id: {} } },
    ],
  ])('lists a tool with properties if it has %s', async (_, inputSchema, listed) => {
    const { catalog } = buildCatalog(1, [tool('any', inputSchema ? { inputSchema: inputSchema as never } : {})]);
    const { tools } = await (await connect(undefined, session, catalog)).listTools();
    expect(tools.map((each) => each.inputSchema)).toEqual([listed]);
  });

  test('lists each tool once over all pages', async () => {
    const many = Array.from({ length: 450 }, (_, n) => tool(`t${n}`));
    const client = await connect(undefined, session, buildCatalog(1, many).catalog);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor ? { cursor } : undefined);
      seen.push(...page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(450);
    expect(new Set(seen).size).toBe(450);
    await expect(client.listTools({ cursor: 'nonsense' })).rejects.toMatchObject({ code: -32602 });
  });

  test('leaves output schemas out for revisions without them', async () => {
    const { tools } = await (await uninitialized('2025-03-26')).tools();
    expect(tools.find(({ name }) => name === 'typed')).not.toHaveProperty('outputSchema');
    const newer = await (await uninitialized('2025-06-18')).tools();
    expect(newer.tools.find(({ name }) => name === 'typed')).toHaveProperty('outputSchema');
  });

  test('lists the resources of listable templates, and skips a template that fails', async () => {
    const client = await connect();
    const first = await client.listResources();
    expect(first.resources.map(({ uri }) => uri)).toEqual([
      'docs://failing',
      'docs://missing',
      'docs://readme',
      'books://1',
    ]);
    const second = await client.listResources({ cursor: first.nextCursor! });
    expect(second).toEqual({ resources: [{ uri: 'books://2', name: 'two' }] });
    for (const position of ['{}', '{"after":1}', '{"template":1}', '{"after":"a","template":"b"}']) {
      const cursor = Buffer.from(position).toString('base64url');
      await expect(client.listResources({ cursor })).rejects.toMatchObject({ code: -32602 });
    }
  });

  test('lists resource templates and prompts', async () => {
    const client = await connect();
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'books://{id}',
      'broken://{id}',
      'docs://{page}',
    ]);
    const { prompts } = await client.listPrompts();
    expect(prompts.find(({ name }) => name === 'greet')).toEqual({
      name: 'greet',
      arguments: [{ name: 'name', required: true }, { name: 'tone' }],
    });
  });
});

describe('calling a tool', () => {
  test('passes the arguments, and the request in the client context', async () => {
    const { structuredContent } = await call(await connect(), 'reflect', { id: 7 });
    expect(structuredContent.event).toEqual({ id: 7 });
    expect(structuredContent.custom).toMatchObject({
      mcpMethod: 'tools/call',
      mcpName: 'reflect',
      mcpSessionId: 's-1',
      mcpPrincipal: 'ann',
      mcpProtocolVersion: '2025-11-25',
      mcpRegistrationId: 'tool-reflect',
      bedrockAgentCoreToolName: 'orders___reflect',
    });
  });

  test('passes the whole request to a handler with the request event', async () => {
    const client = await connect(new Client({ name: 'tests', version: '1' }, { capabilities: { roots: {} } }));
    await client.setLoggingLevel('warning');
    const before = Date.now();
    const { structuredContent } = (await client.callTool({
      name: 'request',
      arguments: { id: 7 },
      _meta: { traceparent: '00-a-b-01' },
    })) as { structuredContent: any };
    const { event, custom } = structuredContent;
    expect(event).toMatchObject({
      method: 'tools/call',
      params: { name: 'request', arguments: { id: 7 }, _meta: { traceparent: '00-a-b-01' } },
      context: {
        invocationId: custom.mcpRequestId,
        protocolVersion: '2025-11-25',
        transport: 'sse',
        sessionId: 's-1',
        principal: { id: 'ann' },
        client: { name: 'tests', version: '1' },
        clientCapabilities: { roots: {} },
        logLevel: 'warning',
        registrationId: 'tool-request',
      },
    });
    expect(custom.traceparent).toBe('00-a-b-01');
    expect(event.context.deadlineMs - before).toBeGreaterThan(25_000);
    expect(event.context.deadlineMs - before).toBeLessThan(35_000);
  });

  test('rejects an unknown tool with a protocol error', async () => {
    await expect((await connect()).callTool({ name: 'nothing' })).rejects.toMatchObject({ code: -32602 });
  });

  test('returns invalid arguments as an error result, without a call', async () => {
    const result = await call(await connect(), 'slow', { milliseconds: 'many' });
    expect(result).toMatchObject({ isError: true });
    expect(result.text).toMatch(/invalid arguments:\n\/milliseconds: .*"integer"/);
  });

  test('returns the type and message of a thrown error, without the stack trace', async () => {
    expect(await call(await connect(), 'fail')).toEqual({ isError: true, text: 'TypeError: the database said no' });
  });

  test('returns an error for a crash, a response over 6 MB, a timeout and a missing function', async () => {
    const client = await connect();
    expect(await call(client, 'crash')).toMatchObject({ isError: true, text: expect.stringContaining('Runtime') });
    expect(await call(client, 'big')).toMatchObject({ isError: true, text: expect.stringContaining('6 MB') });
    expect(await call(client, 'short', { milliseconds: 5_000 })).toEqual({
      isError: true,
      text: 'no response within 1 s',
    });
    const missing = await call(client, 'missing');
    expect(missing).toEqual({ isError: true, text: 'the function cannot be invoked (ResourceNotFoundException)' });
  });

  test('limits a call by the deadline of the scope', async () => {
    const client = await connect(undefined, { ...session, deadline: Date.now() + 2_000 });
    expect(await call(client, 'slow', { milliseconds: 10_000 })).toMatchObject({
      text: expect.stringContaining('no response within'),
    });
  });

  test('rejects with a JSON-RPC error of the handler', async () => {
    const error = { jsonrpc: '2.0', error: { code: -32010, message: 'sold out', data: { left: 0 } } };
    await expect(call(await connect(), 'answer', { answer: error })).rejects.toMatchObject({
      code: -32010,
      data: { left: 0 },
    });
  });

  test('returns a response with an unknown resultType as data', async () => {
    const answer = { resultType: 'vector', result: [1] };
    expect(await call(await connect(), 'answer', { answer })).toMatchObject({ structuredContent: answer });
  });

  test('validates structured content, and wraps it for 2025 clients unless it is an object', async () => {
    const client = await connect();
    await client.listTools(); // afterwards the client validates against output schemas, too
    expect(await call(client, 'typed', { answer: { a: 1 } })).toMatchObject({ structuredContent: { a: 1 } });
    expect(await call(client, 'typed', { answer: { b: 1 } })).toMatchObject({
      isError: true,
      text: expect.stringContaining('"a"'),
    });
    expect(await call(client, 'list', { answer: [1, 2] })).toMatchObject({
      structuredContent: { result: [1, 2] },
      text: '[1,2]',
    });
  });

  test('does not wait for a cancelled call, and sends nothing for it', async () => {
    const client = await connect();
    const errors: Error[] = [];
    client.onerror = (error) => errors.push(error);
    const cancel = new AbortController();
    const started = Date.now();
    const pending = client.callTool({ name: 'slow', arguments: { milliseconds: 3_500 } }, undefined, {
      signal: cancel.signal,
    });
    setTimeout(() => cancel.abort('changed my mind'), 300);
    await expect(pending).rejects.toThrow();
    expect(await call(client, 'reflect', {})).toHaveProperty('text'); // the session stays open
    expect(Date.now() - started).toBeLessThan(3_000);
    await new Promise((resolve) => setTimeout(resolve, 4_000)); // until the handler has returned
    expect(errors).toEqual([]);
  });

  test('measures calls, errors and durations per server, with the name of the tool', async () => {
    const client = await connect();
    await call(client, 'fail');
    const written = vi.mocked(process.stdout.write).mock.calls.map(([line]) => String(line));
    const record = JSON.parse(written.find((line) => line.includes('ToolCalls'))!);
    expect(record).toMatchObject({
      Server: 'orders',
      Tool: 'fail',
      ToolCalls: 1,
      ToolErrors: 1,
      ToolDuration: expect.any(Number),
    });
    expect(record._aws.CloudWatchMetrics[0].Dimensions).toEqual([['Server']]);
  });
});

describe('resources', () => {
  test('prefers an exact URI to a template, and decodes variables', async () => {
    const client = await connect();
    expect((await client.readResource({ uri: 'docs://readme' })).contents).toEqual([
      { uri: 'docs://readme', mimeType: 'text/plain', text: 'some text' },
    ]);
    expect((await client.readResource({ uri: 'docs://a%20b' })).contents).toEqual([
      { uri: 'docs://a%20b', text: 'docs://a%20b {"page":"a b"}' },
    ]);
  });

  test('reports an unknown URI, or status 404 of the handler, as -32602 with the URI', async () => {
    const client = await connect();
    for (const uri of ['docs://missing', 'nothing://at-all']) {
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602, data: { uri } });
    }
  });

  test('hides the error of a handler', async () => {
    const failure = (await connect()).readResource({ uri: 'docs://failing' });
    await expect(failure).rejects.toMatchObject({
      code: -32603,
      message: expect.stringMatching(/the resource cannot be read: TypeError: the database said no$/),
    });
  });
});

describe('prompts', () => {
  test('returns a string as a user message', async () => {
    const { messages } = await (await connect()).getPrompt({ name: 'greet', arguments: { name: 'Ann' } });
    expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: 'Greet Ann.' } }]);
  });

  test('rejects missing arguments and unknown prompts, and hides the error of a handler', async () => {
    const client = await connect();
    await expect(client.getPrompt({ name: 'greet' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('name'),
    });
    await expect(client.getPrompt({ name: 'nothing' })).rejects.toMatchObject({ code: -32602 });
    await expect(client.getPrompt({ name: 'failing' })).rejects.toMatchObject({
      code: -32603,
      message: expect.stringMatching(/the prompt failed: TypeError: the database said no$/),
    });
  });
});

describe('completions', () => {
  const complete = async (name: string, argument: string, value: string) => {
    const client = await connect();
    const ref = { type: 'ref/prompt' as const, name };
    return (await client.complete({ ref, argument: { name: argument, value } })).completion;
  };

  test('returns the registered values that match', async () => {
    expect(await complete('greet', 'tone', 'p')).toEqual({ values: ['plain', 'Polite'], total: 2, hasMore: false });
  });

  test('calls the completion handler for other arguments, and returns at most 100 values', async () => {
    // the handler also returns a value with a hidden character
    expect(await complete('greet', 'name', 'gr')).toEqual({ values: ['green'], total: 1, hasMore: false });
    const many = await complete('many', 'x', '');
    expect(many.values).toHaveLength(100);
    expect(many).toMatchObject({ total: 500, hasMore: true });
  });

  test('says why the completion handler failed', async () => {
    await expect(complete('failing', 'x', '')).rejects.toThrow(
      'the completion handler failed: TypeError: the database said no',
    );
    await expect(complete('unlisted', 'x', '')).rejects.toThrow(
      'the completion handler failed: it did not return a list of texts',
    );
  });

  test('returns no values without a completion handler', async () => {
    expect(await complete('noCompletions', 'x', '')).toEqual({ values: [] });
  });

  test('rejects an unknown reference', async () => {
    await expect(complete('nothing', 'x', '')).rejects.toMatchObject({ code: -32602 });
    const ref = { type: 'ref/resource' as const, uri: 'nothing://{x}' };
    await expect((await connect()).complete({ ref, argument: { name: 'x', value: '' } })).rejects.toMatchObject({
      code: -32602,
    });
  });
});

describe('input requests on a session', () => {
  test('sends requests in several rounds, and passes the request state back to the handler', async () => {
    const { client, messages } = elicitationClient({ name: 'Ann' }, { colour: 'red' });
    expect(await call(await connect(client), 'ask')).toEqual({ text: 'Ann likes red' });
    expect(messages).toEqual(['Your name?', 'Your colour?']);
  });

  test('passes a declined elicitation to the handler', async () => {
    expect(await call(await connect(elicitationClient(null).client), 'ask')).toEqual({
      text: 'the user answered: decline',
    });
  });

  test('returns an error for a client without the capability', async () => {
    expect(await call(await connect(), 'ask')).toMatchObject({
      isError: true,
      text: expect.stringContaining('capability'),
    });
  });

  test('allows at most 8 rounds', async () => {
    const { client, messages } = elicitationClient(...Array.from({ length: 20 }, () => ({ name: 'Ann' })));
    const result = await call(await connect(client), 'askForever');
    expect(result).toMatchObject({ isError: true, text: expect.stringContaining('8') });
    expect(messages).toHaveLength(8);
  });

  test('requires asksClient and the request event', async () => {
    const { client, messages } = elicitationClient({ name: 'Ann' });
    await connect(client);
    expect(await call(client, 'undeclared')).toMatchObject({
      isError: true,
      text: expect.stringContaining('asksClient'),
    });
    expect(await call(client, 'argumentsOnly')).toMatchObject({
      isError: true,
      text: expect.stringContaining('event type "request"'),
    });
    expect(messages).toEqual([]);
  });

  test('rejects a forged request state', async () => {
    const client = await connect(elicitationClient().client);
    const forged = client.callTool({ name: 'ask', requestState: 'name:Eve', inputResponses: { colour: {} } } as never);
    await expect(forged).rejects.toMatchObject({ code: -32602 });
  });
});

describe('a client that initialized on another server instance', () => {
  test('is served in the revision that it states, without capabilities', async () => {
    const client = await uninitialized('2025-06-18');
    expect(await client.call('answer', { answer: { a: 1 } })).toMatchObject({ structuredContent: { a: 1 } });
    expect(await client.call('ask', {})).toMatchObject({ isError: true });
  });

  test('gets no structured content without a revision', async () => {
    const client = await uninitialized(undefined);
    expect(await client.call('answer', { answer: { a: 1 } })).toEqual({ content: [{ type: 'text', text: '{"a":1}' }] });
  });
});

/** A reconnected client, which continues without `initialize`. */
async function uninitialized(protocolVersion: string | undefined) {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({
    catalog: async () => catalog,
    scope: { ...session, ...(protocolVersion ? { protocolVersion } : {}) },
  });
  await server.connect(serverSide);
  const pending = new Map<number, (result: any) => void>();
  clientSide.onmessage = (message: any) => pending.get(message.id)?.(message.result ?? message.error);
  await clientSide.start();
  closing.push(() => clientSide.close());
  let id = 0;
  const request = (method: string, params: object): Promise<any> =>
    new Promise((resolve) => {
      pending.set(++id, resolve);
      void clientSide.send({ jsonrpc: '2.0', id, method, params } as never);
    });
  return {
    tools: (): Promise<{ tools: { name: string }[] }> => request('tools/list', {}),
    call: (name: string, args: object) => request('tools/call', { name, arguments: args }),
  };
}
