import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import {
  ElicitRequestSchema,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SessionStore } from '../../../lambda/sse/store.js';
import { ENV, SESSIONS } from '../../../src/private/contract.js';
import { arnOf, startLambda, type TestLambda } from '../../local/lambda/support.js';
import { type SseHost, startSseHost } from '../../support/sse-host.js';
import { RawClient } from './raw-client.js';
import { register, unregister } from './registrations.js';
import { startTestServer, type TestServer, until } from './sessions.js';

const FUNCTIONS = `
import { setTimeout as sleep } from 'node:timers/promises';
const question = (message) => ({ method: 'elicitation/create', params: { mode: 'form', message,
  requestedSchema: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] } } });
export const echo = async ({ text }) => text;
export const slow = async ({ seconds }) => { await sleep(seconds * 1000); return 'slept'; };
export const reflect = async ({ context }) => ({ content: [{ type: 'text', text: JSON.stringify(context) }] });
export const ask = async ({ params: { inputResponses, requestState } }) => {
  if (!requestState) return { resultType: 'input_required', inputRequests: { q: question('Your name?') }, requestState: '1' };
  const { answer } = inputResponses.q.content;
  if (requestState === '1') return { resultType: 'input_required', inputRequests: { q: question('Colour?') }, requestState: answer };
  return requestState + ' likes ' + answer;
};`;
const DEFAULTS = {
  [ENV.PING_SECONDS]: '0.4',
  [ENV.IDLE_SECONDS]: '60',
  [ENV.MAX_SESSION_SECONDS]: '60',
  [ENV.MAX_SESSIONS]: '10',
};

let server: TestServer;
let lambda: TestLambda;
let host: SseHost;

beforeAll(async () => {
  server = await startTestServer();
  lambda = await startLambda('shared');
  const { hostname, port } = await lambda.client.config.endpoint!();
  process.env.AWS_ENDPOINT_URL_LAMBDA = `http://${hostname}:${port}`;
  for (const name of ['echo', 'slow', 'reflect', 'ask']) {
    lambda.define(name, FUNCTIONS, { handler: `index.${name}`, timeoutSeconds: 60 });
    const asks = name === 'ask' || name === 'reflect';
    await register(server, {
      type: 'tool',
      name,
      lambdaArn: arnOf(name),
      inputSchema: { type: 'object' },
      ...(asks ? { payload: 'REQUEST', asksClient: ['elicitation'] } : {}),
    });
  }
  host = await startSseHost();
});
afterAll(async () => {
  await until(() => host.running() === 0, 10_000);
  await host.close();
  await lambda.stop();
  await server.stop();
});

beforeEach(() => void Object.assign(process.env, DEFAULTS));

/** Undone at the end of the test, before it is looked at what is left. */
const undo: Array<() => unknown> = [];

afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  // on every way out: no queue, no record, no running function
  await until(() => host.running() === 0, 10_000);
  expect(await server.queues()).toEqual([]);
  expect(await new SessionStore().countLive(0)).toBe(0);
});

function settings(values: Record<string, string>): void {
  Object.assign(process.env, values);
}

/** The official client, connected; hangs up at the end of the test. */
async function connect(options: { elicit?: (message: string) => Promise<string> } = {}): Promise<Client> {
  const { elicit } = options;
  const client = new Client({ name: 'test', version: '1' }, { capabilities: elicit ? { elicitation: {} } : {} });
  if (elicit) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({
      action: 'accept',
      content: { answer: await elicit(params.message) },
    }));
  }
  const transport = new SSEClientTransport(host.url);
  undo.push(() => client.close());
  await client.connect(transport);
  return client;
}

/** A client that does nothing by itself, with its endpoint. */
async function connectRaw(): Promise<RawClient> {
  const raw = await RawClient.connect(host.url);
  undo.push(() => raw.vanish());
  await until(() => raw.endpoint);
  return raw;
}

const textOf = (result: unknown) => (result as { content: Array<{ text: string }> }).content[0]!.text;

