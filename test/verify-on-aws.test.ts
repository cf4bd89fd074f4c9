import { afterEach, expect, test, vi } from 'vitest';
import { TokenBucket } from '../local/services/apigateway/token-bucket.js';
import { type Check, type Context, until } from '../scripts/verify-on-aws/check.mjs';
import { throttling } from '../scripts/verify-on-aws/checks/operation.mjs';
import { bodylessResponses } from '../scripts/verify-on-aws/checks/responses.mjs';
import { eventLatency, firstEvents, longStream } from '../scripts/verify-on-aws/checks/streams.mjs';
import { requestSigner, signedFetch } from '../scripts/verify-on-aws/client/signed-fetch.mjs';
import { removalCommands } from '../scripts/verify-on-aws/report.mjs';
import { stacksOf } from '../scripts/verify-on-aws/stack.mjs';
import type { Outputs, Target } from '../scripts/verify-on-aws/targets/target.mjs';
import { type VerifyOptions, verify } from '../scripts/verify-on-aws/verify.mjs';

/*
 * Time limits, interruption and cleanup of `npm run verify:aws`, without a stack. test/e2e/verify-on-aws.test.ts runs its checks on the
 * local runner.
 */
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** An AWS account whose API responds like a new server. */
function fakeAccount(): Target & { destroy: ReturnType<typeof vi.fn> } {
  vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
  const { server, external } = stacksOf('x');
  return {
    kind: 'aws',
    region: 'eu-central-1',
    client: {},
    sizes: { sessions: 1, sessionSeconds: 1, pingSeconds: 1, rounds: 1 },
    stacks: [external, server],
    environment: {},
    deploy: async (): Promise<Outputs> => ({ [server]: { Message: 'https://api.example/message' }, [external]: {} }),
    destroy: vi.fn(async () => []),
    credentialsOf: () => KEYS,
    accessToken: async () => 'token',
    logged: async () => [],
    close: async () => {},
  };
}

const check = (id: number, run: Check['run']): Check => ({ id, claim: `claim ${id}`, run });
const verifyWith = (target: Target, checks: Check[], more: Partial<VerifyOptions> = {}) =>
  verify({ run: 'x', target, checks, ...more });

/** A step that runs until it is aborted. */
const endless = (onAbort: () => void) => async (context: Context) => {
  context.signal.addEventListener('abort', onAbort);
  return until(context, 'an event that never happens', Number.POSITIVE_INFINITY, () => false as boolean | string).then(
    String,
  );
};

/** Context of a check with a slow session. */
const slow = (kind: Target['kind']) => {
  const session = {
    initialize: async () => {},
    request: async () => ({ message: {}, ms: 30_000 }),
    openedAfterMs: 30_000,
    ended: Promise.resolve(),
    text: 'retry: 1000\n',
    disconnect: vi.fn(),
    [Symbol.dispose]() {
      this.disconnect();
    },
  };
  const target = { kind, sizes: { sessionSeconds: 840 } };
  return { session, context: { target, session: async () => session, log: () => {} } as unknown as Context };
};

test('fails a slow check only on AWS, and disconnects its session either way', async () => {
  for (const [{ run }, fault] of [
    [eventLatency, /^median of 30000 ms from POST to event/],
    [longStream, /^the stream ended too early, after 0 s$/],
    [firstEvents, /^20 of 20 endpoint events took over 2000 ms .* so that small first chunks are held back$/],
  ] as const) {
    const [aws, local] = [slow('aws'), slow('local')];
    await expect(run!(aws.context)).rejects.toThrow(fault);
    await expect(run!(local.context)).resolves.toMatch(/30000 ms|after 0 s/);
    for (const { session } of [aws, local]) expect(session.disconnect).toHaveBeenCalled();
  }
});

test('fails a response without a body that does not end, and names the request', async () => {
  vi.useFakeTimers();
  const respond = async (_: string, { method, body = '{}' }: { method: string; body?: string }) => {
    const headers = { 'mcp-session-id': 's1' };
    if (JSON.parse(body).method === 'initialize') return new Response('{}', { headers });
    return new Response(new ReadableStream(), { status: method === 'POST' ? 202 : 200 });
  };
  const context = { as: () => respond, outputs: {}, target: { kind: 'aws' } } as unknown as Context;
  const failed = expect(bodylessResponses.run!(context)).rejects.toThrow(
    'POST of a notification: the body of status 202 did not end within 2000 ms; clients that read it hang',
  );
  await vi.advanceTimersByTimeAsync(2_100);
  await failed;
});

test('until() times out on AWS, and waits without a limit on the local runner', async () => {
  vi.useFakeTimers();
  const { signal } = new AbortController();
  const waiting = (kind: Target['kind'], condition: () => boolean) =>
    until({ target: { kind } as Target, signal }, 'the update', 5, condition);
  const timedOut = expect(waiting('aws', () => false)).rejects.toThrow('the update: not within 5 s');
  const start = Date.now();
  const local = waiting('local', () => Date.now() - start > 60_000);
  await vi.advanceTimersByTimeAsync(61_000);
  await timedOut;
  await expect(local).resolves.toBe(true);
});

