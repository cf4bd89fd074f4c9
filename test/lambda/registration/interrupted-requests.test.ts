import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { arnOf, type CallOptions, RegistrationFixture, TOOL } from './support.js';

let fixture: RegistrationFixture;
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
});
beforeEach(() => fixture.reset());
afterAll(() => fixture.stop());

const PROMPT = { type: 'prompt', name: 'review', lambdaArn: arnOf('one'), arguments: [{ name: 'code' }] };

/** A request to interrupt, with the registration that exists before it. */
interface Scenario {
  readonly title: string;
  readonly before?: object;
  readonly request: readonly [string, string, CallOptions?];
  readonly path: string;
  /** Status codes of a retry that completes the request. */
  readonly retried: readonly number[];
  /** The function of the resulting registration. */
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

describe.each(SCENARIOS)('interrupted $title', ({ before, request, path, retried, after }) => {
  /** `shared`: whether another registration uses the same function. */
  async function prepare(shared: boolean): Promise<void> {
    await fixture.reset();
    if (shared) await fixture.call('POST', '/register', { body: { ...TOOL, name: 'other' } });
    if (before) await fixture.call('POST', '/register', { body: before });
  }

  const missing = async () => (await fixture.inconsistencies()).filter((each) => each.startsWith('not '));

  test.each([
    ['refused', false],
    ['refused', true],
    ['lost', true],
  ] as const)(
    'any AWS call %s (shared function: %s): leaves the old or new registration, and a retry completes it',
    async (handling, shared) => {
      await prepare(shared);
      fixture.proxies.watch();
      await fixture.call(...request);
      const calls = fixture.proxies.calls.length;
      expect(calls).toBeGreaterThan(5);
      for (let failing = 1; failing <= calls; failing++) {
        await prepare(shared);
        const old = (await fixture.call('GET', path)).body;
        const revision = await fixture.revision();
        let operation = '';
        fixture.proxies.watch((call) => {
          if (call.number < failing) return 'pass';
          operation ||= call.operation;
          return call.number === failing ? handling : 'refused'; // no later call succeeds either
        });
        const { status } = await fixture.call(...request);
        fixture.proxies.watch();
        const failure = `call ${failing} of ${calls}: ${operation}`;
        const current = await fixture.call('GET', path);
        if (current.status === 200 && !(old && current.body.revision === old.revision)) {
          expect(current.body.lambdaArn, failure).toBe(after);
          expect(await fixture.revision(), failure).toBeGreaterThanOrEqual(revision);
        }
        expect(await missing(), `${failure}: registered functions can be invoked`).toEqual([]);

        if (status >= 500) expect(retried, failure).toContain((await fixture.call(...request)).status);
        expect(await fixture.inconsistencies(), `${failure}, retried`).toEqual([]);
        expect(await fixture.revision(), `${failure}: readers see the change`).toBeGreaterThan(revision);
        expect((await fixture.call('GET', path)).body?.lambdaArn, failure).toBe(after);
      }
    },
  );
});

describe.each(SCENARIOS)('$title with one lost answer', ({ before, request, path, after }) => {
  test('has the outcome that the client is told', async () => {
    const prepare = async () => {
      await fixture.reset();
      if (before) await fixture.call('POST', '/register', { body: before });
    };
    await prepare();
    fixture.proxies.watch();
    const { status } = await fixture.call(...request);
    const calls = fixture.proxies.calls.length;
    for (let lost = 1; lost <= calls; lost++) {
      await prepare();
      const revision = await fixture.revision();
      let operation = '';
      fixture.proxies.watch((call) => {
        if (call.number !== lost) return 'pass';
        operation = call.operation;
        return 'dropped';
      });
      const answer = await fixture.call(...request);
      fixture.proxies.watch();
      const failure = `call ${lost} of ${calls}: ${operation}`;
      expect(answer.status, failure).toBe(status);
      expect((await fixture.call('GET', path)).body?.lambdaArn, failure).toBe(after);
      expect(await fixture.inconsistencies(), failure).toEqual([]);
      expect(await fixture.revision(), failure).toBeGreaterThan(revision);
    }
  });
});
