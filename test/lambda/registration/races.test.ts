import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AwsCall } from './faulty-proxy.js';
import { arnOf, TOOL, World } from './support.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const FUNCTIONS = ['one', 'two', 'three'].map(arnOf);

/** Lets `between` happen in the middle of the first call that fits, before it reaches AWS. */
function interrupt(fits: (call: AwsCall) => boolean, between: () => Promise<unknown>): void {
  let done = false;
  world.proxies.watch(async (call) => {
    if (!done && fits(call)) {
      done = true;
      await between();
    }
    return 'pass' as const;
  });
}

const put = (lambdaArn: string, headers = {}) =>
  world.call('PUT', '/register/tool-lookup', { body: { ...TOOL, lambdaArn }, headers });

describe('two writers at once', () => {
  test('of one new name: one creates it, the other hears of it', async () => {
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(
        FUNCTIONS.map((lambdaArn) => world.call('POST', '/register', { body: { ...TOOL, lambdaArn } })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      const winner = answers.find(({ status }) => status === 201)!.body.lambdaArn;
      expect(world.permitted()).toEqual([winner]);
      expect(await world.inconsistencies()).toEqual([]);
      await world.call('DELETE', '/register/tool-lookup');
    }
  });

  test('with one ETag: one changes it, the other is told to read again', async () => {
    const { headers } = await world.call('POST', '/register', { body: TOOL });
    const answers = await Promise.all(FUNCTIONS.map((lambdaArn) => put(lambdaArn, { 'if-match': headers.etag! })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect((await world.call('GET', '/register/tool-lookup')).body.revision).toBe(2);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('without: each of them is the last one for a while', async () => {
    await world.call('POST', '/register', { body: TOOL });
    const answers = await Promise.all(FUNCTIONS.map((lambdaArn) => put(lambdaArn)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body } = await world.call('GET', '/register/tool-lookup');
    expect(body.revision).toBe(4);
    expect(world.permitted()).toEqual([body.lambdaArn]);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('a change and a deletion', async () => {
    for (let round = 0; round < 5; round++) {
      await world.call('POST', '/register', { body: TOOL });
      const [changed, removed] = await Promise.all([put(arnOf('two')), world.call('DELETE', '/register/tool-lookup')]);
      expect([200, 404]).toContain(changed.status);
      expect(removed.status).toBe(204);
      expect((await world.call('GET', '/register/tool-lookup')).status).toBe(404);
      expect(world.permitted()).toEqual([]);
      expect(await world.inconsistencies()).toEqual([]);
    }
  });

  test('of different names on the same functions', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const busy = async (name: string, turn: number) => {
      for (let round = 0; round < 4; round++) {
        const lambdaArn = FUNCTIONS[(round + turn) % FUNCTIONS.length]!;
        expect((await world.call('POST', '/register', { body: { ...TOOL, name, lambdaArn } })).status).toBe(201);
        if (round < 3 || turn % 2 === 0)
          expect((await world.call('DELETE', `/register/tool-${name}`)).status).toBe(204);
      }
    };
    await Promise.all(names.map(busy));
    expect((await world.call('GET', '/register')).body.items).toHaveLength(2);
    expect(await world.inconsistencies()).toEqual([]);
  });
});

describe('a writer in the middle of another’s work', () => {
  test('joins a function whose statement is just going', async () => {
    await world.call('POST', '/register', { body: TOOL });
    interrupt(
      ({ operation }) =>
        operation === 'DeleteItem' && world.proxies.calls.some((c) => c.operation.startsWith('DELETE')),
      () => world.call('POST', '/register', { body: { ...TOOL, name: 'late' } }),
    );
    expect((await world.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect(world.permitted()).toEqual([arnOf('one')]);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('joins before the statement goes', async () => {
    await world.call('POST', '/register', { body: TOOL });
    interrupt(
      ({ operation }) => operation.startsWith('DELETE'),
      () => world.call('POST', '/register', { body: { ...TOOL, name: 'late' } }),
    );
    expect((await world.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect(world.permitted()).toEqual([arnOf('one')]);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('leaves a function that the other leaves too', async () => {
    await world.call('POST', '/register', { body: TOOL });
    await world.call('POST', '/register', { body: { ...TOOL, name: 'second' } });
    let seen = 0;
    interrupt(
      ({ operation }) => operation === 'UpdateItem' && ++seen === 2, // the first one tells the readers
      () => world.call('DELETE', '/register/tool-second'),
    );
    expect((await world.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect(world.permitted()).toEqual([]);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test.each(['Query', 'DeleteItem', 'DELETE'])(
    'changes back what the other is about to release (%s)',
    async (operation) => {
      await world.call('POST', '/register', { body: TOOL });
      interrupt(
        (call) => call.operation.startsWith(operation) && world.proxies.calls.some((c) => c.operation === 'PutItem'),
        () => put(arnOf('one')),
      );
      expect((await put(arnOf('two'))).status).toBe(200);
      expect((await world.call('GET', '/register/tool-lookup')).body.lambdaArn).toBe(arnOf('one'));
      expect(world.permitted()).toEqual([arnOf('one')]);
      expect(await world.inconsistencies()).toEqual([]);
    },
  );

  test('registers a name anew while its deletion is cleaning up', async () => {
    await world.call('POST', '/register', { body: TOOL });
    interrupt(
      ({ operation }) => operation === 'Query',
      () => world.call('POST', '/register', { body: TOOL }),
    );
    expect((await world.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect((await world.call('GET', '/register/tool-lookup')).status).toBe(200);
    expect(world.permitted()).toEqual([arnOf('one')]);
    expect(await world.inconsistencies()).toEqual([]);
  });
});

test('a write that was done while its answer got lost is not taken for somebody else’s', async () => {
  const { insert, replace } = await import('../../../lambda/registry/store.js');
  const { toItem } = await import('../../../lambda/registry/item.js');
  const item = toItem({ type: 'tool', name: 'a', lambdaArn: arnOf('one') }, { owner: 'api' });
  expect(await insert(item)).toBe(true);
  expect(await insert(item)).toBe(true); // as the SDK repeats it
  const next = toItem({ type: 'tool', name: 'a', lambdaArn: arnOf('two') }, { owner: 'api' }, item);
  expect(await replace(next, item)).toBe(true);
  expect(await replace(next, item)).toBe(true);
  expect(await insert({ ...item, createdAt: '2026-01-01T00:00:00.000Z' })).toBe(false);
});
