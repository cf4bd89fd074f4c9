/** Commands with the address of a toolset. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpAuth } from '../../../src';
import { announce, environmentOf, mcpLambda, stable, stateOf } from '../support/command-line';
import { type Fixture, type FixtureApp, startFixture } from '../support/fixture';

function extend({ server, fn }: FixtureApp): void {
  Tags.of(fn('echo')).add('mcp-server', 'e2e');
  server.addTool(fn('echo'), { name: 'invoice', toolsets: ['billing', 'support'] });
  server.addTool(fn('echo'), { name: 'ticket', toolsets: ['support'], annotations: { readOnlyHint: true } });
}

describe('with IAM authorization', () => {
  let fixture: Fixture;
  let url: string;
  beforeAll(async () => {
    fixture = await startFixture({ enforceAuth: true, extend });
    announce(fixture.runner);
    url = fixture.mcpUrl.href;
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  test('tools lists the tools of the toolset, and shows operators the toolsets of each', async () => {
    expect(await mcpLambda(['tools', '--url', `${url}/support`])).toEqual({
      code: 0,
      out: 'invoice()  toolsets: billing support\nticket()  read-only, toolsets: support\n',
      err: '',
    });
    expect((await mcpLambda(['tools', '--url', url])).out).toMatch(/^echo\(message: string\)\ninvoice|toolsets/m);
    expect(await mcpLambda(['tools', '--url', `${url}/nothing-yet`])).toEqual({
      code: 0,
      out: '',
      err: 'the toolset nothing-yet has no tools that this caller may use\n',
    });
  });

  test('the address may lack the stage, or end with a slash', async () => {
    for (const address of [`${new URL(url).origin}/mcp/billing`, `${url}/billing/`]) {
      expect((await mcpLambda(['tools', '--url', address])).out).toMatch(/^invoice\(\)/);
    }
  });

  test('--stack with --url finds the server, and uses the toolset', async () => {
    const args = ['tools', '--stack', 'E2e', '--url', `${url}/billing`];
    expect(await mcpLambda(args, { env: environmentOf(fixture) })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^invoice\(\).*\n$/),
    });
  });

  test('call calls tools of the toolset only', async () => {
    const run = (tool: string) => mcpLambda(['call', tool, 'message=hi', '--url', `${url}/billing`]);
    expect(await run('invoice')).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await run('ticket')).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not have a tool "ticket"'),
    });
  });

  test('the other paths of the server are found from the address of a toolset', async () => {
    const { out } = await mcpLambda(['status', '--url', `${url}/billing`]);
    expect(stable(out)).toContain('Registration     http://127.0.0.1:3001/prod/register\n');
    const found = await mcpLambda(['doctor', '--url', `${url}/billing`, '--hold', '1']);
    expect(found.out).toMatch(/✓ reachability +\S+\/mcp\/billing responds/);
    expect(found.out).toMatch(/✓ streams /);
  });

  test('register and plan take toolsets from a file', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'toolsets-')), 'tools.yaml');
    const write = (toolsets: string) =>
      writeFileSync(path, `type: tool\nname: late\nlambdaArn: ${fixture.functionArn('echo')}\ntoolsets: ${toolsets}\n`);
    write('[Billing]');
    expect((await mcpLambda(['register', path, '--url', url])).err).toContain('/toolsets/0: must be 1 to 64');
    write('[billing]');
    expect(await mcpLambda(['register', path, '--url', `${url}/billing`])).toMatchObject({ code: 0, err: '' });
    write('[support]');
    const plan = await mcpLambda(['plan', path, '--url', url]);
    expect(plan.out).toMatch(/~ tool-late\n {4}toolsets: \["billing"\] → \["support"\]/);
  });

  test('connect serves the toolset to a stdio client', async () => {
    const client = new Client({ name: 'stdio', version: '1.0.0' });
    const address = `${url}/support`;
    const env = { PATH: process.env.PATH!, ...stateOf([address]) };
    const args = ['bin/mcp-lambda', 'connect', address];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['invoice', 'ticket']);
    await client.close();
  });

  test('add names the toolset', async () => {
    const { out } = await mcpLambda(['add', 'cursor', '--url', `${url}/billing`]);
    expect(JSON.parse(out).mcpServers['e2e-billing']).toMatchObject({
      args: expect.arrayContaining(['connect', `${url}/billing`]),
    });
  });

  test('audit selects the calls of a toolset', async () => {
    const { out } = await mcpLambda(['audit', '--url', url, '--toolset', 'billing', '--json']);
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toMatchObject([{ kind: 'tool', toolset: 'billing', registration: 'tool-invoice', outcome: 'ok' }]);
  });
});

test('with OAuth, doctor and token take the address of a toolset', async () => {
  const auth = McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: ['tools'] });
  await using fixture = await startFixture({ enforceAuth: true, server: { auth }, extend });
  announce(fixture.runner);
  const url = `${fixture.mcpUrl.href}/billing`;
  const { out } = await mcpLambda(['doctor', '--url', url, '--hold', '1']);
  expect(out).toMatch(/✓ sign-in /);
  expect(out).toMatch(/✓ credentials /);
  const token = (await mcpLambda(['token', '--url', url])).out.trim();
  expect(JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).aud).toBe(fixture.mcpUrl.href);
});
