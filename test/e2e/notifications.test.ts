import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

const README = 'docs://readme';
/** A second subscription of each listener. Its updates show that all earlier ones have been delivered. */
const MARKER = 'docs://pages/marker';

let fixture: Fixture;
const denied: string[] = [];
beforeAll(async () => {
  fixture = await startFixture({
    isolation: 'lambda', // each listener and each publisher is a separate process
    server: { notifications: true },
    onAccess: ({ role, action, granted }) => void (granted || denied.push(`${role} ${action}`)),
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

/** A client and the notifications it has received. */
interface ListeningClient {
  readonly received: string[];
  unsubscribe(uri: string): Promise<unknown>;
  close(): Promise<void>;
}

async function listen(client: Client, uris: string[]): Promise<ListeningClient> {
  const received: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void received.push(params.uri));
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void received.push('tools'));
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void received.push('resources'));
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void received.push('prompts'));
  for (const uri of uris) await client.subscribeResource({ uri });
  return { received, unsubscribe: (uri) => client.unsubscribeResource({ uri }), close: () => client.close() };
}

async function listenWithV2({ mcpUrl }: Fixture, uris: string[]): Promise<ListeningClient> {
  const client = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new V2Http(mcpUrl));
  const received: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void received.push(params.uri));
  for (const kind of ['tools', 'resources', 'prompts'] as const) {
    client.setNotificationHandler(`notifications/${kind}/list_changed`, () => void received.push(kind));
  }
  const lists = { toolsListChanged: true, resourcesListChanged: true, promptsListChanged: true };
  const subscription = await client.listen({ ...lists, resourceSubscriptions: uris });
  const unsubscribe = async (uri: string) => {
    await subscription.close();
    await client.listen({ ...lists, resourceSubscriptions: uris.filter((each) => each !== uri) });
  };
  return { received, unsubscribe, close: () => client.close() };
}

const transports: Record<string, (fixture: Fixture, uris: string[]) => Promise<ListeningClient>> = {
  'GET stream, sdk v1': async (f, uris) => listen(await httpClient(f), uris),
  'subscriptions/listen, client v2': listenWithV2,
  'HTTP+SSE session, sdk v1': async (f, uris) => listen(await sseClient(f), uris),
};

/** Connects a client over each transport, which subscribes to the resources. */
async function connectAll(...uris: string[]): Promise<Array<ListeningClient & { transport: string }>> {
  const all = Object.entries(transports).map(async ([transport, connect]) => ({
    transport,
    ...(await connect(fixture, uris)),
  }));
  return Promise.all(all);
}

/** Waits until each client has received the notification `times` times. */
const untilAllReceived = (clients: ListeningClient[], notification: string, times = 1) =>
  until(`${notification} to reach all clients`, () =>
    clients.every(({ received }) => received.filter((each) => each === notification).length >= times),
  );

async function publishByFunction(uri: string): Promise<void> {
  const client = await httpClient(fixture);
  await client.callTool({ name: 'publish', arguments: { uri } });
  await client.close();
}

/** Runs `mcp-lambda notify`. Returns its error message, or an empty string if it succeeds. */
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
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((done) => child.once('close', done));
  return code === 0 ? '' : stderr || `exit code ${code}`;
}

test('delivers updates from another process over each transport until the client unsubscribes', async () => {
  const clients = await connectAll(README, MARKER);
  const [{ SessionTableName }] = Object.values(fixture.runner.outputs).map((outputs) => {
    const entries = Object.entries(outputs).map(([key, value]) => [key.replace(/^Mcp|[0-9A-F]{8}$/g, ''), value]);
    return Object.fromEntries(entries) as { SessionTableName: string };
  });
  const received = () => Object.fromEntries(clients.map((each) => [each.transport, each.received]));
  const expected = (...uris: string[]) => Object.fromEntries(clients.map(({ transport }) => [transport, uris]));

  await publishByFunction(README);
  await untilAllReceived(clients, README, 1);
  expect(await publishByCommand('--stack', 'E2e', '--uri', README, 'docs://pages/1')).toBe('');
  await untilAllReceived(clients, README, 2);
  expect(await publishByCommand('--table', SessionTableName, '--uri', README)).toBe('');
  await untilAllReceived(clients, README, 3);
  expect(received()).toEqual(expected(README, README, README));

  for (const { unsubscribe } of clients) await unsubscribe(README);
  await publishByFunction(README);
  await publishByFunction(MARKER);
  await untilAllReceived(clients, MARKER);
  expect(received()).toEqual(expected(README, README, README, MARKER));
  for (const { close } of clients) await close();
  expect(denied).toEqual([]);
});

