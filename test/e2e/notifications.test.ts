import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { until } from './support/until';

/** Longer than it takes any listener to look twice. */
const SETTLED_MS = 7_000;
const README = 'docs://readme';

let fixture: Fixture;
const refused: string[] = [];
beforeAll(async () => {
  fixture = await startFixture({
    isolation: 'lambda', // each listener is a process of its own, and so is who publishes
    server: { notifications: true },
    onAccess: ({ role, action, granted }) => void (granted || refused.push(`${role} ${action}`)),
    extend: ({ server, fn }) => {
      Tags.of(fn('echo')).add('mcp-server', 'e2e');
      for (const name of ['publish', 'forge']) {
        fn(name).addEnvironment('SESSION_TABLE', server.sessionTable.tableName);
        server.grantNotify(fn(name));
        server.addTool(fn(name), { name });
      }
    },
  });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** A client, and what it was told. */
interface Listening {
  readonly told: string[];
  unsubscribe(uri: string): Promise<unknown>;
  close(): Promise<void>;
}

async function listening(client: Client, uri: string): Promise<Listening> {
  const told: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void told.push(params.uri));
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void told.push('tools'));
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void told.push('resources'));
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void told.push('prompts'));
  await client.subscribeResource({ uri });
  return { told, unsubscribe: (uri) => client.unsubscribeResource({ uri }), close: () => client.close() };
}

async function v2Listening({ mcpUrl }: Fixture, uri: string): Promise<Listening> {
  const client = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new V2Http(mcpUrl));
  const told: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void told.push(params.uri));
  for (const kind of ['tools', 'resources', 'prompts'] as const) {
    client.setNotificationHandler(`notifications/${kind}/list_changed`, () => void told.push(kind));
  }
  const subscription = await client.listen({
    toolsListChanged: true,
    resourcesListChanged: true,
    promptsListChanged: true,
    resourceSubscriptions: [uri],
  });
  return { told, unsubscribe: () => subscription.close(), close: () => client.close() };
}

const kinds: Record<string, (fixture: Fixture, uri: string) => Promise<Listening>> = {
  'GET stream, sdk v1': async (f, uri) => listening(await httpClient(f), uri),
  'subscriptions/listen, client v2': v2Listening,
  'HTTP+SSE session, sdk v1': async (f, uri) => listening(await sseClient(f), uri),
};

async function allListening(uri: string): Promise<Array<Listening & { kind: string }>> {
  const all = Object.entries(kinds).map(async ([kind, start]) => ({ kind, ...(await start(fixture, uri)) }));
  return Promise.all(all);
}

async function publishByFunction(uri: string): Promise<void> {
  const client = await httpClient(fixture);
  await client.callTool({ name: 'publish', arguments: { uri } });
  await client.close();
}

/** `mcp-lambda notify`, as a person would; what it says when it fails. */
async function publishByCommand(...args: string[]): Promise<string> {
  const { accessKeyId, secretAccessKey } = fixture.runner.admin;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/mcp-lambda'), 'notify', ...args], {
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: fixture.runner.awsEndpointUrl,
    },
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const code = await new Promise((done) => child.once('close', done));
  return code === 0 ? '' : said || `exit code ${code}`;
}

test('an update published by another process reaches each kind of listener, and after unsubscribe none', async () => {
  const listeners = await allListening(README);
  const [{ SessionTableName }] = Object.values(fixture.runner.outputs).map((outputs) => {
    const entries = Object.entries(outputs).map(([key, value]) => [key.replace(/^Mcp|[0-9A-F]{8}$/g, ''), value]);
    return Object.fromEntries(entries) as { SessionTableName: string };
  });
  const told = () => Object.fromEntries(listeners.map((each) => [each.kind, each.told]));
  const expected = (...uris: string[]) => Object.fromEntries(listeners.map(({ kind }) => [kind, uris]));
  const heard = (n: number) => until(`${n} updates`, () => listeners.every((each) => each.told.length >= n));

  await publishByFunction(README);
  await heard(1);
  expect(await publishByCommand('--stack', 'E2e', '--uri', README, 'docs://pages/1')).toBe('');
  await heard(2);
  expect(await publishByCommand('--table', SessionTableName, '--uri', README)).toBe('');
  await heard(3);
  expect(told()).toEqual(expected(README, README, README));

  for (const { unsubscribe } of listeners) await unsubscribe(README);
  await publishByFunction(README);
  await sleep(3_000);
  expect(told()).toEqual(expected(README, README, README));
  for (const { close } of listeners) await close();
  expect(refused).toEqual([]);
});

test('a registration reaches each kind of listener once, and of its kind', async () => {
  const listeners = await allListening('docs://pages/2');
  await sleep(3_000);
  const created = await fetch(fixture.registerUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      type: 'prompt',
      name: 'late',
      lambdaArn: fixture.functionArn('echo'),
      description: 'A late one',
    }),
  });
  expect(created.status).toBe(201);
  await until('all to be told', () => listeners.every(({ told }) => told.length > 0));
  await sleep(SETTLED_MS);
  for (const { kind, told } of listeners) expect([kind, ...told]).toEqual([kind, 'prompts']);
  for (const { close } of listeners) await close();
});

test('who may publish may write nothing else', async () => {
  const client = await httpClient(fixture);
  const result = await client.callTool({ name: 'forge', arguments: {} });
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('AccessDenied') }] });
  await client.close();
  expect(refused.splice(0)).toEqual([expect.stringMatching(/forge.* dynamodb:PutItem$/)]);
});

test('the command says what is missing', async () => {
  expect(await publishByCommand('--uri', README)).toMatch(/no server specified: pass its stack with --stack/);
  expect(await publishByCommand('--stack', 'Other', '--uri', README)).toMatch(/Stack with id Other does not exist/);
  expect(await publishByCommand('--stack', 'E2e', '--uri', 'readme')).toMatch(/invalid URI "readme"/);
});

test('switched off, listen is answered and closed at once, and nothing of it is advertised', async () => {
  await using off = await startFixture();
  const client = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new V2Http(off.mcpUrl));
  expect(JSON.stringify(client.getServerCapabilities())).not.toMatch(/listChanged|subscribe/);
  const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: [README] });
  expect(await subscription.closed).toBe('graceful');
  await client.close();
  const get = await fetch(off.mcpUrl, { headers: { accept: 'text/event-stream' } });
  expect(get.status).toBe(405);
  const sse = await sseClient(off);
  expect(sse.getServerCapabilities()?.resources).toEqual({ listChanged: true });
  await expect(sse.subscribeResource({ uri: README })).rejects.toThrow();
  await sse.close();
});

test('each permission that it takes has a caller', async () => {
  const used = new Set<string>();
  await using alone = await startFixture({
    server: { notifications: true, legacySse: false },
    onAccess: ({ role, action, resource, granted }) => {
      if (role.includes('McpRuntimeRole') && resource.includes('SessionTable')) used.add(`${granted} ${action}`);
    },
  });
  const client = await httpClient(alone);
  await client.subscribeResource({ uri: README });
  await client.close();
  const modern = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await modern.connect(new V2Http(alone.mcpUrl));
  await (await modern.listen({})).closed; // which gives its place back at once
  await modern.close();
  const actions = ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'];
  await until('all actions', () => used.size >= actions.length);
  expect([...used].sort()).toEqual(actions.map((action) => `true dynamodb:${action}`));
});

test('the documentation has what these tests publish with', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/notifications.md'), 'utf8');
  expect(docs).toContain(readFileSync(join(import.meta.dirname, 'app/publish-update.mjs'), 'utf8'));
});
