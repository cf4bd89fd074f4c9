import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallRefused, countCall } from '../../../lambda/limits/call-limits.js';
import { dynamoDb } from '../../../lambda/shared/clients.js';
import { ENV, METRICS, SESSIONS } from '../../../src/private/contract.js';
import type { CallLimit } from '../../../src/private/registration.js';
import { startDynamoDb } from '../../support/dynamodb.js';
import { tool } from '../mcp/registrations.js';
import { measured, startTestServer, type TestServer } from '../sse/sessions.js';

let server: TestServer;
let database: { url: string; stop(): Promise<void> };
beforeAll(async () => {
  database = await startDynamoDb();
  vi.stubEnv('MCP_TEST_DYNAMODB_URL', database.url);
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
  await database.stop();
  vi.unstubAllEnvs();
});

let callers = 0;
let caller: { id: string };
beforeEach(() => {
  callers += 1;
  caller = { id: `caller-${callers}` };
  delete process.env[ENV.CALLER_LIMITS];
});

const limitCallers = (limit: CallLimit) => {
  process.env[ENV.CALLER_LIMITS] = JSON.stringify(limit);
};
const open = tool('open');
/** A time in the middle of a day. */
const NOON = Date.UTC(2026, 10, 26, 12);

/** Calls at times after noon, in milliseconds. Returns for each `ok`, or the seconds after which a retry is allowed. */
async function calls(times: readonly number[], registration = open, principal = caller) {
  const outcomes: Array<'ok' | number> = [];
  for (const at of times) {
    outcomes.push(
      await countCall(registration, principal, NOON + at).then(
        () => 'ok' as const,
        (error) => (error instanceof CallRefused ? error.retryAfter : Promise.reject(error)),
      ),
    );
  }
  return outcomes;
}

async function items() {
  const { Items = [] } = await server.dynamoDb.send(new ScanCommand({ TableName: server.tables.sessions }));
  return Items.map((item) => unmarshall(item));
}

describe('a rate', () => {
  test('allows the burst at once, and then one call for each interval', async () => {
    limitCallers({ rate: 2, burst: 3 });
    expect(await calls([0, 0, 0, 0, 400, 500, 500, 1_000])).toEqual(['ok', 'ok', 'ok', 1, 1, 'ok', 1, 'ok']);
  });

  test('restores the burst after a pause, and no more', async () => {
    limitCallers({ rate: 1, burst: 2 });
    expect(await calls([0, 0, 0, 3_600_000, 3_600_000, 3_600_000])).toEqual(['ok', 'ok', 1, 'ok', 'ok', 1]);
  });

  test('may be a fraction of a call per second', async () => {
    limitCallers({ rate: 0.1 });
    expect(await calls([0, 0, 9_999, 10_000])).toEqual(['ok', 10, 1, 'ok']);
  });

  test('has a burst of one second without another', async () => {
    limitCallers({ rate: 2.5 });
    expect(await calls([0, 0, 0, 0])).toEqual(['ok', 'ok', 'ok', 1]);
  });
});

test('daily calls start again at midnight in UTC', async () => {
  limitCallers({ dailyCalls: 2 });
  const midnight = 12 * 3_600_000;
  expect(await calls([0, 1, 2, midnight - 1_000, midnight, midnight, midnight])).toEqual([
    'ok',
    'ok',
    43_200,
    1,
    'ok',
    'ok',
    86_400,
  ]);
});

test('the limit of a tool applies to each caller and this tool', async () => {
  const limited = tool('limited', { limit: { dailyCalls: 1 } });
  expect(await calls([0, 0], limited)).toEqual(['ok', 43_200]);
  expect(await calls([0, 0])).toEqual(['ok', 'ok']);
  expect(await calls([0], limited, { id: 'another' })).toEqual(['ok']);
  await expect(countCall(limited, caller, NOON)).rejects.toMatchObject({
    limit: 'limit of limited.dailyCalls',
    value: 1,
  });
});

test('a refused call counts for no limit', async () => {
  limitCallers({ dailyCalls: 2 });
  const limited = tool('limited', { limit: { dailyCalls: 1 } });
  expect(await calls([0, 0, 0], limited)).toEqual(['ok', 43_200, 43_200]);
  expect(await calls([0, 0])).toEqual(['ok', 43_200]);
});

test('holds all limits of a caller in one item that expires', async () => {
  limitCallers({ rate: 1, dailyCalls: 9 });
  const before = (await items()).length;
  await countCall(tool('limited', { limit: { rate: 1, dailyCalls: 9 } }), caller, NOON);
  const all = await items();
  expect(all).toHaveLength(before + 1);
  const item = all.find((each) => 'day#limited' in each && each[SESSIONS.TTL] === NOON / 1_000 + 172_800);
  expect(item).toMatchObject({ sk: 'limits', rate: expect.any(Number), 'rate#limited': expect.any(Number) });
  expect(JSON.stringify(item)).not.toContain(caller.id);
});

test('writes nothing without a limit or an identity', async () => {
  const before = await items();
  await countCall(open, caller, NOON);
  limitCallers({ rate: 1 });
  await countCall(open, null, NOON);
  expect(await items()).toEqual(before);
});

test('counts the sessions of a role together, whose names callers choose', async () => {
  limitCallers({ dailyCalls: 1 });
  const role = 'arn:aws:sts::111122223333:assumed-role/Support';
  expect(await calls([0], open, { id: `${role}/ada` })).toEqual(['ok']);
  expect(await calls([0], open, { id: `${role}/bob` })).toEqual([43_200]);
});

test('allows no call too many among concurrent ones', async () => {
  limitCallers({ rate: 0.001, burst: 3, dailyCalls: 100 });
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => countCall(open, caller, NOON)));
  const later = await calls([0, 0, 0, 0]);
  const allowed = [...outcomes.map(({ status }) => status), ...later].filter(
    (each) => each === 'fulfilled' || each === 'ok',
  );
  expect(allowed).toHaveLength(3);
});

test('a process that does not know the counters reads them from a refused update', async () => {
  limitCallers({ rate: 1, burst: 2 });
  expect(await calls([0])).toEqual(['ok']);
  vi.resetModules();
  const fresh = await import('../../../lambda/limits/call-limits.js');
  await fresh.countCall(open, caller, NOON);
  await expect(fresh.countCall(open, caller, NOON)).rejects.toMatchObject({ retryAfter: 1 });
});

test('runs a call that cannot be counted, and measures it', async () => {
  limitCallers({ rate: 1 });
  const send = vi
    .spyOn(dynamoDb(), 'send')
    .mockImplementation(
      ((_: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
        new Promise((__, reject) =>
          abortSignal.addEventListener('abort', () => reject(new Error('timeout'))),
        )) as never,
    );
  try {
    expect(await measured(() => countCall(open, caller, NOON))).toMatchObject({ [METRICS.CALLS_NOT_COUNTED]: 1 });
  } finally {
    send.mockRestore();
  }
});
