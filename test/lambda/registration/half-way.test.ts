import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { arnOf, type CallOptions, TOOL, World } from './support.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const PROMPT = { type: 'prompt', name: 'review', lambdaArn: arnOf('one'), arguments: [{ name: 'code' }] };

/** A request, what is there before it, and which answers to the same request sent again complete it. */
interface Scenario {
  readonly title: string;
  readonly before?: object;
  readonly request: readonly [string, string, CallOptions?];
  readonly path: string;
  readonly retried: readonly number[];
  /** The function that is called in the end. */
  readonly after?: string;
}

const SCENARIOS: Scenario[] = [
  {
    title: 'POST',
    request: ['POST', '/register', { body: TOOL }],
    path: '/register/tool-lookup',
    retried: [201, 409],
    after: arnOf('one'),
  },
  {
    title: 'POST with a completion function',
    request: ['POST', '/register', { body: { ...PROMPT, completionHandler: arnOf('two') } }],
    path: '/register/prompt-review',
    retried: [201, 409],
    after: arnOf('one'),
  },
  {
    title: 'PUT of another function',
    before: TOOL,
    request: ['PUT', '/register/tool-lookup', { body: { ...TOOL, lambdaArn: arnOf('two') } }],
    path: '/register/tool-lookup',
    retried: [200],
    after: arnOf('two'),
  },
  {
    title: 'PUT of the same function',
    before: TOOL,
    request: ['PUT', '/register/tool-lookup', { body: { ...TOOL, title: 'New' } }],
    path: '/register/tool-lookup',
    retried: [200],
    after: arnOf('one'),
  },
  {
    title: 'PUT without the completion function',
    before: { ...PROMPT, completionHandler: arnOf('two') },
    request: ['PUT', '/register/prompt-review', { body: PROMPT }],
    path: '/register/prompt-review',
    retried: [200],
    after: arnOf('one'),
  },
  {
    title: 'DELETE',
    before: TOOL,
    request: ['DELETE', '/register/tool-lookup'],
    path: '/register/tool-lookup',
    retried: [204, 404],
  },
];

describe.each(SCENARIOS)('$title that breaks off', ({ before, request, path, retried, after }) => {
  /** With a neighbour that needs the same function, and without. */
  async function prepare(neighbour: boolean): Promise<void> {
    await world.reset();
    if (neighbour) await world.call('POST', '/register', { body: { ...TOOL, name: 'neighbour' } });
    if (before) await world.call('POST', '/register', { body: before });
  }

  const missing = async () => (await world.inconsistencies()).filter((each) => each.startsWith('not '));

  test.each([
    ['refused', false],
    ['refused', true],
    ['lost', true],
  ] as const)(
    'at any call to AWS, which was %s (neighbour: %s), leaves old or new, and sent again it is done',
    async (fate, neighbour) => {
      await prepare(neighbour);
      world.proxies.watch();
      await world.call(...request);
      const calls = world.proxies.calls.length;
      expect(calls).toBeGreaterThan(5);
      for (let broken = 1; broken <= calls; broken++) {
        await prepare(neighbour);
        const old = (await world.call('GET', path)).body;
        const revision = await world.revision();
        let operation = '';
        world.proxies.watch((call) => {
          if (call.number < broken) return 'pass';
          operation ||= call.operation;
          return call.number === broken ? fate : 'refused'; // then the function is gone
        });
        const { status } = await world.call(...request);
        world.proxies.watch();
        const at = `call ${broken} of ${calls}: ${operation}`;
        const left = await world.call('GET', path);
        if (left.status === 200 && !(old && left.body.revision === old.revision)) {
          expect(left.body.lambdaArn, at).toBe(after);
          expect(await world.revision(), at).toBeGreaterThanOrEqual(revision);
        }
        expect(await missing(), `${at}: what is there can be called`).toEqual([]);

        if (status >= 500) expect(retried, at).toContain((await world.call(...request)).status);
        expect(await world.inconsistencies(), `${at}, sent again`).toEqual([]);
        expect(await world.revision(), `${at}: readers hear of it`).toBeGreaterThan(revision);
        expect((await world.call('GET', path)).body?.lambdaArn, at).toBe(after);
      }
    },
  );
});
