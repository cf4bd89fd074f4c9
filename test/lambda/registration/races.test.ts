import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AwsCall } from './faulty-proxy.js';
import { arnOf, RegistrationFixture, TOOL } from './support.js';

let fixture: RegistrationFixture;
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
});
beforeEach(() => fixture.reset());
afterAll(() => fixture.stop());

const FUNCTIONS = ['one', 'two', 'three'].map(arnOf);

/** Runs `action` before the first matching call reaches AWS. */
function interrupt(matches: (call: AwsCall) => boolean, action: () => Promise<unknown>): void {
  let done = false;
  fixture.proxies.watch(async (call) => {
    if (!done && matches(call)) {
      done = true;
      await action();
    }
    return 'pass' as const;
  });
}

const put = (lambdaArn: string, headers = {}) =>
  fixture.call('PUT', '/register/tool-lookup', { body: { ...TOOL, lambdaArn }, headers });

describe('concurrent requests', () => {
  test('create a new name: one succeeds, the others get a conflict', async () => {
    for (let round = 0; round < 5; round++) {
      const responses = await Promise.all(
        FUNCTIONS.map((lambdaArn) => fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn } })),
      );
      expect(responses.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      const winner = responses.find(({ status }) => status === 201)!.body.lambdaArn;
      expect(fixture.permitted()).toEqual([winner]);
      expect(await fixture.inconsistencies()).toEqual([]);
      await fixture.call('DELETE', '/register/tool-lookup');
    }
  });

  test('replace with the same ETag: one succeeds, the others have to read again', async () => {
    const { headers } = await fixture.call('POST', '/register', { body: TOOL });
    const responses = await Promise.all(FUNCTIONS.map((lambdaArn) => put(lambdaArn, { 'if-match': headers.etag! })));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect((await fixture.call('GET', '/register/tool-lookup')).body.revision).toBe(2);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('replace without an ETag: all succeed, one after the other', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    const responses = await Promise.all(FUNCTIONS.map((lambdaArn) => put(lambdaArn)));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body } = await fixture.call('GET', '/register/tool-lookup');
    expect(body.revision).toBe(4);
    expect(fixture.permitted()).toEqual([body.lambdaArn]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('replace and delete the same registration', async () => {
    for (let round = 0; round < 5; round++) {
      await fixture.call('POST', '/register', { body: TOOL });
      const [changed, removed] = await Promise.all([
        put(arnOf('two')),
        fixture.call('DELETE', '/register/tool-lookup'),
      ]);
      expect([200, 404]).toContain(changed.status);
      expect(removed.status).toBe(204);
      expect((await fixture.call('GET', '/register/tool-lookup')).status).toBe(404);
      expect(fixture.permitted()).toEqual([]);
      expect(await fixture.inconsistencies()).toEqual([]);
    }
  });

  test('change different registrations of the same functions', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const change = async (name: string, turn: number) => {
      for (let round = 0; round < 4; round++) {
        const lambdaArn = FUNCTIONS[(round + turn) % FUNCTIONS.length]!;
        expect((await fixture.call('POST', '/register', { body: { ...TOOL, name, lambdaArn } })).status).toBe(201);
        if (round < 3 || turn % 2 === 0)
          expect((await fixture.call('DELETE', `/register/tool-${name}`)).status).toBe(204);
      }
    };
    await Promise.all(names.map(change));
    expect((await fixture.call('GET', '/register')).body.items).toHaveLength(2);
    expect(await fixture.inconsistencies()).toEqual([]);
  });
});

describe('a request during another request', () => {
  test('registers a function whose statement has just been removed', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    interrupt(
      ({ operation }) =>
        operation === 'UpdateItem' && fixture.proxies.calls.some((c) => c.operation.startsWith('DELETE')),
      () => fixture.call('POST', '/register', { body: { ...TOOL, name: 'late' } }),
    );
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect(fixture.permitted()).toEqual([arnOf('one')]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('registers a function whose statement is about to be removed', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    interrupt(
      ({ operation }) => operation.startsWith('DELETE'),
      () => fixture.call('POST', '/register', { body: { ...TOOL, name: 'late' } }),
    );
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect(fixture.permitted()).toEqual([arnOf('one')]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('releases the same function', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    await fixture.call('POST', '/register', { body: { ...TOOL, name: 'second' } });
    let seen = 0;
    interrupt(
      ({ operation }) => operation === 'UpdateItem' && ++seen === 2, // the first raises the revision
      () => fixture.call('DELETE', '/register/tool-second'),
    );
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect(fixture.permitted()).toEqual([]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test.each([
    ['Query', 'PutItem'],
    ['DELETE', 'PutItem'],
    ['UpdateItem', 'DELETE'],
  ])('registers a function again before the other request releases it (%s after %s)', async (operation, previous) => {
    await fixture.call('POST', '/register', { body: TOOL });
    interrupt(
      (call) =>
        call.operation.startsWith(operation) &&
        fixture.proxies.calls.slice(0, -1).some((c) => c.operation.startsWith(previous)),
      () => put(arnOf('one')),
    );
    expect((await put(arnOf('two'))).status).toBe(200);
    expect((await fixture.call('GET', '/register/tool-lookup')).body.lambdaArn).toBe(arnOf('one'));
    expect(fixture.permitted()).toEqual([arnOf('one')]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('registers a name again while its deletion releases permissions', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    interrupt(
      ({ operation }) => operation === 'Query',
      () => fixture.call('POST', '/register', { body: TOOL }),
    );
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect((await fixture.call('GET', '/register/tool-lookup')).status).toBe(200);
    expect(fixture.permitted()).toEqual([arnOf('one')]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });
});

test('a repeated write whose first response was lost succeeds', async () => {
  const { insert, replace } = await import('../../../lambda/registry/store.js');
  const { toItem } = await import('../../../lambda/registry/item.js');
  const item = toItem({ type: 'tool', name: 'a', lambdaArn: arnOf('one') }, { owner: 'api' });
  expect(await insert(item)).toBe(true);
  expect(await insert(item)).toBe(true); // as the SDK retries it
  const next = toItem({ type: 'tool', name: 'a', lambdaArn: arnOf('two') }, { owner: 'api' }, item);
  expect(await replace(next, item)).toBe(true);
  expect(await replace(next, item)).toBe(true);
  expect(await insert({ ...item, createdAt: '2026-01-01T00:00:00.000Z' })).toBe(false);
});
