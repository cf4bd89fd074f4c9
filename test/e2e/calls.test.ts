import { afterAll, beforeAll, expect, test } from 'vitest';
import type { McpCall } from '../../local/calls/call';
import { McpAccess } from '../../src';
import { httpClient, sseClient, v2Client } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { openSession } from './support/sse';
import { until } from './support/until';
import { send } from './support/wire';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    server: { maxSessions: 3 },
    extend: ({ server, fn }) => {
      server.addTool(fn('forge'), { name: 'forge' });
      server.addTool(fn('echo'), { name: 'hidden', access: McpAccess.principals('somewhere-else') });
    },
  });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** Waits for the newest finished call with this method and name. */
const finished = (method: string, name?: string, more: Partial<McpCall> = {}) =>
  until(`the call ${method} ${name ?? ''}`, () =>
    fixture.runner.calls.all.findLast(
      (call) =>
        call.method === method &&
        call.name === name &&
        call.outcome !== undefined &&
        Object.entries(more).every(([key, value]) => call[key as keyof McpCall] === value),
    ),
  );

/** Labels of the steps of a kind. Logical ids, because the test app has no construct paths, without their hashes. */
const labels = ({ steps }: McpCall, kind: string) =>
  steps.filter((each) => each.kind === kind).map(({ label }) => label.replace(/[0-9A-F]{8}$/, ''));

test('records a call of revision 2026-07-28 with its steps, permissions and answer', async () => {
  const client = await v2Client(fixture, { pin: '2026-07-28' });
  await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  const call = await finished('tools/call', 'echo');
  await client.close();
  expect(call).toMatchObject({
    server: expect.stringMatching(/^McpApi/),
    transport: 'http',
    revision: '2026-07-28',
    client: 'e2e 1.0.0',
    caller: 'local',
    outcome: 'ok',
    status: 200,
    params: { value: { name: 'echo', arguments: { message: 'hello' } } },
    answer: { value: { content: [{ type: 'text', text: 'hello' }] } },
  });
  expect(call.durationMs).toBeGreaterThan(0);
  expect(labels(call, 'front')).toEqual(['POST /prod/mcp']);
  expect(labels(call, 'invoke')).toEqual(['McpHttpFunction', 'echo']);
  expect(labels(call, 'aws')).toContain('lambda:Invoke');
  const invoked = call.permissions.find(({ resource }) => resource === fixture.functionArn('echo'));
  expect(invoked).toMatchObject({ action: 'lambda:InvokeFunction', allowed: true });
  expect(invoked).toHaveProperty('statement.Effect', 'Allow');
  const byId = new Map(call.steps.map((step) => [step.id, step]));
  const tool = call.steps.find(({ label }) => label.startsWith('echo'))!;
  expect(byId.get(tool.parent!)).toMatchObject({ kind: 'aws', label: 'lambda:Invoke' });
  await until('the end of all steps', () => call.steps.every(({ durationMs }) => durationMs !== undefined));
});

test('records a call in a 2025 session', async () => {
  const client = await httpClient(fixture);
  await client.callTool({ name: 'echo', arguments: { message: '2025' } });
  await client.close();
  const call = await finished('tools/call', 'echo', { transport: 'http', client: 'e2e 1.0.0' });
  expect(call).toMatchObject({ revision: '2025-11-25', outcome: 'ok' });
  expect(labels(call, 'invoke')).toEqual(['McpHttpFunction', 'echo']);
});

test('records calls over HTTP+SSE, also concurrent ones, each with its own function', async () => {
  const client = await sseClient(fixture);
  const numbers = [1, 2, 3, 4];
  await Promise.all(
    numbers.map((n) =>
      client.callTool({ name: n % 2 ? 'record' : 'echo', arguments: n % 2 ? { n } : { message: `${n}` } }),
    ),
  );
  await until(
    'four calls',
    () =>
      fixture.runner.calls.all.filter(({ method, transport }) => method === 'tools/call' && transport === 'sse')
        .length === 4,
  );
  for (const call of fixture.runner.calls.all.filter(
    ({ method, transport }) => method === 'tools/call' && transport === 'sse',
  )) {
    expect(call).toMatchObject({
      outcome: 'ok',
      status: 202,
      client: 'e2e 1.0.0',
      session: expect.stringMatching(/^\w{8}$/),
    });
    expect(labels(call, 'invoke')).toEqual(['McpMessageFunction', call.name]);
    const text = (call.answer!.value as any).content[0].text;
    const args = (call.params!.value as any).arguments;
    expect(text).toBe(args.message ?? `recorded ${args.n}`);
  }
  await client.close();
});

