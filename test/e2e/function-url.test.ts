/** A server whose endpoint is a function URL, on the synthesised template. */
import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as iam from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Template } from '../../local/assembly/template';
import type { PolicyDocument } from '../../local/services/iam/policy';
import { McpAuth, McpEndpoint } from '../../src';
import { type AuditRecord, parseAuditRecord } from '../../src/private/audit';
import { clients, httpClient, v2Client } from './support/clients';
import { type Fixture, type FixtureOptions, startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { until } from './support/until';

const INFO = { name: 'e2e', version: '1.0.0' };
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
/** The smallest tool of the Registration API. */
const registration = (functionArn: string) =>
  JSON.stringify({ type: 'tool', name: 'added', lambdaArn: functionArn, inputSchema: { type: 'object' } });

const start = (options: FixtureOptions) =>
  startFixture({
    ...options,
    server: (stack) => ({
      endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 100 }),
      ...(typeof options.server === 'function' ? options.server(stack) : options.server),
    }),
  });

/** Roles that a client, a registrar and a stranger assume. */
const withRoles: FixtureOptions['extend'] = ({ stack, server }) => {
  const role = (id: string) => new iam.Role(stack, id, { roleName: id, assumedBy: new iam.AccountRootPrincipal() });
  server.grantConnect(role('Connects'));
  server.grantRegister(role('Registers'));
  role('Stranger');
};
const as = ({ runner }: Fixture, name: string) => {
  return signedFetch(runner.assumeRole(`arn:aws:iam::123456789012:role/${name}`, 'ada'), 'lambda');
};

describe('with IAM authorization', () => {
  const records: AuditRecord[] = [];
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start({
      enforceAuth: true,
      server: { registrableFunctions: ['arn:aws:lambda:us-east-1:123456789012:function:*'] },
      extend: withRoles,
      onLog: ({ text }) => {
        const record = parseAuditRecord(text);
        if (record) records.push(record);
      },
    });
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  test('has two addresses, which the outputs name', () => {
    const { mcpUrl, registerUrl, runner } = fixture;
    expect([mcpUrl.pathname, registerUrl.pathname]).toEqual(['/mcp', '/register']);
    expect(mcpUrl.origin).not.toBe(registerUrl.origin);
    const outputs = Object.entries(runner.outputs.E2e!);
    expect(outputs.find(([name]) => name.startsWith('McpMcpUrl') || name.startsWith('McpUrl'))?.[1]).toBe(mcpUrl.href);
    expect(outputs.find(([name]) => name.includes('RegistrationUrl'))?.[1]).toBe(registerUrl.href);
    expect(runner.servers).toMatchObject([
      { name: 'e2e', stack: 'E2e', authorization: 'AWS_IAM', isFunctionUrl: true },
    ]);
    expect(runner.otherApis).toEqual([]);
    expect(runner.notRun).toEqual([]);
  });

  test('serves both SDKs to a caller with grantConnect()', async () => {
    const { transport } = as(fixture, 'Connects');
    const v1 = new Client(INFO);
    await v1.connect(new StreamableHTTPClientTransport(fixture.mcpUrl, { fetch: transport }));
    expect(await v1.callTool({ name: 'echo', arguments: { message: 'v1' } })).toMatchObject({
      content: [{ text: 'v1' }],
    });
    await v1.close();
    const v2 = new V2Client(INFO, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await v2.connect(new V2Http(fixture.mcpUrl, { fetch: transport }));
    expect(await v2.callTool({ name: 'echo', arguments: { message: 'v2' } })).toMatchObject({
      content: [{ text: 'v2' }],
    });
    await v2.close();
    const calls = () => records.filter(({ kind, name }) => kind === 'tool' && name === 'echo');
    await until('the audit records', () => calls().length === 2);
    const record = { caller: expect.stringContaining(':assumed-role/Connects/ada'), outcome: 'ok', transport: 'http' };
    expect(calls()).toEqual([expect.objectContaining(record), expect.objectContaining(record)]);
  });

  test('rejects callers without a signature, without the grant, and with a signature for API Gateway', async () => {
    expect((await fetch(fixture.mcpUrl, { method: 'POST', body: PING })).status).toBe(403);
    expect((await as(fixture, 'Stranger').fetch('POST', fixture.mcpUrl, PING, JSON_TYPE)).status).toBe(403);
    const keys = fixture.runner.assumeRole('arn:aws:iam::123456789012:role/Connects', 'ada');
    expect((await signedFetch(keys).fetch('POST', fixture.mcpUrl, PING, JSON_TYPE)).status).toBe(403);
    expect((await signedFetch(keys, 'lambda').fetch('POST', fixture.mcpUrl, PING, JSON_TYPE)).status).toBe(200);
  });

  test('serves the Registration API to a caller with grantRegister() only', async () => {
    const { registerUrl } = fixture;
    const body = registration(fixture.functionArn('record'));
    expect((await as(fixture, 'Connects').fetch('POST', registerUrl, body, JSON_TYPE)).status).toBe(403);
    expect((await as(fixture, 'Connects').fetch('GET', registerUrl)).status).toBe(403);
    expect((await as(fixture, 'Registers').fetch('POST', fixture.mcpUrl, PING, JSON_TYPE)).status).toBe(403);
    const { fetch: send } = as(fixture, 'Registers');
    const created = await send('POST', registerUrl, body, JSON_TYPE);
    expect([created.status, await created.json()]).toEqual([201, expect.objectContaining({ id: 'tool-added' })]);
    const item = new URL(`${registerUrl.href}/tool-added`);
    expect((await send('GET', item)).status).toBe(200);
    expect((await send('DELETE', item)).status).toBe(204);
    expect((await send('GET', new URL('/other', registerUrl))).status).toBe(404);
  });

  test('keeps sessions for the caller that opened them', async () => {
    const initialize = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: INFO },
    });
    const opened = await as(fixture, 'Connects').fetch('POST', fixture.mcpUrl, initialize, JSON_TYPE);
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const other = signedFetch(fixture.runner.admin, 'lambda');
    expect((await other.fetch('POST', fixture.mcpUrl, PING, { ...JSON_TYPE, ...session })).status).toBe(404);
    const { fetch: own } = as(fixture, 'Connects');
    expect((await own('POST', fixture.mcpUrl, PING, { ...JSON_TYPE, ...session })).status).toBe(200);
    expect((await own('DELETE', fixture.mcpUrl, undefined, session)).status).toBeLessThan(300);
  });
});

