import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENV } from '../../src/private/contract';
import { type Fixture, startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { until } from './support/until';

const INFO = { name: 'e2e', version: '1.0.0' };

type Handler = (message: string) => ElicitResult | Promise<ElicitResult>;
const answerAll: Handler = (message) => accept(message.startsWith('Your name') ? { name: 'Ada' } : { colour: 'green' });
const accept = (content: Record<string, string>): ElicitResult => ({ action: 'accept', content });

async function connect({ mcpUrl }: Fixture, answer: Handler, fetch?: typeof globalThis.fetch) {
  const client = new Client(INFO, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(params.message));
  const transport = new StreamableHTTPClientTransport(mcpUrl, { fetch });
  await client.connect(transport as never);
  return { client, transport, sessionId: transport.sessionId! };
}

// with 'lambda', a response reaches another function instance than the waiting call
describe.each(['shared', 'lambda'] as const)('2025 sessions on /mcp, isolation %s', (isolation) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ isolation });
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  test('asks twice with request state: sdk v1', async () => {
    const messages: string[] = [];
    const { client, sessionId } = await connect(fixture, (message) => {
      messages.push(message);
      return answerAll(message);
    });
    expect(sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: 'Ada likes green' }] });
    expect(messages).toEqual(['Your name?', 'Which colour, Ada?']);
    await client.close();
  });

  test('asks twice with request state: client v2, legacy', async () => {
    const client = new V2Client(INFO, {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode: 'legacy' },
    });
    client.setRequestHandler('elicitation/create', async ({ params }) => answerAll(params.message) as never);
    await client.connect(new V2Http(fixture.mcpUrl));
    expect(await client.callTool({ name: 'ask', arguments: {} })).toMatchObject({
      content: [{ text: 'Ada likes green' }],
    });
    await client.close();
  });

  test('asks twice with request state: @ai-sdk/mcp', async () => {
    const client = await createMCPClient({
      transport: { type: 'http', url: fixture.mcpUrl.href },
      capabilities: { elicitation: {} },
    });
    client.onElicitationRequest(ElicitationRequestSchema, ({ params }) => answerAll(params.message) as never);
    const tools = await client.tools();
    expect(await tools.ask!.execute({}, { toolCallId: '1', messages: [] } as never)).toMatchObject({
      content: [{ text: 'Ada likes green' }],
    });
    await client.close();
  });

  test('matches responses to two concurrent elicitations in reverse order', async () => {
    const asked: Array<(answer: ElicitResult) => void> = [];
    const { client } = await connect(fixture, () => new Promise((resolve) => asked.push(resolve)));
    const question = (n: number) => until(`question ${n}`, () => asked[n - 1]);
    const first = client.callTool({ name: 'ask' });
    const askAnn = await question(1);
    const second = client.callTool({ name: 'ask' });
    const askBob = await question(2);

    askBob(accept({ name: 'Bob' }));
    (await question(3))(accept({ colour: 'blue' }));
    expect(await second).toMatchObject({ content: [{ text: 'Bob likes blue' }] });
    askAnn(accept({ name: 'Ann' }));
    (await question(4))(accept({ colour: 'red' }));
    expect(await first).toMatchObject({ content: [{ text: 'Ann likes red' }] });
    await client.close();
  });

  test.each(['decline', 'cancel'] as const)('passes the user’s %s to the function', async (action) => {
    const { client } = await connect(fixture, () => ({ action }));
    expect(await client.callTool({ name: 'ask' })).toMatchObject({
      content: [{ text: `the user chose: ${action}` }],
    });
    await client.close();
  });

  test('cancels a call', async () => {
    const { client } = await connect(fixture, answerAll);
    const stop = new AbortController();
    const slow = client.callTool({ name: 'slow', arguments: { seconds: 31 } }, undefined, { signal: stop.signal });
    const cancelled = expect(slow).rejects.toThrow();
    await until('the function to start', () => fixture.journal().includes('slow start 31'));
    stop.abort('cancelled by the user');
    await cancelled;
    expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: 'Ada likes green' }] });
    await client.close();
  });

  test('DELETE ends the session and the call that is waiting in it', async () => {
    let asked = false;
    const { client, transport, sessionId } = await connect(fixture, () => {
      asked = true;
      return new Promise(() => {});
    });
    const waiting = expect(client.callTool({ name: 'ask' })).rejects.toMatchObject({ code: -32000 });
    await until('the question', () => asked);
    await transport.terminateSession();
    await waiting;
    expect((await ping(fixture, sessionId)).status).toBe(404);
    await client.close();
  });

  test('applies the log level to later calls', async () => {
    const { client } = await connect(fixture, answerAll);
    await client.setLoggingLevel('warning');
    const { structuredContent } = await client.callTool({ name: 'reflect', arguments: {} });
    expect(structuredContent).toMatchObject({ event: { context: { logLevel: 'warning', client: INFO } } });
    await client.close();
  });
});

