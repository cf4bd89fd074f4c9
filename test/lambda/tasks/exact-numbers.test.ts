import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn } from '../mcp/functions.js';
import { startRawFunctions } from '../mcp/raw-functions.js';
import { tool } from '../mcp/registrations.js';
import { startTestServer, type TestServer } from '../sse/sessions.js';

const BIG = '725653563933458432';
const VERSION = '2026-07-28';
const CAPABILITIES = '{"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}';
const META = `"_meta":{"io.modelcontextprotocol/protocolVersion":"${VERSION}","io.modelcontextprotocol/clientCapabilities":${CAPABILITIES},"shop.example/trace":${BIG}}`;
const ASK = `{"resultType":"input_required","requestState":"s","inputRequests":{"size":{"method":"elicitation/create","params":{"message":"Size?","requestedSchema":{"type":"object","properties":{"size":{"type":"number","maximum":725653563933458433}}}}}}}`;
const CONTINUE = '{"resultType":"task","requestState":"s","pollIntervalMs":1.0}';

let server: TestServer;
let functions: Awaited<ReturnType<typeof startRawFunctions>>;
let host: StreamingHost;

beforeAll(async () => {
  server = await startTestServer();
  process.env[ENV.TASK_RUNNER_ARN] = functionArn('runner');
  process.env[ENV.NOTIFICATIONS] = 'on';
  functions = await startRawFunctions({
    runner: () => '',
    echo: (event) => event,
    ask: (event) => (event.includes('"inputResponses"') ? event : ASK),
    continued: (event) => (event.includes('"requestState"') ? event : CONTINUE),
  });
  const request = { event: { type: 'request' }, taskSupport: 'optional', asksClient: ['elicitation'] } as const;
  await server.tables.register(
    tool('echo', { lambdaArn: functionArn('echo'), taskSupport: 'optional' }),
    tool('ask', { lambdaArn: functionArn('ask'), ...request }),
    tool('continued', { lambdaArn: functionArn('continued'), ...request }),
  );
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
});
afterAll(async () => {
  await host.close();
  await functions.stop();
  await server.stop();
});

/** Sends a request and returns the response as text. */
async function post(method: string, name: string, params: string): Promise<Response> {
  return fetch(host.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      'mcp-name': name,
    },
    body: `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{${params},${META}}}`,
  });
}
const send = async (...request: Parameters<typeof post>) => (await post(...request)).text();

async function start(name: string): Promise<string> {
  const created = await send('tools/call', name, `"name":"${name}","arguments":{"id":${BIG},"price":1.50}`);
  return JSON.parse(created).result.taskId;
}

async function run(taskId: string, number = 1): Promise<void> {
  const { runTask } = await import('../../../lambda/task-runner/run.js');
  const invocation = { runnerArn: functionArn('runner'), callDeadline: Date.now() + 890_000 };
  await runTask({ taskId, run: number }, { ...invocation, endsAt: Date.now() + 900_000 });
}
const get = (taskId: string) => send('tasks/get', taskId, `"taskId":"${taskId}"`);

test('a task carries the numbers of its arguments and of its result', async () => {
  const taskId = await start('echo');
  await run(taskId);
  expect(functions.events.echo!.at(-1)).toBe(`{"id":${BIG},"price":1.50}`);
  const task = await get(taskId);
  expect(task).toContain(`"structuredContent":{"id":${BIG},"price":1.50}`);
  expect(JSON.parse(task).result.result.content[0].text).toBe(`{"id":${BIG},"price":1.50}`);
});

test('a task carries the numbers of input requests and input responses', async () => {
  const taskId = await start('ask');
  await run(taskId);
  expect(await get(taskId)).toContain('"maximum":725653563933458433');
  const response = `{"action":"accept","content":{"size":${BIG},"price":1.50}}`;
  await send('tasks/update', taskId, `"taskId":"${taskId}","inputResponses":{"1-size":${response}}`);
  await run(taskId, 2);
  const event = functions.events.ask!.at(-1);
  expect(event).toContain(`"inputResponses":{"size":${response}}`);
  expect(event).toContain(`"shop.example/trace":${BIG}`);
  expect(await get(taskId)).toContain(`"inputResponses":{"size":${response}}`);
});

test('a continuation accepts an interval with a fraction of zeros', async () => {
  const taskId = await start('continued');
  await run(taskId);
  expect(await get(taskId)).toContain(`"arguments":{"id":${BIG},"price":1.50}`);
});

test('a notification carries the numbers of a result', async () => {
  const taskId = await start('echo');
  await run(taskId);
  const response = await post('subscriptions/listen', '', `"notifications":{"taskIds":["${taskId}"]}`);
  const text = await response.text(); // the stream ends with its only task
  expect(text).toContain('"method":"notifications/tasks"');
  expect(text).toContain(`"structuredContent":{"id":${BIG},"price":1.50}`);
});
