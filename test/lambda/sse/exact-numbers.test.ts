import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { jsonText, NUMBERS } from '../../support/json-texts.js';
import { type SseHost, startSseHost } from '../../support/sse-host.js';
import { functionArn } from '../mcp/functions.js';
import { startRawFunctions } from '../mcp/raw-functions.js';
import { tool } from '../mcp/registrations.js';
import { RawClient } from './raw-client.js';
import { startTestServer, type TestServer, until } from './sessions.js';

const BIG = '725653563933458432';
const ASK = `{"resultType":"input_required","inputRequests":{"size":{"method":"elicitation/create","params":{"message":"Size?","requestedSchema":{"type":"object","properties":{"size":{"type":"number","maximum":725653563933458433}}}}}}}`;

let server: TestServer;
let functions: Awaited<ReturnType<typeof startRawFunctions>>;
let host: SseHost;
let client: RawClient;
let pings: NodeJS.Timeout;

beforeAll(async () => {
  server = await startTestServer();
  functions = await startRawFunctions({
    echo: (event) => event,
    ask: (event) => (event.includes('"inputResponses"') ? event : ASK),
  });
  await server.tables.register(
    tool('echo', { lambdaArn: functionArn('echo') }),
    tool('request', { lambdaArn: functionArn('echo'), event: { type: 'request' } }),
    tool('ask', { lambdaArn: functionArn('ask'), event: { type: 'request' }, asksClient: ['elicitation'] }),
  );
  process.env[ENV.PING_SECONDS] = '2'; // the session ends soon after its client is gone, but survives a busy machine
  host = await startSseHost();
  client = await RawClient.connect(host.url);
  await until(() => client.endpoint);
  pings = setInterval(answerPings, 50);
  await postText(
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"raw","version":"1"}}}',
  );
  await dataOf((data) => JSON.parse(data).id === 0);
});
afterAll(async () => {
  clearInterval(pings);
  client.disconnect();
  await until(() => host.running() === 0, 30_000);
  await host.close();
  await functions.stop();
  await server.stop();
});
const answeredPings = new Set<string>();
function answerPings(): void {
  for (const { id, method } of client.messages) {
    if (method !== 'ping' || answeredPings.has(id)) continue;
    answeredPings.add(id);
    postText(`{"jsonrpc":"2.0","id":"${id}","result":{}}`).catch(() => undefined);
  }
}

function postText(body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(new URL(client.endpoint!, host.url), { method: 'POST', headers, body });
}

/** Waits for a message of the stream and returns its text. */
async function dataOf(matches: (data: string) => boolean): Promise<string> {
  const find = () => client.events.find(({ event, data }) => event === 'message' && matches(data!))?.data;
  await until(find, 20_000);
  return find()!;
}

let ids = 0;
async function call(name: string, args: string): Promise<string> {
  const id = ++ids;
  await postText(
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}","arguments":${args},"_meta":{"n":${BIG}}}}`,
  );
  return dataOf((data) => JSON.parse(data).id === id);
}
const textOf = (message: string): string => JSON.parse(message).result.content[0].text;

test.each(NUMBERS)('carries %s through the queue to the function and back', async (number) => {
  const args = `{"id":${number},"nested":[${number}]}`;
  const message = await call('echo', args);
  expect(functions.events.echo!.at(-1)).toBe(args);
  expect(textOf(message)).toBe(args);
  expect(message).toContain(`"structuredContent":${args}`);
});

test('carries any JSON unaltered', async () => {
  await fc.assert(
    fc.asyncProperty(jsonText, async (value) => {
      const args = `{"value":${value}}`;
      const message = await call('echo', args);
      expect(functions.events.echo!.at(-1)).toBe(args);
      expect(textOf(message)).toBe(args);
    }),
    { numRuns: 25 },
  );
});

test('carries metadata, and the numbers of a batch', async () => {
  await call('request', '{}');
  expect(functions.events.echo!.at(-1)).toContain(`"_meta":{"n":${BIG}}`);
  const item = (id: number) =>
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo","arguments":{"id":${BIG}${id}}}}`;
  await postText(`[${item(1_000)},${item(1_001)}]`);
  for (const id of [1_000, 1_001]) {
    expect(textOf(await dataOf((data) => JSON.parse(data).id === id))).toBe(`{"id":${BIG}${id}}`);
  }
});

test('carries an input response to the function unaltered', async () => {
  const pending = call('ask', `{"id":${BIG}}`);
  const request = await dataOf((data) => JSON.parse(data).method === 'elicitation/create');
  expect(request).toContain('"maximum":725653563933458433');
  const response = `{"action":"accept","content":{"size":${BIG},"price":1.50}}`;
  await postText(`{"jsonrpc":"2.0","id":${JSON.stringify(JSON.parse(request).id)},"result":${response}}`);
  expect(textOf(await pending)).toContain(`"inputResponses":{"size":${response}}`);
});

describe('POST /message', () => {
  test.each(['9007199254740993', '9007199254740992', '1e2', '0.5'])('rejects the id %s', async (id) => {
    const response = await postText(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    expect(response.status).toBe(400);
    expect((await response.json()) as object).toMatchObject({
      details: [{ path: 'id', message: 'must be a string or an integer from -9007199254740991 to 9007199254740991' }],
    });
  });

  test('rejects a progress token that would change', async () => {
    const response = await postText(
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":9007199254740993}}}',
    );
    expect((await response.json()) as object).toMatchObject({ details: [{ path: 'params._meta.progressToken' }] });
  });

  test('accepts an integer with a fraction of zeros', async () => {
    await postText('{"jsonrpc":"2.0","id":5000.0,"method":"ping"}');
    expect(await dataOf((data) => JSON.parse(data).id === 5_000)).toContain('"id":5000');
  });
});