describe('needs each of its permissions', () => {
  const ACTIONS = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'];

  test.each(ACTIONS)('%s of a caller', async (action) => {
    const withoutAction = (template: Template) => {
      for (const { Type, Properties } of Object.values(template.Resources ?? {})) {
        const { Roles = [], PolicyDocument } = (Properties ?? {}) as {
          Roles?: object[];
          PolicyDocument?: PolicyDocument;
        };
        if (Type !== 'AWS::IAM::Policy' || !JSON.stringify(Roles).includes('Connects')) continue;
        const Statement = [PolicyDocument?.Statement ?? []].flat();
        Object.assign(PolicyDocument!, { Statement: Statement.filter((each) => each.Action !== action) });
      }
      return template;
    };
    await using fixture = await start({ enforceAuth: true, extend: withRoles, modifyTemplate: withoutAction });
    const response = await as(fixture, 'Connects').fetch('POST', fixture.mcpUrl, PING, JSON_TYPE);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ hint: expect.stringContaining('server.grantConnect(role)') });
  });

  test.each(ACTIONS)('%s of everyone', async (action) => {
    const withoutPermission = (template: Template) => {
      for (const [id, { Type, Properties }] of Object.entries(template.Resources ?? {})) {
        const { Action, Principal } = (Properties ?? {}) as { Action?: string; Principal?: string };
        if (Type === 'AWS::Lambda::Permission' && Principal === '*' && Action === action)
          delete template.Resources![id];
      }
      return template;
    };
    await using fixture = await start({ server: { auth: McpAuth.none() }, modifyTemplate: withoutPermission });
    expect((await fetch(fixture.mcpUrl, { method: 'POST', headers: JSON_TYPE, body: PING })).status).toBe(403);
  });
});

describe('without authorization', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start({
      enforceAuth: true,
      server: { auth: McpAuth.none(), allowedOrigins: ['https://app.example.com'], notifications: true },
      extend: ({ server, fn }) => void server.addTool(fn('echo'), { name: 'tagged', toolsets: ['texts'] }),
    });
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  const modern = Object.entries(clients).filter(([name]) => !name.includes('SSE'));
  test.each(modern)('serves %s', async (_name, connect) => {
    const client = await connect(fixture);
    expect(await client.tools()).toContain('echo');
    expect(await client.call('echo', { message: 'grüß dich' })).toMatchObject({ content: [{ text: 'grüß dich' }] });
    expect(await client.call('fail', {})).toMatchObject({ isError: true });
    await client.close();
  });

  test('reads resources and prompts', async () => {
    const client = await httpClient(fixture);
    expect((await client.readResource({ uri: 'docs://readme' })).contents).toHaveLength(1);
    expect((await client.getPrompt({ name: 'greeting', arguments: { name: 'Ada' } })).messages).not.toHaveLength(0);
    await client.close();
  });

  test('streams', async () => {
    const client = await v2Client(fixture, { pin: '2026-07-28' });
    const response = await fetch(fixture.mcpUrl, {
      method: 'POST',
      headers: {
        ...JSON_TYPE,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'subscriptions/listen',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 7,
        method: 'subscriptions/listen',
        params: {
          notifications: { toolsListChanged: true },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': INFO,
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).not.toBe('');
    await reader.cancel();
    await client.close();
  });

  test('answers browsers of allowed origins only', async () => {
    const origin = 'https://app.example.com';
    const preflight = { origin, 'access-control-request-method': 'POST' };
    const allowed = await fetch(fixture.mcpUrl, { method: 'OPTIONS', headers: preflight });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
    const other = { ...JSON_TYPE, origin: 'https://example.net' };
    expect((await fetch(fixture.mcpUrl, { method: 'POST', headers: other, body: PING })).status).toBe(403);
  });

  test.each([
    ['GET', '/', 404],
    ['POST', '/register', 404],
    ['GET', '/.well-known/oauth-protected-resource/mcp', 404],
    ['PUT', '/mcp', 405],
    ['POST', '/mcp/', 200],
  ])('%s %s is %i', async (method, path, status) => {
    const body = method === 'GET' ? undefined : PING;
    expect((await fetch(new URL(path, fixture.mcpUrl), { method, headers: JSON_TYPE, body })).status).toBe(status);
  });

  test('serves a toolset at its own path', async () => {
    const client = new Client(INFO);
    await client.connect(new StreamableHTTPClientTransport(new URL(`${fixture.mcpUrl.href}/texts`)));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['tagged']);
    await client.close();
    await until('the recorded call', () => fixture.runner.calls.all.some(({ method }) => method === 'tools/list'));
  });

  test('rejects requests over 6 MB', async () => {
    const large = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'x'.repeat(6_300_000) } });
    expect((await fetch(fixture.mcpUrl, { method: 'POST', headers: JSON_TYPE, body: large })).status).toBe(413);
  });
});