/** Answers every ping, as a client that does nothing else. */
function answerPings(raw: RawClient, answer: (id: string) => unknown): void {
  const answered = new Set<string>();
  const timer = setInterval(() => {
    for (const { id, method } of raw.messages) {
      if (method !== 'ping' || answered.has(id)) continue;
      answered.add(id);
      void raw.post(answer(id)).catch(() => undefined);
    }
  }, 30);
  undo.push(() => clearInterval(timer));
}
const pong = (id: string) => ({ jsonrpc: '2.0', id, result: {} });
const call = (id: number, name: string, args: object) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

describe('the door', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('405 with Allow for %s', async (method) => {
    const response = await fetch(host.url, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  test('403 for a page of another origin', async () => {
    expect((await fetch(host.url, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  });

  test('an event stream whose first event is the endpoint, with the stage', async () => {
    const raw = await connectRaw();
    expect(raw.response.status).toBe(200);
    expect(raw.response.headers.get('content-type')).toBe('text/event-stream');
    expect(raw.response.headers.get('cache-control')).toContain('no-transform');
    expect(raw.events[0]).toEqual({
      event: 'endpoint',
      data: expect.stringMatching(/^\/prod\/message\?sessionId=[0-9a-f]{32}$/),
    });
  });

  test('503 with Retry-After over maxSessions, until one has ended', async () => {
    settings({ [ENV.MAX_SESSIONS]: '2' });
    const [first] = [await connectRaw(), await connectRaw()];
    const refused = await fetch(host.url);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(((await refused.json()) as { error: string }).error).toContain('allows 2');
    expect(await server.queues()).toHaveLength(2);
    first!.vanish();
    await until(() => host.running() === 1, 5_000);
    await connectRaw();
  });

  test('503 where the registry cannot be read', async () => {
    vi.resetModules(); // a catalog that was read before would be served
    const registry = process.env[ENV.REGISTRY_TABLE];
    settings({ [ENV.REGISTRY_TABLE]: 'no-such-table' });
    const fresh = await startSseHost();
    const response = await fetch(fresh.url);
    settings({ [ENV.REGISTRY_TABLE]: registry! });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    await fresh.close();
  });
});

describe('a session', () => {
  test('serves the official client', async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['ask', 'echo', 'reflect', 'slow']);
    expect(textOf(await client.callTool({ name: 'echo', arguments: { text: '🚀 \ufffe' } }))).toBe('🚀 \ufffe');
    await client.ping();
  });

  test('takes messages while calls run, and runs calls side by side', async () => {
    const client = await connect();
    const slow = client.callTool({ name: 'slow', arguments: { seconds: 1.5 } });
    const started = Date.now();
    await client.ping();
    expect(textOf(await client.callTool({ name: 'echo', arguments: { text: 'hi' } }))).toBe('hi');
    expect(Date.now() - started).toBeLessThan(1_200);
    expect(textOf(await slow)).toBe('slept');
  });

  test('asks the client in rounds while another call runs', async () => {
    const asked: string[] = [];
    const client = await connect({
      elicit: async (message) => {
        asked.push(message);
        return message === 'Colour?' ? 'blue' : 'Ann';
      },
    });
    const slow = client.callTool({ name: 'slow', arguments: { seconds: 1 } });
    expect(textOf(await client.callTool({ name: 'ask', arguments: {} }))).toBe('Ann likes blue');
    expect(asked).toEqual(['Your name?', 'Colour?']);
    await slow;
  });

  test('answers nothing more to a cancelled call', async () => {
    const raw = await connectRaw();
    answerPings(raw, pong);
    await raw.post(call(7, 'slow', { seconds: 0.5 }));
    await raw.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await raw.post(call(8, 'slow', { seconds: 0.8 }));
    await until(() => raw.messages.find(({ id }) => id === 8));
    expect(raw.messages.find(({ id }) => id === 7)).toBeUndefined();
  });

  test('answers a request that is none with an error', async () => {
    const raw = await connectRaw();
    await raw.post({ jsonrpc: '2.0', id: 1, method: 'ping', extra: true });
    await until(() => raw.messages.find(({ id }) => id === 1));
    expect(raw.messages.find(({ id }) => id === 1).error.code).toBe(-32600);
  });

  test('tells functions a name of the session that nobody can write to', async () => {
    const raw = await connectRaw();
    await raw.post(call(1, 'reflect', {}));
    const answer = await until(() => raw.messages.find(({ id }) => id === 1));
    const { sessionId, transport } = JSON.parse(answer.result.content[0].text);
    expect(transport).toBe('sse');
    expect(sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(raw.endpoint).not.toContain(sessionId);
  });

  test('belongs to the caller who opened it', async () => {
    const raw = await RawClient.connect(host.url, { 'x-test-user': 'ann' });
    undo.push(() => raw.vanish());
    await until(() => raw.endpoint);
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    expect((await raw.post(ping, { 'x-test-user': 'bob' })).status).toBe(404);
    expect((await raw.post(ping)).status).toBe(202);
    await until(() => raw.messages.find(({ id }) => id === 1));
  });

  test('handles a batch, each item answered', async () => {
    const raw = await connectRaw();
    await raw.post([1, 2, 3].map((id) => call(id, 'echo', { text: String(id) })));
    await until(() => [1, 2, 3].every((id) => raw.messages.some((message) => message.id === id && message.result)));
  });
});

describe('the end of a session', () => {
  test('comes for a client that vanished', async () => {
    const raw = await connectRaw();
    raw.vanish();
    await until(() => host.running() === 0, 4_000);
  });

  test('comes for a client that answers no ping, by an orderly end of the stream', async () => {
    const raw = await connectRaw();
    await raw.ended;
    expect(raw.messages.filter(({ method }) => method === 'ping')).toHaveLength(2);
    expect(raw.events.at(-1)).toEqual({ retry: '1000' });
    expect((await raw.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(404);
  });

  test('does not come for one that answers pings with errors', async () => {
    const raw = await connectRaw();
    answerPings(raw, (id) => ({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } }));
    await until(() => raw.messages.filter(({ method }) => method === 'ping').length >= 6, 5_000);
    expect((await raw.post(call(1, 'echo', { text: 'alive' }))).status).toBe(202);
  });

  test('comes when nothing was asked for a while, pings left aside', async () => {
    settings({ [ENV.IDLE_SECONDS]: '1.5' });
    const raw = await connectRaw();
    answerPings(raw, pong);
    const started = Date.now();
    await raw.ended;
    expect(Date.now() - started).toBeGreaterThan(1_000);
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  test('does not come for idleness while a call runs', async () => {
    settings({ [ENV.IDLE_SECONDS]: '1' });
    const raw = await connectRaw();
    answerPings(raw, pong);
    await raw.post(call(1, 'slow', { seconds: 2.5 }));
    await raw.ended;
    expect(raw.messages.find(({ id }) => id === 1).result.content[0].text).toBe('slept');
  });

  test('comes when its time is over; the official client goes on without initializing again', async () => {
    settings({ [ENV.MAX_SESSION_SECONDS]: '2' });
    const client = await connect({ elicit: async () => 'x' });
    expect(client.getServerVersion()?.name).toBe('test');
    await until(() => host.running() === 0, 4_000);
    settings({ [ENV.MAX_SESSION_SECONDS]: '60' });
    await until(() => host.running() === 1, 4_000);
    await new Promise((resolve) => setTimeout(resolve, 300)); // the new endpoint event
    const context = JSON.parse(textOf(await client.callTool({ name: 'reflect', arguments: {} })));
    expect(context.protocolVersion).toBe('2025-11-25');
    expect(context.client).toBeUndefined();
    const asked = await client.callTool({ name: 'ask', arguments: {} });
    expect(asked.isError).toBe(true); // what it once declared is not known
  });

  test('lets running calls finish and takes no new ones', async () => {
    settings({ [ENV.MAX_SESSION_SECONDS]: '6' }); // the last quarter is for finishing
    const raw = await connectRaw();
    answerPings(raw, pong);
    const opened = Date.now();
    const at = (ms: number) => new Promise((resolve) => setTimeout(resolve, opened + ms - Date.now()));
    await at(3_800);
    await raw.post(call(1, 'slow', { seconds: 1.1 }));
    await at(4_600);
    await raw.post(call(2, 'echo', { text: 'late' }));
    await raw.ended;
    expect(raw.messages.find(({ id }) => id === 1).result.content[0].text).toBe('slept');
    expect(raw.messages.find(({ id }) => id === 2).error).toEqual({
      code: -32000,
      message: expect.stringContaining('reconnect'),
    });
    expect(Date.now() - opened).toBeLessThan(5_800); // not later than needed
  });

  test('cuts off with an error what does not finish in time', async () => {
    settings({ [ENV.MAX_SESSION_SECONDS]: '3' });
    const raw = await connectRaw();
    answerPings(raw, pong);
    await raw.post(call(1, 'slow', { seconds: 20 }));
    await raw.ended;
    const answers = raw.messages.filter(({ id }) => id === 1);
    expect(answers).toHaveLength(1);
    expect(answers[0].error?.code ?? answers[0].result.isError).toBeTruthy();
    expect(raw.events.at(-1)).toEqual({ retry: '1000' });
  });

  test('comes before Lambda’s', async () => {
    const short = await startSseHost({ remainingMs: 6_500 });
    const raw = await RawClient.connect(short.url);
    answerPings(raw, pong);
    const started = Date.now();
    await raw.ended;
    expect(Date.now() - started).toBeLessThan(3_000);
    await until(() => short.running() === 0);
    await short.close();
  });

  test('comes in order when the queue is deleted under it', async () => {
    const raw = await connectRaw();
    answerPings(raw, pong);
    await new Promise((resolve) => setTimeout(resolve, 5_100)); // past the time in which SQS may not know the queue
    const [QueueUrl] = await server.queues();
    await server.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await raw.ended;
    expect(raw.events.at(-1)).toEqual({ retry: '1000' });
  });

  test('comes when its record is deleted', async () => {
    const raw = await connectRaw();
    answerPings(raw, pong);
    await new SessionStore().remove(new URL(raw.endpoint!, host.url).searchParams.get('sessionId')!);
    await raw.ended;
  });

  test('is what a lease that ran out means to senders', async () => {
    settings({ [ENV.PING_SECONDS]: '2' });
    const raw = await connectRaw();
    const id = new URL(raw.endpoint!, host.url).searchParams.get('sessionId')!;
    const key = { [SESSIONS.PARTITION_KEY]: { S: SESSIONS.SSE }, [SESSIONS.SORT_KEY]: { S: id } };
    await server.dynamoDb.send(
      new UpdateItemCommand({
        TableName: process.env[ENV.SESSION_TABLE],
        Key: key,
        UpdateExpression: 'SET leaseUntil = :past',
        ExpressionAttributeValues: { ':past': { N: String(Date.now() - 1) } },
      }),
    );
    expect((await raw.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(404);
    await new SessionStore().remove(id); // ends it at the next beat
  });

  test('answers what was accepted last', async () => {
    settings({ [ENV.MAX_SESSION_SECONDS]: '2' });
    const raw = await connectRaw();
    answerPings(raw, pong);
    const accepted: number[] = [];
    const timer = setInterval(async () => {
      const id = accepted.length + 100;
      accepted.push(id);
      if ((await raw.post({ jsonrpc: '2.0', id, method: 'tools/list' })).status !== 202) {
        accepted.splice(accepted.indexOf(id), 1);
      }
    }, 50);
    await raw.ended;
    clearInterval(timer);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const answered = raw.messages.map(({ id }) => id);
    expect(accepted.filter((id) => !answered.includes(id))).toEqual([]);
  });
});

describe('list changes', () => {
  async function watch(client: Client): Promise<string[]> {
    const told: string[] = [];
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void told.push('tools'));
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void told.push('resources'));
    client.setNotificationHandler(PromptListChangedNotificationSchema, () => void told.push('prompts'));
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // one look at least since the handshake
    return told;
  }

  test('are told once per burst, by kind, and only if there are any', async () => {
    const client = await connect();
    const told = await watch(client);
    expect(told).toEqual([]);
    for (const name of ['new-1', 'new-2', 'new-3']) {
      await register(server, { type: 'tool', name, lambdaArn: arnOf('echo'), inputSchema: { type: 'object' } });
    }
    await until(() => told.length > 0, 8_000);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('new-3');
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    expect(told).toEqual(['tools']);
    for (const name of ['new-1', 'new-2', 'new-3']) await unregister(server, 'tool', name);
    await register(server, { type: 'prompt', name: 'p', lambdaArn: arnOf('echo') });
    await until(() => told.length > 1, 8_000);
    expect(told.sort()).toEqual(['prompts', 'tools', 'tools']);
    await unregister(server, 'prompt', 'p');
  });
});
