import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type ElicitRequest, ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENV } from '../../src/private/contract';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { until } from './support/until';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

async function connectAnswering(answer: (message: string) => ElicitResult | Promise<ElicitResult>): Promise<Client> {
  const client = await sseClient(fixture, { elicitation: {} });
  client.setRequestHandler(ElicitRequestSchema, (request: ElicitRequest) => answer(request.params.message));
  return client;
}

const accept = (message: string): ElicitResult => ({
  action: 'accept',
  content: message.startsWith('Your name') ? { name: 'Ada' } : { colour: 'green' },
});

test('asks twice with request state over HTTP+SSE', async () => {
  const messages: string[] = [];
  const client = await connectAnswering((message) => {
    messages.push(message);
    return accept(message);
  });
  expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: 'Ada likes green' }] });
  expect(messages).toEqual(['Your name?', 'Which colour, Ada?']);
  await client.close();
});

test.each(['decline', 'cancel'] as const)('passes the user’s %s to the function', async (action) => {
  const client = await connectAnswering(() => ({ action }));
  expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: `the user chose: ${action}` }] });
  await client.close();
});

test('ends the call if the client does not respond in time', async () => {
  await using shortTimeout = await startFixture({ sseEnvironment: { [ENV.ANSWER_SECONDS]: '1' } });
  const client = await sseClient(shortTimeout, { elicitation: {} });
  client.setRequestHandler(ElicitRequestSchema, () => new Promise<ElicitResult>(() => {}));
  expect(await client.callTool({ name: 'ask' })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/timed out/) }],
  });
  expect(await client.callTool({ name: 'echo', arguments: { message: 'still works' } })).toMatchObject({
    content: [{ text: 'still works' }],
  });
  await client.close();
});

test('names the missing capability', async () => {
  const client = await sseClient(fixture);
  const result = await client.callTool({ name: 'ask' });
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/elicitation/) }] });
  await client.close();
});

test('explains to a 2025 client that elicitation requires a session', async () => {
  await using sessionless = await startFixture({ server: { sessions: false } });
  const client = await httpClient(sessionless, { elicitation: {} });
  const result = await client.callTool({ name: 'ask' });
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/session/) }] });
  await client.close();
});

test('asks a 2026-07-28 client with multi-round-trip results', async () => {
  const client = new V2Client(
    { name: 'e2e', version: '1.0.0' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  client.setRequestHandler('elicitation/create', async (request) => accept(request.params.message) as never);
  await client.connect(new V2Http(fixture.mcpUrl));
  expect(await client.callTool({ name: 'ask', arguments: {} })).toMatchObject({
    content: [{ text: 'Ada likes green' }],
  });
  await client.close();
});

test('processes a ping, an input response and a cancellation while a tool runs', async () => {
  const client = await connectAnswering(accept);
  const stop = new AbortController();
  const slow = client.callTool({ name: 'slow', arguments: { seconds: 50 } }, undefined, { signal: stop.signal });
  const cancelled = expect(slow).rejects.toThrow();
  await client.ping();
  expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: 'Ada likes green' }] });
  await until('the function to start', () => fixture.journal().includes('slow start 50'));
  stop.abort('cancelled by the user');
  await cancelled;
  await client.ping();
  expect(fixture.journal()).not.toContain('slow end 50');
  await client.close();
});
