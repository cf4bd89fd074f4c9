import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseFaults } from '../../local/services/faults/file';
import { McpTaskSupport } from '../../src';
import { type AuditRecord, parseAuditRecord } from '../../src/private/audit';
import { httpClient, sseClient, v2Client } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { taskClient } from './support/tasks';
import { until } from './support/until';

/** Number of calls; `AUDIT_CALLS=1000` is the long form. */
const CALLS = Number(process.env.AUDIT_CALLS ?? 120);
/** Calls in progress at a time. */
const CONCURRENT = 8;

/** AWS calls of the server functions that throttle, fail before or after their effect, answer late, break off or happen twice. */
const service = { service: ['dynamodb', 'sqs'], caller: 'E2e-Mcp*', share: 0.02 };
const invoke = { service: 'lambda', caller: 'E2e-Mcp*', share: 0.03 };
const FAULTS = JSON.stringify({
  seed: 16,
  faults: [
    { type: 'throttle', ...service },
    { type: 'error', ...service },
    { type: 'error', ...service, when: 'after' },
    { type: 'delay', ...service, milliseconds: 300 },
    { type: 'reset', ...service, when: 'after' },
    { type: 'duplicate', ...service },
    { type: 'throttle', ...invoke },
    { type: 'error', ...invoke },
    { type: 'delay', ...invoke, when: 'after', milliseconds: 300 },
    { type: 'reset', ...invoke, when: 'after' },
    { type: 'duplicate', function: 'E2e-McpTaskRunner*', share: 0.1 },
  ],
});

const records: AuditRecord[] = [];
let faults = 0;
let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    server: {
      auditPayloads: true,
      tasks: true,
      registrableFunctions: ['arn:aws:lambda:us-east-1:123456789012:function:*'],
    },
    faults: parseFaults(FAULTS),
    onFault: () => {
      faults += 1;
    },
    onLog: ({ text }) => {
      const record = parseAuditRecord(text);
      if (record) records.push(record);
    },
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), { name: 'background', taskSupport: McpTaskSupport.REQUIRED });
    },
  });
  fixture.runner.setFaults(false);
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

type SdkClient = Awaited<ReturnType<typeof httpClient>>;
/** A call that contains its id in what it sends. */
type Call = (client: SdkClient, id: string) => Promise<unknown>;

const tool =
  (name: string, args: (id: string) => Record<string, unknown>): Call =>
  (client, id) =>
    client.callTool({ name, arguments: args(id) });
const MIX: readonly Call[] = [
  tool('echo', (id) => ({ message: id })),
  (client, id) => client.readResource({ uri: `docs://pages/${id}` }),
  tool('fail', (id) => ({ id })),
  (client, id) => client.getPrompt({ name: 'greeting', arguments: { name: id } }),
  tool('weather', (id) => ({ city: id })),
  (client, id) => client.callTool({ name: id, arguments: {} }), // unknown
  tool('echo', (id) => ({ id })), // invalid arguments
  (client, id) => client.readResource({ uri: `other://${id}` }), // unknown
];

/** Whether the client received a JSON-RPC response: a result, or an error with a JSON-RPC code. */
const answered = (call: Promise<unknown>) =>
  call.then(
    () => true,
    (error: { code?: unknown; message: string }) =>
      typeof error.code === 'number' && error.code < -32_000 && !/HTTP|POST|fetch|closed/.test(error.message),
  );

/** The ids of the calls that the records name, each as often as it occurs. */
const recorded = (some: readonly AuditRecord[]) =>
  some.map((record) => /call-\d+/.exec(`${record.name} ${record.arguments} ${record.registration}`)?.[0]);

test(`${CALLS} calls over all transports leave one record each, although AWS calls fail, are slow or are repeated`, async () => {
  const clients = await Promise.all([
    sseClient(fixture),
    httpClient(fixture),
    v2Client(fixture, { pin: '2026-07-28' }) as unknown as Promise<SdkClient>,
  ]);
  await using tasks = await taskClient(fixture.mcpUrl);
  const register = (method: string, id: string, body?: object) =>
    fetch(`${fixture.registerUrl.href}${method === 'DELETE' ? `/tool-${id}` : ''}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
  fixture.runner.setFaults(true);
  const expected = new Map<string, number>();
  const uncertain = new Set<string>();
  let next = 0;
  const perform = async (n: number) => {
    const id = `call-${n}`;
    if (n % 20 === 19) {
      const created = await register('POST', id, { type: 'tool', name: id, lambdaArn: fixture.functionArn('echo') });
      const removed = await register('DELETE', id);
      expect([created.status, removed.status].every((status) => status < 504)).toBe(true);
      return expected.set(id, created.status === 400 ? 1 : 2); // 400: the body has no id
    }
    if (n % 20 === 9) {
      const settle = async () => (await tasks.session.callTool('background', { message: id })).settle();
      const status = await settle().then(
        ({ outcome }) => outcome.status,
        () => undefined,
      );
      return status === 'completed' ? expected.set(id, 2) : uncertain.add(id); // the request, and one step
    }
    const done = await answered(MIX[n % MIX.length]!(clients[n % 3]!, id));
    return done ? expected.set(id, 1) : uncertain.add(id);
  };
  const worker = async () => {
    while (next < CALLS) await perform(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  fixture.runner.setFaults(false);
  for (const client of clients) await client.close();

  const counted = () => {
    const counts = new Map<string, number>();
    for (const id of recorded(records)) if (id) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  };
  await until('the records', () => [...expected].every(([id, count]) => (counted().get(id) ?? 0) >= count));
  const counts = counted();
  const wrong = [...expected].filter(([id, count]) => counts.get(id) !== count);
  expect(
    wrong.map(([id, count]) => ({ id, count, records: records.filter((each) => recorded([each])[0] === id) })),
  ).toEqual([]);
  for (const id of uncertain) expect(counts.get(id) ?? 0, id).toBeLessThanOrEqual(2);
  expect(faults).toBeGreaterThan(CALLS / 20);
  expect(uncertain.size).toBeLessThan(CALLS / 10);
  expect(new Set(records.map(({ kind }) => kind)).size).toBe(5);
  expect(new Set(records.map(({ transport }) => transport))).toEqual(new Set(['http', 'sse', undefined]));
  const withoutRequest = records.filter(({ kind, requestId }) => kind !== 'task-step' && !requestId);
  expect(withoutRequest).toEqual([]);
});

test('a killed process loses the records of its running calls only', async () => {
  const client = await v2Client(fixture, { pin: '2026-07-28' });
  for (const n of [1, 2, 3]) await client.callTool({ name: 'echo', arguments: { message: `call-9000${n}` } });
  const running = client.callTool({ name: 'slow', arguments: { seconds: 20 } }).catch(() => 'killed');
  await until('the call', () => fixture.journal().some((line) => line.startsWith('slow start 20')));
  await fixture.runner.killFunction('HttpFunction');
  expect(await running).toBe('killed');
  const ids = recorded(records);
  expect([1, 2, 3].map((n) => ids.filter((id) => id === `call-9000${n}`).length)).toEqual([1, 1, 1]);
  expect(records.filter(({ kind, name }) => kind === 'tool' && name === 'slow')).toEqual([]);
  await client.close();
});
