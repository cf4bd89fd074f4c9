/** Commands for a server with OAuth: the token of the user, or one of the authorization server for development. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchToken } from '../../../local/commands/token';
import { McpAuth } from '../../../src';
import { announce, mcpLambda, OUTSIDE, stable } from '../support/command-line';
import { type Fixture, startFixture } from '../support/fixture';

let fixture: Fixture;
let url: string;
beforeAll(async () => {
  const auth = McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: ['tools'] });
  fixture = await startFixture({ enforceAuth: true, server: { auth } });
  announce(fixture.runner);
  url = fixture.mcpUrl.href;
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

test('takes a token of the authorization server for development', async () => {
  expect(await mcpLambda(['call', 'echo', 'message=hello', '--url', url])).toEqual({
    code: 0,
    out: 'hello\n',
    err: '',
  });
});

test('doctor follows the challenge to the authorization server', async () => {
  const { out } = await mcpLambda(['doctor', '--url', url, '--hold', '1']);
  expect(stable(out)).toMatch(/✓ sign-in +the challenge leads to \S+, and that to an authorization server/);
  expect(out).toMatch(/✓ credentials /);
});

test('sends the token of the environment, and explains a missing or wrong one', async () => {
  const token = await fetchToken({ url });
  const run = (env: Record<string, string>, ...args: string[]) =>
    mcpLambda(['tools', '--url', url, ...args], { env: { ...OUTSIDE, ...env } });
  expect(await run({ MCP_LAMBDA_TOKEN: token })).toMatchObject({ code: 0, err: '' });
  const missing = await run({});
  expect([missing.code, missing.out]).toEqual([1, '']);
  expect(stable(missing.err)).toMatchInlineSnapshot(`
    "mcp-lambda: 127.0.0.1:3001 returned 401: authentication required: send an access token, as WWW-Authenticate says
      → the server requires an access token: pass --token, or set MCP_LAMBDA_TOKEN
    "
  `);
  expect(stable((await run({}, '--token', 'wrong')).err)).toMatchInlineSnapshot(`
    "mcp-lambda: 127.0.0.1:3001 returned 401: authentication required: send an access token, as WWW-Authenticate says
      → the server rejects the access token: it has expired, or is for another server
    "
  `);
  const claims = Buffer.from(JSON.stringify({ exp: 1_700_000_000 })).toString('base64url');
  expect((await run({ MCP_LAMBDA_TOKEN: `e30.${claims}.c2ln` })).err).toContain(
    '→ the access token expired at 2023-11-14T22:13:20.000Z: get a new one\n',
  );
});

test('connect sends the token', async () => {
  const client = new Client({ name: 'stdio', version: '1.0.0' });
  const env = { PATH: process.env.PATH!, ...OUTSIDE, MCP_LAMBDA_TOKEN: await fetchToken({ url }) };
  const args = ['bin/mcp-lambda', 'connect', url];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
  await client.close();
});