const ping = ({ mcpUrl }: Fixture, sessionId: string) =>
  fetch(mcpUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': sessionId,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });

test('ends the call if the client does not respond in time', async () => {
  await using fixture = await startFixture({
    extend: ({ server }) => server.httpFunction.addEnvironment(ENV.ANSWER_SECONDS, '1'),
  });
  const { client } = await connect(fixture, () => new Promise(() => {}));
  expect(await client.callTool({ name: 'ask' })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/timed out/) }],
  });
  expect(await client.callTool({ name: 'echo', arguments: { message: 'still works' } })).toMatchObject({
    content: [{ text: 'still works' }],
  });
  await client.close();
});

test('returns 404 for an expired session and opens a new one on initialize', async () => {
  await using fixture = await startFixture();
  const { client, sessionId } = await connect(fixture, answerAll);
  expect((await ping(fixture, sessionId)).status).toBe(200);
  await expireSessions(fixture);
  expect((await ping(fixture, sessionId)).status).toBe(404);
  await expect(client.ping()).rejects.toThrow(/session not found/);
  const next = await connect(fixture, answerAll);
  expect(next.sessionId).not.toBe(sessionId);
  await next.client.ping();
  await Promise.all([client.close(), next.client.close()]);
});

test('rejects requests of other signed callers', async () => {
  await using fixture = await startFixture({ enforceAuth: true });
  const mayConnect = [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow' as const, Action: 'execute-api:Invoke', Resource: '*' }] },
  ];
  const as = (name: string) => signedFetch(fixture.runner.issueCredentials(name, mayConnect));
  const alice = as('alice');
  const bob = as('bob');
  const signed = (async (url: string | URL, init: RequestInit = {}) =>
    init.method === 'GET'
      ? new Response(null, { status: 405 })
      : alice.fetch(
          init.method!,
          new URL(url),
          init.body as string,
          Object.fromEntries(new Headers(init.headers)),
        )) as typeof fetch;

  let question: ((answer: ElicitResult) => void) | undefined;
  const { client, sessionId } = await connect(
    fixture,
    (message) =>
      message.startsWith('Your name') ? new Promise((resolve) => (question = resolve)) : accept({ colour: 'green' }),
    signed,
  );
  const call = client.callTool({ name: 'ask' });
  const answer = await until('the question', () => question);

  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-session-id': sessionId,
  };
  for (const message of [
    { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
    { jsonrpc: '2.0', id: 0, result: { action: 'cancel' } },
  ]) {
    const foreign = await bob.fetch('POST', fixture.mcpUrl, JSON.stringify(message), headers);
    expect(foreign.status).toBe(404); // the same as for an unknown session, to reveal nothing
  }
  expect((await bob.fetch('DELETE', fixture.mcpUrl, undefined, { 'mcp-session-id': sessionId })).status).toBe(404);

  answer(accept({ name: 'Ada' }));
  expect(await call).toMatchObject({ content: [{ text: 'Ada likes green' }] });
  await client.close();
});

test('without HTTP+SSE, grants exactly the permissions that sessions on /mcp use', async () => {
  const called = new Set<string>();
  const refused: string[] = [];
  let granted: string[] = [];
  {
    await using fixture = await startFixture({
      server: { legacySse: false },
      modifyTemplate: (template) => {
        granted = Object.values(template.Resources ?? {})
          .filter(({ Type }) => Type === 'AWS::IAM::Policy')
          .flatMap(
            ({ Properties }) => (Properties as { PolicyDocument: { Statement: any[] } }).PolicyDocument.Statement,
          )
          .filter(({ Resource }) => JSON.stringify(Resource).includes('McpSessionTable'))
          .flatMap(({ Action }) => [Action].flat());
        return template;
      },
      onAccess: ({ role, action, granted }) => {
        if (!granted) refused.push(`${role} ${action}`);
        else if (role.includes('RuntimeRole')) called.add(action);
      },
    });
    const { client, transport } = await connect(fixture, answerAll);
    await client.setLoggingLevel('warning');
    await client.callTool({ name: 'ask' });
    await transport.terminateSession();
    await client.close();
  }
  expect(refused).toEqual([]);
  expect(new Set(granted).size).toBe(5);
  expect([...called]).toEqual(expect.arrayContaining(granted));
});

/** Expires all sessions on `/mcp`. */
async function expireSessions({ runner }: Fixture): Promise<void> {
  const TableName = runner.functions.find(({ environment }) => environment.MCP_HTTP_SESSIONS)!.environment
    .MCP_SESSION_TABLE;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const dynamoDb = new DynamoDBClient({ endpoint: runner.dynamoDbUrl, region: 'us-east-1', credentials });
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName }));
  for (const item of Items.filter(({ pk }) => pk.S!.startsWith('http#'))) {
    await dynamoDb.send(new PutItemCommand({ TableName, Item: { ...item, expiresAt: { N: '1' } } }));
  }
  dynamoDb.destroy();
}
