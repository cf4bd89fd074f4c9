import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { allRecords, claim } from '../../../lambda/registration/function-records.js';
import { addStatement } from '../../../lambda/registration/statements.js';
import { removeUnused } from '../../../lambda/registration/unused.js';
import { handler } from '../../../lambda/sweeper/index.js';
import { ENV } from '../../../src/private/contract.js';
import type { AwsCall } from './faulty-proxy.js';
import { arnOf, RegistrationFixture, TOOL } from './support.js';

let fixture: RegistrationFixture;
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
});
beforeEach(() => fixture.reset());
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => fixture.stop());

const MINUTE = 60_000;
const ONE = arnOf('one');
const register = (name = TOOL.name) => fixture.call('POST', '/register', { body: { ...TOOL, name } });
const unregister = (name = TOOL.name) => fixture.call('DELETE', `/register/tool-${name}`);

/** Runs the sweep with a clock that is ahead. */
async function sweep(aheadMs = 10 * MINUTE): Promise<number> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + aheadMs });
  try {
    return await removeUnused(Date.now() + MINUTE);
  } finally {
    vi.useRealTimers();
  }
}

/** From the first matching call on, no call of the request reaches AWS. */
function interrupt(matches: (call: AwsCall) => boolean): void {
  let interrupted = false;
  fixture.proxies.watch((call) => {
    interrupted ||= matches(call);
    return interrupted ? 'refused' : 'pass';
  });
}

test('removes the statement of a registration that was interrupted before the item was written', async () => {
  interrupt(({ operation }) => operation === 'PutItem');
  expect((await register()).status).toBeGreaterThanOrEqual(500);
  fixture.proxies.watch();
  expect(fixture.permitted()).toEqual([ONE]);
  expect(await sweep()).toBe(1);
  expect(fixture.permitted()).toEqual([]);
  expect(await allRecords()).toEqual([]);
});

test('removes the statement of a removal that was interrupted', async () => {
  await register();
  interrupt(({ operation }) => operation.startsWith('DELETE'));
  expect((await unregister()).status).toBeGreaterThanOrEqual(500);
  fixture.proxies.watch();
  expect(fixture.permitted()).toEqual([ONE]);
  expect(await sweep()).toBe(1);
  expect(fixture.permitted()).toEqual([]);
  expect(await allRecords()).toEqual([]);
});

test('removes a statement that was added after the registration had been removed', async () => {
  await register();
  await unregister();
  await addStatement(ONE); // a call that Lambda carried out late
  expect(fixture.permitted()).toEqual([ONE]);
  expect(await sweep()).toBe(1);
  expect(fixture.permitted()).toEqual([]);
  expect(await allRecords()).toEqual([]);
});

test('leaves a function alone for five minutes after its record changed', async () => {
  interrupt(({ operation }) => operation === 'PutItem');
  await register();
  fixture.proxies.watch();
  expect(await sweep(4 * MINUTE)).toBe(0);
  expect(fixture.permitted()).toEqual([ONE]);
});

test('keeps the permissions of registered functions, and removes registrations from records that do not exist', async () => {
  await register('kept');
  interrupt(({ operation }) => operation === 'PutItem');
  await register('interrupted');
  fixture.proxies.watch();
  expect(await fixture.inconsistencies()).toEqual([`recorded without need: ${ONE} for tool-interrupted`]);
  expect(await sweep()).toBe(0);
  expect(await fixture.inconsistencies()).toEqual([]);
});

test('records a registration that is missing in the record of its function', async () => {
  await register();
  const [record] = await allRecords();
  await claim(record!, Date.now() - 10 * MINUTE); // removes the registrations from the record
  expect(await fixture.inconsistencies()).toEqual([`not recorded: ${ONE} for tool-lookup`]);
  expect(await sweep()).toBe(0);
  expect(await fixture.inconsistencies()).toEqual([]);
});

test('a registration during the removal waits until the record is deleted', async () => {
  await register();
  await unregister();
  let registered: ReturnType<typeof register> | undefined;
  fixture.proxies.watch(async ({ operation }) => {
    if (operation.startsWith('DELETE') && !registered) {
      registered = register('late');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return 'pass' as const;
  });
  await sweep();
  expect((await registered!).status).toBe(201);
  expect(await fixture.inconsistencies()).toEqual([]);
});

test('a sweep that was cut off is repeated by the next one', async () => {
  interrupt(({ operation }) => operation === 'PutItem');
  await register();
  interrupt(({ operation }) => operation.startsWith('DELETE'));
  expect(await sweep()).toBe(0);
  fixture.proxies.watch();
  expect(fixture.permitted()).toEqual([ONE]);
  expect(await sweep(20 * MINUTE)).toBe(1);
  expect(fixture.permitted()).toEqual([]);
  expect(await allRecords()).toEqual([]);
});

test('a function that cannot be registered leaves no record', async () => {
  const body = { ...TOOL, lambdaArn: arnOf('untagged') };
  expect((await fixture.call('POST', '/register', { body })).status).toBe(400);
  expect(await allRecords()).toEqual([]);
});

test('is part of the sweep, also without SSE sessions', async () => {
  vi.stubEnv(ENV.SESSION_TABLE, '');
  interrupt(({ operation }) => operation === 'PutItem');
  await register();
  fixture.proxies.watch();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * MINUTE });
  await handler();
  expect(fixture.permitted()).toEqual([]);
  vi.unstubAllEnvs();
});
