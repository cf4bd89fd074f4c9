import { afterEach, expect, test, vi } from 'vitest';
import { type Check, type Context, until } from '../scripts/verify-on-aws/check.mjs';
import { throttling } from '../scripts/verify-on-aws/checks/operation.mjs';
import { longStream, promptEvents } from '../scripts/verify-on-aws/checks/streams.mjs';
import { signedFetch } from '../scripts/verify-on-aws/client/signed.mjs';
import { removal } from '../scripts/verify-on-aws/report.mjs';
import { stacksOf } from '../scripts/verify-on-aws/stack.mjs';
import type { Outputs, Target } from '../scripts/verify-on-aws/targets/target.mjs';
import { type VerifyOptions, verify } from '../scripts/verify-on-aws/verify.mjs';

/*
 * How `npm run verify:aws` judges, gives up and cleans up, without any stack; test/e2e/verify-on-aws.test.ts runs its checks on the local
 * runner.
 */
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** An account whose API answers as a new server does. */
function account(): Target & { destroy: ReturnType<typeof vi.fn> } {
  vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
  const { server, neighbours } = stacksOf('x');
  return {
    kind: 'aws',
    region: 'eu-central-1',
    client: {},
    sizes: { sessions: 1, sessionSeconds: 1, pingSeconds: 1, looks: 1 },
    stacks: [neighbours, server],
    environment: {},
    deploy: async (): Promise<Outputs> => ({ [server]: { Message: 'https://api.example/message' }, [neighbours]: {} }),
    destroy: vi.fn(async () => []),
    credentialsOf: () => KEYS,
    logged: async () => [],
    close: async () => {},
  };
}

const check = (id: number, run: Check['run']): Check => ({ id, claim: `claim ${id}`, run });
const verifyWith = (target: Target, checks: Check[], more: Partial<VerifyOptions> = {}) =>
  verify({ run: 'x', target, checks, ...more });

/** Never ends by itself; notes when it is told to stop. */
const endless = (told: () => void) => async (context: Context) => {
  context.signal.addEventListener('abort', told);
  return until(context, 'what never comes', Number.POSITIVE_INFINITY, () => false as boolean | string).then(String);
};

/** Context of a check whose session takes its time. */
const slow = (kind: Target['kind']) => {
  const session = {
    initialize: async () => {},
    request: async () => ({ message: {}, ms: 30_000 }),
    ended: Promise.resolve(),
    text: 'retry: 1000\n',
    vanish: vi.fn(),
    [Symbol.dispose]() {
      this.vanish();
    },
  };
  const target = { kind, sizes: { sessionSeconds: 840 } };
  return { session, context: { target, session: async () => session, say: () => {} } as unknown as Context };
};

test('durations decide in an account only, and a session ends with its check, however that ends', async () => {
  for (const [{ run }, fault] of [
    [promptEvents, /^POST to event takes 30000 ms/],
    [longStream, /^the stream ended after 0 s already$/],
  ] as const) {
    const [aws, local] = [slow('aws'), slow('local')];
    await expect(run!(aws.context)).rejects.toThrow(fault);
    await expect(run!(local.context)).resolves.toMatch(/30000 ms|after 0 s/);
    for (const { session } of [aws, local]) expect(session.vanish).toHaveBeenCalled();
  }
});

test('what has to come is waited for in an account for its time, on the local runner until the step is given up', async () => {
  vi.useFakeTimers();
  const { signal } = new AbortController();
  const waiting = (kind: Target['kind'], come: () => boolean) =>
    until({ target: { kind } as Target, signal }, 'the update', 5, come);
  const late = expect(waiting('aws', () => false)).rejects.toThrow('the update: not within 5 s');
  const start = Date.now();
  const local = waiting('local', () => Date.now() - start > 60_000);
  await vi.advanceTimersByTimeAsync(61_000);
  await late;
  await expect(local).resolves.toBe(true);
});

