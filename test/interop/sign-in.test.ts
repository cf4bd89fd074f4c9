/** Clients as people install them sign in at the local runner by themselves: from 401 to a tool call. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Stream } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpAuth } from '../../src';
import { type Fixture, startFixture } from '../e2e/support/fixture';
import { Person } from '../e2e/support/sign-in';
import { venv } from './support/venv';

const home = mkdtempSync(join(tmpdir(), 'sign-in-'));
let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: ['tools'] }) },
  });
});
afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

const registrations = [
  ['a client that was registered by hand', 'my-client'],
  ['a client that registers itself', undefined],
] as const;

/** An authorization URL in the output of a program. */
const AUTHORIZATION_URL = /http:\/\/127\.0\.0\.1:\d+\/\S+\/auth\?\S+/;

/** Waits for an authorization URL in a stream, and signs in there. */
function signInAt(stream: Stream, person: Person): Promise<void> {
  return new Promise((done, fail) => {
    let text = '';
    stream.on('data', (chunk) => {
      const before = AUTHORIZATION_URL.test(text);
      text += chunk;
      const [url] = AUTHORIZATION_URL.exec(text) ?? [];
      if (!before && url && text.includes(`${url}\n`)) person.openAndReturn(new URL(url)).then(done, fail);
    });
    stream.on('close', () => fail(new Error(`no authorization URL in: ${text}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

async function output(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout!.on('data', (chunk) => chunks.push(chunk));
  child.stderr!.on('data', (chunk) => errors.push(chunk));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`exit code ${code}: ${Buffer.concat(errors)}`);
  return Buffer.concat(chunks).toString();
}

describe.each(registrations)('%s', (_, clientId) => {
  test('signs in with the Python SDK', async () => {
    const args = ['test/interop/python-client/sign_in.py', fixture.mcpUrl.href, ...(clientId ? [clientId] : [])];
    const child = spawn(join(venv('mcp-client'), 'python'), args);
    const printed = output(child);
    child.stdout.once('data', async (line) => {
      const returned = await new Person({ subject: 'ann' }).signIn(new URL(String(line).trim()));
      child.stdin.end(`${returned.href}\n`);
    });
    expect(await printed).toMatch(/hello\n$/);
  }, 120_000);

  test('signs in with mcp-remote', async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        resolve('node_modules/mcp-remote/dist/proxy.js'),
        fixture.mcpUrl.href,
        String(await freePort()),
        '--transport',
        'http-only',
        ...(clientId ? ['--static-oauth-client-info', JSON.stringify({ client_id: clientId })] : []),
      ],
      env: { PATH: '/nonexistent', HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, `mcp-remote-${clientId}`) },
      stderr: 'pipe',
    });
    const signedIn = signInAt(transport.stderr!, new Person({ subject: 'ann' }));
    const client = new Client({ name: 'interop', version: '1.0.0' });
    await client.connect(transport, { timeout: 60_000 });
    await signedIn;
    const { content } = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    expect(JSON.stringify(content)).toContain('hello');
    await client.close();
  }, 90_000);

  test('signs in with the command line of the MCP Inspector', async () => {
    const child = spawn(
      process.execPath,
      [
        resolve('node_modules/.bin/mcp-inspector'),
        '--cli',
        ...['--server-url', fixture.mcpUrl.href, '--transport', 'http'],
        ...['--callback-url', `http://127.0.0.1:${await freePort()}/oauth/callback`],
        ...['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hello'],
        ...(clientId ? ['--client-id', clientId] : []),
      ],
      {
        env: {
          PATH: process.env.PATH,
          HOME: join(home, `inspector-${clientId}`),
          MCP_AUTO_OPEN_ENABLED: 'true',
          MCP_INSPECTOR_SECRET_STORE: 'file',
        },
      },
    );
    const printed = output(child);
    await signInAt(child.stderr, new Person({ subject: 'ann' }));
    expect(await printed).toContain('hello');
  }, 90_000);
});