test('aborts and fails a step that times out, then runs the next check', async () => {
  vi.useFakeTimers();
  const target = fakeAccount();
  const onAbort = vi.fn();
  const verification = verifyWith(target, [check(1, endless(onAbort)), check(2, async () => 'seen')]);
  await vi.advanceTimersByTimeAsync(15 * 60_000);
  const { results } = await verification;
  expect(results).toMatchObject([
    { id: 1, outcome: 'fail', detail: 'timed out after 15 minutes' },
    { id: 2, outcome: 'pass', detail: 'seen' },
  ]);
  expect(onAbort).toHaveBeenCalledOnce();
});

test('an interruption stops the running step, skips the rest and deletes the stacks', async () => {
  const target = fakeAccount();
  const interruption = new AbortController();
  const [onAbort, never] = [vi.fn(), vi.fn()];
  const interrupted = check(2, async (context) => {
    queueMicrotask(() => interruption.abort());
    return endless(onAbort)(context);
  });
  const { results } = await verifyWith(target, [check(1, async () => 'seen'), interrupted, check(3, never)], {
    signal: interruption.signal,
  });
  expect(results.map(({ outcome, detail }) => [outcome, detail])).toEqual([
    ['pass', 'seen'],
    ['skipped', 'interrupted'],
    ['skipped', 'interrupted'],
  ]);
  expect(onAbort).toHaveBeenCalledOnce();
  expect(never).not.toHaveBeenCalled();
  expect(target.destroy).toHaveBeenCalledOnce();
});

test('deletes the stacks after an unexpected error', async () => {
  const target = fakeAccount();
  const log = (text: string) => {
    if (text.startsWith('1. ')) throw new Error('write EPIPE');
  };
  await expect(verifyWith(target, [check(1, async () => 'seen')], { log })).rejects.toThrow('write EPIPE');
  expect(target.destroy).toHaveBeenCalledOnce();
});

test('aborting a step aborts its requests', async () => {
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

const throttle = (send: () => Promise<Response>) =>
  throttling.run!({ sign: () => async () => send, outputs: {} } as unknown as Context);

test('throttling is found although the requests arrive slowly', async () => {
  const requestsPerSecond = 60; // 400 of them refill the bucket as fast as they empty it
  let received = 0;
  const bucket = new TokenBucket({ rateLimit: 50, burstLimit: 100 }, () => (received * 1000) / requestsPerSecond);
  const respond = async () => {
    received += 1;
    return new Response('', { status: bucket.take() ? 404 : 429 });
  };
  await expect(throttle(respond)).resolves.toMatch(/^800 concurrent requests at rate 50 and burst 100: .* × 429$/);
});

test('signs a request once to send it many times', async () => {
  const sent: Array<RequestInit | undefined> = [];
  vi.stubGlobal('fetch', async (_: URL, init?: RequestInit) => {
    sent.push(init);
    return new Response();
  });
  const { signal } = new AbortController();
  const send = await requestSigner('eu-central-1', KEYS, signal)('https://api.example/message', { method: 'POST' });
  await Promise.all([send(), send()]);
  expect(sent.map((init) => [init?.method, init?.signal === signal])).toEqual([
    ['POST', true],
    ['POST', true],
  ]);
  expect(new Set(sent.map((init) => new Headers(init?.headers).get('authorization'))).size).toBe(1);
});

test('only the check that needs it leaves a function no concurrency', async () => {
  const versions: unknown[] = [];
  const deployed = async (needs?: Check['needs']) => {
    const target = fakeAccount();
    const { deploy } = target;
    target.deploy = async (app) => {
      versions.push(app.noConcurrency);
      return deploy(app);
    };
    await verifyWith(target, [{ ...check(1, async () => 'seen'), needs }]);
  };
  await deployed();
  await deployed('noConcurrency');
  expect(versions).toEqual([false, true]);
});

test('a failed throttling check explains the limits of new accounts', async () => {
  const failing = (status: (n: number) => number) => {
    let n = 0;
    return throttle(async () => {
      n += 1;
      return new Response('', { status: status(n) });
    });
  };
  await expect(failing((n) => (n % 2 ? 500 : 429))).rejects.toThrow(
    /^server errors among 400 requests: 200 × 500, 200 × 429 \(new accounts allow 10 concurrent executions/,
  );
  await expect(failing(() => 500)).rejects.toThrow(/^server errors among 400 requests: 400 × 500 \(new accounts/);
  await expect(failing(() => 404)).rejects.toThrow(
    /^expected some of 1600 concurrent requests to get 429 .*: 2800 × 404$/,
  );
  await expect(failing((n) => (n > 100 ? 429 : 404))).resolves.toContain('300 × 429');
});

test('lists the remaining stacks with the commands that delete them', () => {
  const stacks = ['McpVerify-x-External', 'McpVerify-x-Server'];
  expect(removalCommands(stacks, { region: 'eu-central-1', profile: 'sandbox' })).toEqual([
    'these stacks still exist; delete them with:',
    'aws cloudformation delete-stack --stack-name McpVerify-x-Server --region eu-central-1 --profile sandbox',
    'aws cloudformation delete-stack --stack-name McpVerify-x-External --region eu-central-1 --profile sandbox',
  ]);
  expect(removalCommands([], { region: 'eu-central-1' })).toEqual([]);
});
