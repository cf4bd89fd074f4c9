/** Clients as people install them sign in at the local runner by themselves: from 401 to a tool call. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpAccess, McpAuth } from '../../src';
import { type Fixture, startFixture } from '../e2e/support/fixture';
import { CALLBACK, MetadataDocument, Person } from '../e2e/support/sign-in';
import { outputOf, programs, type Registration } from '../e2e/support/sign-in-programs';
import { venv } from './support/venv';

/** Callback addresses of the programs. A native client may use any port of this machine (RFC 8252). */
const CALLBACKS = [CALLBACK, 'http://127.0.0.1/oauth/callback', 'http://localhost/oauth/callback'];

const home = mkdtempSync(join(tmpdir(), 'sign-in-'));
let document: MetadataDocument;
let fixture: Fixture;
beforeAll(async () => {
  document = new MetadataDocument('https://client.example/metadata.json', CALLBACKS);
  fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: ['tools'] }) },
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), { name: 'refund', access: McpAccess.scopes('write') });
    },
  });
});
afterAll(async () => {
  document?.[Symbol.dispose]();
  await fixture?.[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

const registrations: ReadonlyArray<[string, Registration]> = [
  ['a client that was registered by hand', { clientId: 'my-client' }],
  ['a client that registers itself', {}],
  ['a client metadata document', { metadataUrl: 'https://client.example/metadata.json' }],
];

/** Runs the client of the Python SDK, which calls tools. Returns the texts that they return, and the person who signed in. */
async function runPython({ clientId, metadataUrl }: Registration, ...tools: string[]) {
  const python = join(venv('mcp-client'), 'python');
  const registration = clientId ?? metadataUrl ?? 'dynamic';
  const child = spawn(python, ['test/interop/python-client/sign_in.py', fixture.mcpUrl.href, registration, ...tools]);
  const person = new Person({ subject: 'ann' });
  const texts: string[] = [];
  createInterface(child.stdout).on('line', async (line) => {
    if (line.startsWith('http')) child.stdin.write(`${(await person.signIn(new URL(line))).href}\n`);
    else texts.push(line);
  });
  await outputOf(child);
  return { texts, person };
}

describe.each(registrations)('%s', (_, registration) => {
  test('signs in with the Python SDK', async () => {
    const { texts, person } = await runPython(registration, 'echo');
    expect(texts).toEqual(['hello']);
    expect(person.pages).toHaveLength(1);
  }, 120_000);

  test.each(Object.entries(programs))(
    'signs in with %s',
    async (name, run) => {
      const options = { registration, person: new Person({ subject: 'ann' }), home: mkdtempSync(join(home, 'home-')) };
      expect(await run(fixture.mcpUrl, options), name).toContain('hello');
      if (registration.metadataUrl) expect(document.reads).toBeGreaterThan(0); // the authorization server keeps it
    },
    90_000,
  );
});

test('the Python SDK asks for the scope that a tool lacks, and calls it again', async () => {
  const { texts, person } = await runPython({}, 'echo', 'refund');
  expect(texts).toEqual(['hello', 'hello']);
  expect(person.pages.map(({ scopes }) => scopes)).toEqual([['tools'], ['tools', 'write']]);
}, 120_000);
