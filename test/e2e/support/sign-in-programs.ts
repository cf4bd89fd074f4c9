/** Client programs, as people install them: each signs in by itself and calls the tool `echo`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Stream } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

/** How the authorization server knows the client: by an id, by the URL of a metadata document, or because it registers itself. */
export interface Registration {
  readonly clientId?: string;
  readonly metadataUrl?: string;
}

export interface ProgramOptions {
  readonly registration: Registration;
  /** Someone with a browser, who returns to the callback address of the program. */
  readonly person: { openAndReturn(url: URL): Promise<void> };
  /** An empty folder for what the program stores. */
  readonly home: string;
}

/** A program. Returns what it printed, or the result of the call. */
export type Program = (url: URL, options: ProgramOptions) => Promise<string>;

/** An authorization URL in the output of a program. */
const AUTHORIZATION_URL = /http:\/\/127\.0\.0\.1:\d+\/\S+\/auth\?\S+/;

export const programs: Readonly<Record<string, Program>> = {
  'mcp-remote': async (url, { registration: { clientId, metadataUrl }, person, home }) => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        resolve('node_modules/mcp-remote/dist/proxy.js'),
        url.href,
        String(await freePort()),
        '--transport',
        'http-only',
        ...(clientId ? ['--static-oauth-client-info', JSON.stringify({ client_id: clientId })] : []),
        ...(metadataUrl ? ['--client-metadata-url', metadataUrl] : []),
      ],
      env: { PATH: '/nonexistent', HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, 'mcp-remote') },
      stderr: 'pipe',
    });
    const signedIn = signInAt(transport.stderr!, person);
    const client = new Client({ name: 'mcp-remote test', version: '1.0.0' });
    await client.connect(transport, { timeout: 60_000 });
    await signedIn;
    const { content } = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    await client.close();
    return JSON.stringify(content);
  },

  'the command line of the MCP Inspector': async (url, { registration: { clientId, metadataUrl }, person, home }) => {
    const child = spawn(
      process.execPath,
      [
        resolve('node_modules/.bin/mcp-inspector'),
        '--cli',
        ...['--server-url', url.href, '--transport', 'http'],
        ...['--callback-url', `http://127.0.0.1:${await freePort()}/oauth/callback`],
        ...['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hello'],
        ...(clientId ? ['--client-id', clientId] : []),
        ...(metadataUrl ? ['--client-metadata-url', metadataUrl] : []),
      ],
      {
        env: {
          PATH: process.env.PATH,
          HOME: home,
          MCP_AUTO_OPEN_ENABLED: 'true',
          MCP_INSPECTOR_SECRET_STORE: 'file',
        },
      },
    );
    const printed = outputOf(child);
    await signInAt(child.stderr, person);
    return printed;
  },
};

/** Waits until a program ends. Returns its standard output. */
export async function outputOf(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout!.on('data', (chunk) => chunks.push(chunk));
  child.stderr!.on('data', (chunk) => errors.push(chunk));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`exit code ${code}: ${Buffer.concat(errors)}`);
  return Buffer.concat(chunks).toString();
}

/** Waits for an authorization URL in a stream, and signs in there. */
function signInAt(stream: Stream, person: ProgramOptions['person']): Promise<void> {
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

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
