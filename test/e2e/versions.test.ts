import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpLambdaServer } from '../../src';
import { type Fixture, startFixture } from './support/fixture';
import { initialize, openSession } from './support/sse';
import { until } from './support/until';

const page = readFileSync('VERSIONS.md', 'utf8');
/** The protocol revisions in VERSIONS.md, and which transports support them. */
const revisions = [...page.matchAll(/^\| (\d{4}-\d\d-\d\d) \| (yes|no) \| (yes|no) \|$/gm)].map(
  ([, revision, http, sse]) => ({ revision, http: http === 'yes', sse: sse === 'yes' }),
);
const MODERN = '2026-07-28';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** Negotiates a revision over Streamable HTTP. Returns the server's choice. */
async function overHttp(revision: string): Promise<string | undefined> {
  const modern = revision === MODERN;
  const meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientInfo': { name: 'versions', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const legacy = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'versions', version: '1' } };
  const method = modern ? 'server/discover' : 'initialize';
  const response = await fetch(fixture.mcpUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(modern && { 'mcp-protocol-version': revision, 'mcp-method': method }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: modern ? { _meta: meta } : legacy }),
  });
  const text = await response.text();
  const { result } = JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text);
  return modern ? result?.supportedVersions?.find((version: string) => version === revision) : result?.protocolVersion;
}

/** Negotiates a revision over HTTP+SSE. Returns the server's choice. */
async function overSse(revision: string): Promise<string | undefined> {
  await using session = await openSession(fixture);
  await initialize(session, {}, revision);
  await until('a response', async () => session.messages.some(({ id }) => id === 'init'));
  return session.messages.find(({ id }) => id === 'init')!.result?.protocolVersion;
}

test('VERSIONS.md lists every revision', () => {
  expect(revisions.map(({ revision }) => revision)).toEqual([
    '2024-11-05',
    '2025-03-26',
    '2025-06-18',
    '2025-11-25',
    MODERN,
  ]);
});

test.each(revisions)('supports $revision as in VERSIONS.md: /mcp $http, /sse $sse', async ({ revision, http, sse }) => {
  expect((await overHttp(revision)) === revision).toBe(http);
  expect((await overSse(revision)) === revision).toBe(sse);
});

test('the other versions in VERSIONS.md are current', () => {
  const { peerDependencies, devDependencies, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  const newest = devDependencies['aws-cdk-lib-latest'].replace('npm:aws-cdk-lib@', '');
  const floor = devDependencies['aws-cdk-lib'];
  expect(peerDependencies['aws-cdk-lib']).toBe(`^${floor}`);
  expect(page).toContain(`| aws-cdk-lib | ${floor} and newer 2.x | ${floor} and ${newest} |`);
  const { constructs } = devDependencies;
  expect(page).toContain(`| constructs | ${constructs} and newer 10.x | ${constructs} |`);
  expect(page).toContain(`every language | ${engines.node.replace('>= ', '')} and newer | 24 |`);
  expect(process.versions.node).toMatch(/^24\./);

  const stack = new Stack(new App(), 'Versions');
  new McpLambdaServer(stack, 'Mcp');
  const functions = Template.fromStack(stack).findResources('AWS::Lambda::Function');
  for (const { Properties } of Object.values(functions)) expect(page).toContain(`\`${Properties.Runtime}\``);
});
