import { afterAll, beforeAll, expect, test } from 'vitest';
import { announce, environmentOf, mcpLambda, OUTSIDE, stable } from '../support/command-line';
import { type Fixture, startFixture } from '../support/fixture';
import { openSession, type RawSession } from '../support/sse';
import { until } from '../support/until';

let fixture: Fixture;
let session: RawSession;
beforeAll(async () => {
  fixture = await startFixture({ sseEnvironment: { MCP_PING_SECONDS: '5' } });
  announce(fixture.runner);
  session = await openSession(fixture, {}, ({ id, method }) => {
    if (method === 'ping') void session.post({ jsonrpc: '2.0', id, result: {} });
  });
  await run('call', 'echo', 'message=hello');
  await run('call', 'fail');
});
afterAll(async () => {
  session?.disconnect();
  await fixture?.[Symbol.asyncDispose]();
});

const run = (...args: string[]) => mcpLambda([...args, '--url', fixture.mcpUrl.href]);
/** Output without what depends on the speed of the machine. */
const timeless = (text: string) =>
  stable(text)
    .replaceAll(/\b\d+ (ms|s)\b/g, '9 ms')
    .replaceAll(/(?<=\S) {2,}/g, '  ')
    // requests of this command, and answers to pings, may be counted or not
    .replaceAll(/^(HttpFunction|MessageFunction) {2}\d+ {2}0 {2}0 .*$/gm, '$1  2  0  0  9 ms  nodejs24.x')
    .replaceAll(/^([\da-f]{12}|\d{10,})\b/gm, '3f2a91c07b5e');

test('status shows addresses, sessions, calls and functions', async () => {
  const { code, out, err } = await run('status');
  expect([code, err]).toEqual([0, '']);
  expect(timeless(out)).toMatchInlineSnapshot(`
    "e2e 1.0.0
    health  answers
    Streamable HTTP  http://127.0.0.1:3001/prod/mcp
    HTTP+SSE  http://127.0.0.1:3001/prod/sse
    Registration  http://127.0.0.1:3001/prod/register
    authorization  AWS_IAM
    revisions  2026-07-28
    stack  E2e (CREATE_COMPLETE)

    Now
    SSE sessions  1 of 50
    listeners  0 of 50
    tasks  0 of 100
    sessions on /mcp  0 opened in this hour and the last

    Last 1 h
    tool calls  2, 1 errors (50.0 %), 9 ms on average
    SSE sessions  1 opened, 0 rejected

    FUNCTION  INVOCATIONS  ERRORS  THROTTLES  SLOWEST  RUNTIME
    HttpFunction  2  0  0  9 ms  nodejs24.x
    SseFunction  0  0  0  -  nodejs24.x
    MessageFunction  2  0  0  9 ms  nodejs24.x
    SweeperFunction  0  0  0  -  nodejs24.x
    RegistrationProvider  13  0  0  9 ms  nodejs24.x
    RegistrationFunction  0  0  0  -  nodejs24.x
    "
  `);
});

test('status --json has the same facts', async () => {
  const { out } = await run('status', '--json', '--minutes', '5');
  expect(JSON.parse(out)).toMatchObject({
    name: 'e2e',
    authorization: 'AWS_IAM',
    stack: { name: 'E2e' },
    sessions: { open: 1, listeners: 0 },
    limits: { sessions: 50 },
    metrics: { toolCalls: 2, toolErrors: 1 },
  });
});

test('sessions lists open streams, and ends them by the beginning of their id', async () => {
  const { out, err } = await run('sessions');
  expect(timeless(out)).toMatchInlineSnapshot(`
    "ID  KIND  STATE  AGE  CALLER
    3f2a91c07b5e  sse  open  9 ms  local
    "
  `);
  expect(err).toBe(
    '0 unfinished tasks; 0 sessions opened on /mcp in this hour and the last, which occupy no function\n',
  );
  const [, id] = /\n([0-9a-f]{12}) /.exec(out)!;
  expect((await run('sessions', 'end', id!)).out).toBe(`${id} (sse) ended: its stream closes within 20 seconds\n`);
  expect(await session.ended).toBe(true);
  await until(
    'the end of the session',
    async () => JSON.parse((await run('sessions', '--json')).out).open.length === 0,
  );
  expect(await run('sessions', 'end', id!)).toMatchObject({
    code: 1,
    err: expect.stringContaining('does not have a session'),
  });
});

test('cost reads the usage of a server from its metrics', async () => {
  const { out, code } = await run('cost', '--period', '1h', '--json');
  expect(code).toBe(0);
  const { usage, offers } = JSON.parse(out);
  expect(usage).toMatchObject({ calls: 2 * 730, memory: 512, toolMemory: 128 });
  expect(usage.otherRequests).toBeGreaterThan(0);
  expect(offers[0]).toMatchObject({
    id: 'server',
    parts: expect.arrayContaining([
      { name: 'metrics', formula: '15 metrics × 0.3', usd: 4.5 },
      {
        name: 'HTTP function, 512 MiB',
        formula: expect.stringMatching(/^[\d.]+ (k )?GB-s ×/),
        usd: expect.any(Number),
      },
    ]),
  });
  // CloudWatch returns older data only for longer periods
  const month = JSON.parse((await run('cost', '--period', '30d', '--json')).out);
  expect(month.measured).toMatchObject({ calls: 2, listenerHours: 0 });
  const { out: text } = await run('cost', '--period', '1h', '--calls', '1e6');
  expect(text).toMatch(/^In 1 h: 2 calls, \d+ requests, [\d.]+ hours of SSE sessions\n1 M calls a month of \d+ ms/);
});

test.each(['0s', '1y', '500d', '-1d'])('cost rejects the period %s', async (period) => {
  const { code, out, err } = await run('cost', '--period', period);
  expect([code, out]).toEqual([1, '']);
  expect(err).toBe(
    `mcp-lambda: invalid --period "${period}": expected a duration from 1m to 455d, such as 7d or 24h\n`,
  );
});

test('require a stack, and work with one', async () => {
  const { code, err } = await mcpLambda(['status', '--url', fixture.mcpUrl.href], { env: OUTSIDE });
  expect(code).toBe(1);
  expect(err).toMatchInlineSnapshot(`
    "mcp-lambda: status requires --stack: it reads the server's functions, logs and metrics
      → mcp-lambda status --stack <name of the CloudFormation stack>
    "
  `);
  const { out } = await mcpLambda(['sessions', '--stack', 'E2e', '--json'], { env: environmentOf(fixture) });
  expect(JSON.parse(out)).toMatchObject({ open: [] });
});