test('records the calls of a batch apart', async () => {
  const batch = [
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { message: 'batch' } } },
    { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'fail', arguments: {} } },
  ];
  await send(fixture.mcpUrl, {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-03-26',
    },
    body: JSON.stringify(batch),
  });
  const failed = await finished('tools/call', 'fail');
  const echoed = await finished('tools/call', 'echo', { requestId: failed.requestId });
  expect(failed).toMatchObject({
    outcome: 'error',
    error: { message: expect.stringContaining('the database rejected the query') },
  });
  expect(labels(failed, 'invoke')).toEqual(['McpHttpFunction', 'fail']);
  expect(labels(echoed, 'invoke')).toEqual(['McpHttpFunction', 'echo']);
});

test('records logs of the function and the missing grant', async () => {
  const client = await httpClient(fixture);
  await client.callTool({ name: 'fail' });
  await client.callTool({ name: 'forge' });
  await client.close();
  const failed = await finished('tools/call', 'fail', { client: 'e2e 1.0.0' });
  await until('the log', () => failed.logs.some(({ text }) => text.includes('the database rejected the query')));
  expect(failed.logs[0]).toMatchObject({ function: expect.stringMatching(/^fail/), level: 'ERROR' });
  const forged = await finished('tools/call', 'forge');
  expect(forged.outcome).toBe('error');
  expect(forged.permissions.find(({ allowed }) => !allowed)).toMatchObject({
    action: 'dynamodb:PutItem',
    missingGrant: expect.stringContaining('table.grantWriteData(fn)'),
  });
});

test('records validation errors, unknown tools and methods, and a body that is not JSON', async () => {
  const client = await httpClient(fixture);
  await client.callTool({ name: 'echo', arguments: { message: 1 } }).catch(() => {});
  await client.callTool({ name: 'nothing' }).catch(() => {});
  await client.close();
  const invalid = await until('the invalid call', () =>
    fixture.runner.calls.all.findLast(({ name, outcome }) => name === 'echo' && outcome === 'error'),
  );
  expect(invalid.error?.message).toContain('message');
  expect(await finished('tools/call', 'nothing')).toMatchObject({
    outcome: 'error',
    error: { message: expect.stringContaining('nothing') },
  });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  await send(fixture.mcpUrl, { headers, body: '{' });
  expect(await finished('POST /mcp')).toMatchObject({ outcome: 'error', status: 400 });
  await send(fixture.mcpUrl, { headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'no/method' }) });
  expect(await finished('no/method')).toMatchObject({ outcome: 'error', error: { code: -32601 } });
});

test('fails the pending calls of a session whose client disconnects', async () => {
  const session = await openSession(fixture);
  await session.post({
    jsonrpc: '2.0',
    id: 7,
    method: 'tools/call',
    params: { name: 'slow', arguments: { seconds: 30 } },
  });
  await until('the call', () => fixture.runner.calls.all.some(({ name }) => name === 'slow'));
  session.disconnect();
  expect(await finished('tools/call', 'slow')).toMatchObject({
    outcome: 'error',
    error: { message: expect.stringContaining('session ended') },
  });
});

test('records a refused stream: 503 when all sessions are in use', async () => {
  const open = [await openSession(fixture)];
  while (open.length < 4 && open.at(-1)?.response.ok) open.push(await openSession(fixture));
  expect(open.at(-1)?.response.status).toBe(503);
  expect(await finished('GET /sse')).toMatchObject({ outcome: 'refused', status: 503 });
  for (const session of open) session.disconnect();
});

test('never records an Authorization header that a function returns', async () => {
  const token = 'super-secret-token-of-a-client';
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
  };
  const params = { name: 'echo', arguments: { message: `you sent ${token}` } };
  await send(fixture.mcpUrl, {
    headers,
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const call = await until('the call', () =>
    fixture.runner.calls.all.findLast(({ answer }) => JSON.stringify(answer)?.includes('you sent')),
  );
  expect(JSON.stringify(call)).not.toContain(token);
});