test('notifies over each transport exactly once of each changed list', async () => {
  const page = 'docs://pages/2'; // no other test publishes it: a new stream repeats the updates of the last seconds
  const clients = await connectAll(page);
  await publishByFunction(page);
  await untilAllReceived(clients, page); // every stream is open
  const register = async (type: string) => {
    const definition = { type, name: 'added', lambdaArn: fixture.functionArn('echo'), description: 'An addition' };
    const { status } = await fetch(fixture.registerUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(definition),
    });
    expect(status).toBe(201);
  };
  // a list that was reported twice would be reported again before the next one
  await register('prompt');
  await untilAllReceived(clients, 'prompts');
  await register('tool');
  await untilAllReceived(clients, 'tools');
  for (const { transport, received } of clients) {
    expect([transport, ...received]).toEqual([transport, page, 'prompts', 'tools']);
  }
  for (const { close } of clients) await close();
});

test('a publisher cannot write other items', async () => {
  const client = await httpClient(fixture);
  const result = await client.callTool({ name: 'forge', arguments: {} });
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('AccessDenied') }] });
  await client.close();
  expect(denied.splice(0)).toEqual([expect.stringMatching(/forge.* dynamodb:PutItem$/)]);
});

test('the command reports missing and invalid options', async () => {
  expect(await publishByCommand('--uri', README)).toMatch(/no server specified: pass its stack with --stack/);
  expect(await publishByCommand('--stack', 'Other', '--uri', README)).toMatch(/Stack with id Other does not exist/);
  expect(await publishByCommand('--stack', 'E2e', '--uri', 'readme')).toMatch(/invalid URI "readme"/);
});

test('without notifications, closes listen requests at once and advertises nothing', async () => {
  await using disabled = await startFixture();
  const client = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new V2Http(disabled.mcpUrl));
  expect(JSON.stringify(client.getServerCapabilities())).not.toMatch(/listChanged|subscribe/);
  const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: [README] });
  expect(await subscription.closed).toBe('graceful');
  await client.close();
  const get = await fetch(disabled.mcpUrl, { headers: { accept: 'text/event-stream' } });
  expect(get.status).toBe(405);
  const sse = await sseClient(disabled);
  expect(sse.getServerCapabilities()?.resources).toEqual({ listChanged: true });
  await expect(sse.subscribeResource({ uri: README })).rejects.toThrow();
  await sse.close();
});

test('uses each permission that it grants', async () => {
  const used = new Set<string>();
  await using httpOnly = await startFixture({
    server: { notifications: true, legacySse: false },
    onAccess: ({ role, action, resource, granted }) => {
      if (role.includes('McpRuntimeRole') && resource.includes('SessionTable')) used.add(`${granted} ${action}`);
    },
  });
  const client = await httpClient(httpOnly);
  await client.subscribeResource({ uri: README });
  await client.close();
  const modern = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await modern.connect(new V2Http(httpOnly.mcpUrl));
  await (await modern.listen({})).closed; // releases its listener at once
  await modern.close();
  const actions = ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'];
  await until('all actions', () => used.size >= actions.length);
  expect([...used].sort()).toEqual(actions.map((action) => `true dynamodb:${action}`));
});

test('the documentation quotes the function that publishes here', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/guides/notifications.md'), 'utf8');
  expect(docs).toContain(readFileSync(join(import.meta.dirname, 'app/publish-update.mjs'), 'utf8'));
});
