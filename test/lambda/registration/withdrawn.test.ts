import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { removeWithdrawn } from '../../../lambda/registration/withdrawn.js';
import { log } from '../../../lambda/shared/log.js';
import { handler } from '../../../lambda/sweeper/index.js';
import { ENV } from '../../../src/private/contract.js';
import { arnOf, RegistrationFixture, TOOL } from './support.js';

let fixture: RegistrationFixture;
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
});
beforeEach(async () => {
  await fixture.reset();
  fixture.defineFunction('one', { 'mcp-server': 'orders' });
  for (const name of ['one', 'two']) await register(name);
  fixture.proxies.watch();
});
afterAll(() => fixture.stop());

const register = (name: string) =>
  fixture.call('POST', '/register', { body: { ...TOOL, name, lambdaArn: arnOf(name) } });
const sweep = () => removeWithdrawn(Date.now() + 60_000);

test('keeps the permission of functions with the opt-in tag', async () => {
  expect(await sweep()).toBe(0);
  expect(fixture.permitted()).toEqual([arnOf('one'), arnOf('two')]);
});

test.each<Record<string, string>>([{}, { 'mcp-server': 'billing' }])(
  'ends the permission of a function with the tags %j',
  async (tags) => {
    const warn = vi.spyOn(log, 'warn').mockImplementation(() => {});
    fixture.defineFunction('one', tags);
    expect(await sweep()).toBe(1);
    expect(fixture.permitted()).toEqual([arnOf('two')]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('withdrawn'), {
      functionArn: arnOf('one'),
      registrations: ['tool-one'],
    });
    warn.mockClear();
    expect(await sweep()).toBe(0);
    expect(warn).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect((await fixture.call('DELETE', '/register/tool-one')).status).toBe(204);
    expect(await fixture.inconsistencies()).toEqual([]);
  },
);

test('tries again if IAM denies the removal', async () => {
  fixture.defineFunction('one', {});
  const denied = { error: 'AccessDeniedException' } as const;
  fixture.proxies.watch(({ operation }) => (operation.startsWith('DELETE') ? denied : 'pass'));
  expect(await sweep()).toBe(0);
  fixture.proxies.watch();
  expect(await sweep()).toBe(1);
  expect(fixture.permitted()).toEqual([arnOf('two')]);
});

test('a registration that is sent again after the tag is back has its permission', async () => {
  fixture.defineFunction('one', {});
  await sweep();
  const body = { ...TOOL, name: 'one', lambdaArn: arnOf('one') };
  expect((await fixture.call('PUT', '/register/tool-one', { body })).status).toBe(400);
  fixture.defineFunction('one', { 'mcp-server': 'orders' });
  expect((await fixture.call('PUT', '/register/tool-one', { body })).status).toBe(200);
  expect(await fixture.inconsistencies()).toEqual([]);
});

test('ends the permission of functions that registrableFunctions no longer allows, without reading tags', async () => {
  vi.stubEnv(ENV.REGISTRABLE_FUNCTIONS, JSON.stringify([arnOf('tw*')]));
  expect(await sweep()).toBe(1);
  expect(fixture.permitted()).toEqual([arnOf('two')]);
  expect(fixture.proxies.calls.map(({ operation }) => operation).filter((each) => each.includes('tags'))).toEqual([]);
  vi.unstubAllEnvs();
});

test('goes on with other functions if one is gone or cannot be read', async () => {
  fixture.lambda.remove('one');
  fixture.defineFunction('two', {});
  expect(await sweep()).toBe(1);
  await register('three');
  let failures = 1;
  fixture.proxies.watch(({ operation }) =>
    operation.includes('/tags/') && failures-- > 0 ? { error: 'AccessDeniedException' } : 'pass',
  );
  fixture.defineFunction('one', { 'mcp-server': 'orders' });
  await sweep();
  expect(fixture.permitted()).toEqual([arnOf('three')]);
  fixture.defineFunction('two', { 'mcp-server': 'orders' });
});

test('is part of the sweep, also without SSE sessions', async () => {
  vi.stubEnv(ENV.SESSION_TABLE, '');
  fixture.defineFunction('one', {});
  await handler();
  expect(fixture.permitted()).toEqual([arnOf('two')]);
  vi.unstubAllEnvs();
});
