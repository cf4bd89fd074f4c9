/** `/mcp` behind a function URL: the same server, with another event. */
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AUTHORIZATION, ENV } from '../../../src/private/contract.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { tool } from '../mcp/registrations.js';
import { startTestServer, type TestServer } from '../sse/sessions.js';

const PAGE = 'https://app.example';
const TOOLS_LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

let server: TestServer;
let functions: { stop(): Promise<void> };
let host: StreamingHost;
const authorization = process.env[ENV.AUTHORIZATION];

beforeAll(async () => {
  server = await startTestServer();
  functions = await startFunctions(['reflect']);
  Object.assign(process.env, { [ENV.HTTP_SESSIONS]: '1', [ENV.ALLOWED_ORIGINS]: PAGE });
  await server.tables.register(
    tool('whoami', { lambdaArn: functionArn('reflect'), event: { type: 'request' }, toolsets: ['profile'] }),
    tool('private', {
      lambdaArn: functionArn('reflect'),
      access: { principals: ['arn:aws:iam::123456789012:user/ann'] },
    }),
  );
  const load = async () => (await import('../../../lambda/http/index.js')).handler;
  host = await startStreamingHost('/mcp', load, { functionUrl: true });
});
afterEach(() => {
  process.env[ENV.AUTHORIZATION] = authorization;
});
afterAll(async () => {
  await host.close();
  await functions.stop();
  await server.stop();
});

const at = (path: string) => new URL(path, host.url);
const request = (path: string, headers: Record<string, string> = {}, method = 'POST') =>
  fetch(at(path), { method, headers: { ...HEADERS, ...headers }, ...(method === 'POST' && { body: TOOLS_LIST }) });
const ann = { 'x-test-user': 'ann' };

test.each<[string, (url: URL, headers: Record<string, string>) => Promise<Client>]>([
  [
    'v1',
    async (url, headers) => {
      const client = new Client({ name: 'v1', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }) as never);
      return client;
    },
  ],
  [
    'v2',
    async (url, headers) => {
      const options = { versionNegotiation: { mode: { pin: '2026-07-28' } } };
      const client = new ModernClient({ name: 'v2', version: '2' }, options as never);
      await client.connect(new ModernTransport(url, { requestInit: { headers } }));
      return client as unknown as Client;
    },
  ],
])('serves a client of %s, which Lambda identifies', async (_, connect) => {
  process.env[ENV.AUTHORIZATION] = AUTHORIZATION.IAM;
  const client = await connect(host.url, ann);
  try {
    expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual(['private', 'whoami']);
    const { structuredContent } = await client.callTool({ name: 'whoami' });
    expect(structuredContent).toMatchObject({
      event: { context: { principal: { id: 'arn:aws:iam::123456789012:user/ann' } } },
    });
  } finally {
    await client.close();
  }
});

test('serves callers without an identity with McpAuth.none() only', async () => {
  process.env[ENV.AUTHORIZATION] = AUTHORIZATION.IAM;
  expect((await request('/mcp')).status).toBe(403);
  process.env[ENV.AUTHORIZATION] = AUTHORIZATION.NONE;
  expect((await request('/mcp')).status).toBe(200);
  expect((await request('/mcp/')).status).toBe(200);
});

test('lists the tools of a toolset at its path', async () => {
  process.env[ENV.AUTHORIZATION] = AUTHORIZATION.IAM;
  for (const path of ['/mcp/profile', '/mcp/profile/', '/mcp/%70rofile']) {
    const response = await request(path, ann);
    expect(await response.text(), path).toContain('whoami');
  }
  expect(await (await request('/mcp/other', ann)).text()).toContain('"tools":[]');
  expect((await request('/mcp/not%20a%20name', ann)).status).toBe(404);
});

describe('paths', () => {
  test.each(['/', '/sse', '/message', '/register', '/mcpx', '/prod/mcp', '/.well-known/oauth-protected-resource/mcp'])(
    'responds to %s with 404 and the right one',
    async (path) => {
      const response = await request(path, ann);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({
        error: `path "${path}" not found: use /mcp`,
        details: [{ path: '', message: 'the address of this server ends with /mcp' }],
      });
    },
  );

  test('lets pages of allowed origins read the response', async () => {
    process.env[ENV.AUTHORIZATION] = AUTHORIZATION.NONE;
    expect((await request('/', { origin: PAGE })).headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(
      (await request('/', { origin: 'https://evil.example' })).headers.get('access-control-allow-origin'),
    ).toBeNull();
  });
});

describe('the request guard', () => {
  test('rejects foreign origins and other methods', async () => {
    expect((await request('/mcp', { ...ann, origin: 'https://evil.example' })).status).toBe(403);
    const other = await request('/mcp', ann, 'PUT');
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
  });

  test('answers preflights where Lambda does not', async () => {
    process.env[ENV.AUTHORIZATION] = AUTHORIZATION.NONE;
    const preflight = { origin: PAGE, 'access-control-request-method': 'POST' };
    const response = await request('/mcp', preflight, 'OPTIONS');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, PAGE]);
  });
});
