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

async function answering(answer: (message: string) => ElicitResult | Promise<ElicitResult>): Promise<Client> {
  const client = await sseClient(fixture, { elicitation: {} });
  client.setRequestHandler(ElicitRequestSchema, (request: ElicitRequest) => answer(request.params.message));
  return client;
}

const accept = (message: string): ElicitResult => ({
  action: 'accept',
  content: message.startsWith('Your name') ? { name: 'Ada' } : { colour: 'green' },
});

test('two rounds with state over HTTP+SSE', async () => {
  const messages: string[] = [];
  const client = await answering((message) => {
    messages.push(message);
    return accept(message);
  });
  expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: 'Ada likes green' }] });
  expect(messages).toEqual(['Your name?', 'Which colour, Ada?']);
  await client.close();
});

test.each(['decline', 'cancel'] as const)('the user may %s', async (action) => {
  const client = await answering(() => ({ action }));
  expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: `the user answered: ${action}` }] });
  await client.close();
});

test('an answer that never comes ends the call', async () => {
  await using impatient = await startFixture({ sseEnvironment: { [ENV.ANSWER_SECONDS]: '1' } });
  const client = await sseClient(impatient, { elicitation: {} });
  client.setRequestHandler(ElicitRequestSchema, () => new Promise<ElicitResult>(() => {}));
  expect(await client.callTool({ name: 'ask' })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/timed out/) }],
  });
  expect(await client.callTool({ name: 'echo', arguments: { message: 'on we go' } })).toMatchObject({
    content: [{ text: 'on we go' }],
  });
  await client.close();
});

test('a client without the capability gets an error that says so', async () => {
  const client = await sseClient(fixture);
  const result = await client.callTool({ name: 'ask' });
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/elicitation/) }] });
  await client.close();
});

test('a 2025 client of a server without sessions gets an error that says why', async () => {
  await using sessionless = await startFixture({ server: { sessions: false } });
  const client = await httpClient(sessionless, { elicitation: {} });
  const result = await client.callTool({ name: 'ask' });
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/session/) }] });
  await client.close();
});

test('a 2026-07-28 client is asked by multi-round-trip results', async () => {
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

test('a ping, a cancel and an elicitation answer get through while a 30 s tool runs', async () => {
  const client = await answering(accept);
  const stop = new AbortController();
  const slow = client.callTool({ name: 'slow', arguments: { seconds: 30 } }, undefined, { signal: stop.signal });
  const cancelled = expect(slow).rejects.toThrow();
  await client.ping();
  expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: 'Ada likes green' }] });
  await until('the function to run', () => fixture.journal().includes('slow start 30'));
  stop.abort('enough');
  await cancelled;
  await client.ping();
  expect(fixture.journal()).not.toContain('slow end 30');
  await client.close();
});