test('a step that takes too long fails, is told to stop, and the next one runs', async () => {
  vi.useFakeTimers();
  const target = account();
  const told = vi.fn();
  const verification = verifyWith(target, [check(1, endless(told)), check(2, async () => 'seen')]);
  await vi.advanceTimersByTimeAsync(15 * 60_000);
  const { results } = await verification;
  expect(results).toMatchObject([
    { id: 1, outcome: 'fail', detail: 'no answer within 15 minutes' },
    { id: 2, outcome: 'pass', detail: 'seen' },
  ]);
  expect(told).toHaveBeenCalledOnce();
});

test('an interruption ends the step that runs and those to come; what was deployed is deleted', async () => {
  const target = account();
  const interruption = new AbortController();
  const [told, never] = [vi.fn(), vi.fn()];
  const interrupted = check(2, async (context) => {
    queueMicrotask(() => interruption.abort());
    return endless(told)(context);
  });
  const { results } = await verifyWith(target, [check(1, async () => 'seen'), interrupted, check(3, never)], {
    signal: interruption.signal,
  });
  expect(results.map(({ outcome, detail }) => [outcome, detail])).toEqual([
    ['pass', 'seen'],
    ['skipped', 'interrupted'],
    ['skipped', 'interrupted'],
  ]);
  expect(told).toHaveBeenCalledOnce();
  expect(never).not.toHaveBeenCalled();
  expect(target.destroy).toHaveBeenCalledOnce();
});

test('what nobody expected to fail leaves no stack behind', async () => {
  const target = account();
  const say = (text: string) => {
    if (text.startsWith('1. ')) throw new Error('write EPIPE');
  };
  await expect(verifyWith(target, [check(1, async () => 'seen')], { say })).rejects.toThrow('write EPIPE');
  expect(target.destroy).toHaveBeenCalledOnce();
});

test('requests of a step that is given up end with it', async () => {
  const signals: Array<AbortSignal | null | undefined> = [];
  vi.stubGlobal('fetch', async (_: URL, init: RequestInit) => {
    signals.push(init.signal);
    return new Response();
  });
  const [step, own] = [new AbortController(), new AbortController()];
  const send = signedFetch('eu-central-1', KEYS, step.signal);
  await send('https://api.example/sse');
  await send('https://api.example/sse', { signal: own.signal });
  step.abort();
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
});

test('throttling that fails says that a new account may be why', async () => {
  const failing = (status: (n: number) => number) => {
    let n = 0;
    const send = async () => {
      n += 1;
      return new Response('', { status: status(n) });
    };
    return throttling.run!({ as: () => send, outputs: {} } as unknown as Context);
  };
  await expect(failing((n) => (n % 2 ? 500 : 429))).rejects.toThrow(
    /^errors of the server among 400 requests: 200 × 500, 200 × 429 \(new accounts allow 10 concurrent executions/,
  );
  await expect(failing(() => 500)).rejects.toThrow(
    /^errors of the server among 400 requests: 400 × 500 \(new accounts/,
  );
  await expect(failing(() => 404)).rejects.toThrow(/^none of 400 requests at once got 429/);
  await expect(failing((n) => (n > 100 ? 429 : 404))).resolves.toContain('300 × 429');
});

test('stacks that are left are named with the command that removes each', () => {
  const stacks = ['McpVerify-x-Neighbours', 'McpVerify-x-Server'];
  expect(removal(stacks, { region: 'eu-central-1', profile: 'sandbox' })).toEqual([
    'these stacks are still there; to remove them:',
    'aws cloudformation delete-stack --stack-name McpVerify-x-Server --region eu-central-1 --profile sandbox',
    'aws cloudformation delete-stack --stack-name McpVerify-x-Neighbours --region eu-central-1 --profile sandbox',
  ]);
  expect(removal([], { region: 'eu-central-1' })).toEqual([]);
});
