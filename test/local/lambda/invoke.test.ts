import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, type InvokeCommandInput } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arnOf, isAlive, startLambda, type TestLambda } from './support.js';

const json = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));

describe.each(['shared', 'lambda'] as const)('Invoke with isolation %s', (isolation) => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda(isolation);
  });
  afterAll(() => lambda.stop());

  const invoke = (FunctionName: string, event: unknown = {}, more: Partial<InvokeCommandInput> = {}) =>
    lambda.client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), ...more }));

  it('gives the event to the handler and its answer to the caller', async () => {
    lambda.define('echo', 'export const handler = async (event) => ({ got: event });');
    const answer = await invoke('echo', { text: 'grüße 🙂' });
    expect(answer.StatusCode).toBe(200);
    expect(answer.ExecutedVersion).toBe('$LATEST');
    expect(answer.FunctionError).toBeUndefined();
    expect(json(answer.Payload)).toEqual({ got: { text: 'grüße 🙂' } });
  });

  it('takes ARNs and aliases, and tells the handler which', async () => {
    lambda.define('aliased', 'export const handler = async (_, context) => context.invokedFunctionArn;');
    lambda.service.defineQualifier('aliased', 'live');
    expect(json((await invoke(arnOf('aliased'))).Payload)).toBe(arnOf('aliased'));
    expect(json((await invoke('aliased', {}, { Qualifier: 'live' })).Payload)).toBe(`${arnOf('aliased')}:live`);
    expect(json((await invoke(`${arnOf('aliased')}:live`)).Payload)).toBe(`${arnOf('aliased')}:live`);
    await expect(invoke('aliased', {}, { Qualifier: 'old' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${arnOf('aliased')}:old`,
    });
  });

  it('shows the handler the environment of Lambda, and nothing of this process', async () => {
    process.env.SECRET_OF_THE_DEVELOPER = 'x';
    lambda.define('environment', 'export const handler = async () => ({ ...process.env, cwd: process.cwd() });', {
      environment: { GREETING: 'hello', AWS_ACCESS_KEY_ID: 'role' },
      memoryMb: 256,
    });
    const env = json((await invoke('environment')).Payload);
    expect(env).toMatchObject({
      GREETING: 'hello',
      AWS_ACCESS_KEY_ID: 'role',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      TZ: ':UTC',
      _HANDLER: 'index.handler',
    });
    expect(env.cwd).toBe(env.LAMBDA_TASK_ROOT);
    expect(env).not.toHaveProperty('SECRET_OF_THE_DEVELOPER');
    expect(env).not.toHaveProperty('HOME');
  });

  it('passes the client context on', async () => {
    lambda.define('context', 'export const handler = async (_, context) => context.clientContext;');
    const context = { custom: { tool: 'größe 🙂' } };
    const ClientContext = Buffer.from(JSON.stringify(context)).toString('base64');
    expect(json((await invoke('context', {}, { ClientContext })).Payload)).toEqual(context);
    await expect(invoke('context', {}, { ClientContext: 'bm8=' })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
    await expect(invoke('context', {}, { ClientContext: 'e30='.padEnd(3588, 'A') })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });

  it('reports what the handler throws', async () => {
    lambda.define('throws', 'export const handler = async () => { throw new TypeError("no such order"); };');
    const answer = await invoke('throws');
    expect(answer.StatusCode).toBe(200);
    expect(answer.FunctionError).toBe('Unhandled');
    expect(json(answer.Payload)).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such order' });
  });

  it('reports a crash and starts the function again', async () => {
    lambda.define(
      'crash',
      'export const handler = async ({ code }) => code === undefined ? "ok" : process.exit(code);',
    );
    const answer = await invoke('crash', { code: 3 });
    expect(answer.FunctionError).toBe('Unhandled');
    expect(json(answer.Payload)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: [\w-]{36} Error: Runtime exited with error: exit status 3$/),
    });
    expect(json((await invoke('crash', { code: 0 })).Payload).errorMessage).toMatch(
      /exited without providing a reason$/,
    );
    expect(json((await invoke('crash')).Payload)).toBe('ok');
  });

  it.each([
    ['a module that throws', { 'index.mjs': 'throw new RangeError("bad start");' }, 'RangeError', /bad start/],
    ['a missing module', { 'index.cjs': 'require("left-pad");' }, 'Runtime.ImportModuleError', /left-pad/],
    ['a missing handler', { 'index.mjs': 'export const other = 1;' }, 'Runtime.HandlerNotFound', /index\.handler/],
    ['an exit', { 'index.mjs': 'process.exit(7);' }, 'Runtime.ExitError', /exit status 7$/],
  ])('reports an initialisation that failed: %s', async (what, code, errorType, message) => {
    const name = `init-${what.replaceAll(' ', '-')}`;
    lambda.define(name, code);
    for (let i = 0; i < 2; i++) {
      const answer = await invoke(name);
      expect(answer.FunctionError).toBe('Unhandled');
      expect(json(answer.Payload)).toMatchObject({ errorType, errorMessage: expect.stringMatching(message) });
    }
  });

  it('times out as on Lambda, and serves the next invocation from a new process', async () => {
    const code = `
      let calls = 0;
      export const handler = async ({ ms }) => {
        calls += 1;
        await new Promise((resolve) => setTimeout(resolve, ms));
        return { calls, pid: process.pid };
      };`;
    lambda.define('slow', code, { timeoutSeconds: 1 });
    const first = json((await invoke('slow', { ms: 0 })).Payload);
    const answer = await invoke('slow', { ms: 60_000 });
    expect(answer.FunctionError).toBe('Unhandled');
    expect(json(answer.Payload)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [\w-]{36} Error: Task timed out after 1\.00 seconds$/),
    });
    const next = json((await invoke('slow', { ms: 0 })).Payload);
    expect(next.calls).toBe(1);
    expect(next.pid).not.toBe(first.pid);
    await expect.poll(() => isAlive(first.pid), { timeout: 10_000 }).toBe(false);
    expect(lambda.logs).toContainEqual(
      expect.objectContaining({ functionName: 'slow', stream: 'platform', text: expect.stringMatching(/timed out/) }),
    );
  });

  it('throttles at the reserved concurrency', async () => {
    lambda.define('reserved', 'export const handler = ({ ms }) => new Promise((r) => setTimeout(r, ms, "done"));', {
      reservedConcurrency: 1,
    });
    const running = invoke('reserved', { ms: 400 });
    await sleep(100);
    await expect(invoke('reserved', { ms: 0 })).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
    expect(json((await running).Payload)).toBe('done');
    expect(json((await invoke('reserved', { ms: 0 })).Payload)).toBe('done');
  });

  it('holds to the size limits', async () => {
    lambda.define('large', 'export const handler = async ({ bytes }) => "x".repeat(bytes - 2);');
    const fits = await invoke('large', { bytes: 6_291_556 });
    expect(fits.Payload).toHaveLength(6_291_556);
    const over = await invoke('large', { bytes: 6_291_557 });
    expect(over.FunctionError).toBe('Unhandled');
    expect(json(over.Payload)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
    await expect(invoke('large', 'x'.repeat(6_291_456))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
    await expect(invoke('large', 'x'.repeat(1_048_576), { InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
  });

  it('replaces code while an invocation runs', async () => {
    const version = (n: number) =>
      `export const handler = ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, ${n}));`;
    lambda.define('hot', version(1));
    await invoke('hot', { ms: 0 });
    const running = invoke('hot', { ms: 500 });
    await sleep(100);
    lambda.define('hot', version(2));
    expect(json((await invoke('hot', { ms: 0 })).Payload)).toBe(2);
    expect(json((await running).Payload)).toBe(1);
  });

  it('answers Event at once, DryRun without running, and bad JSON by name', async () => {
    lambda.define('event', 'export const handler = async ({ n }) => console.log("ran", n);');
    const event = await invoke('event', { n: 1 }, { InvocationType: 'Event' });
    expect(event.StatusCode).toBe(202);
    await expect.poll(() => lambda.logs.map(({ text }) => text)).toContain('ran 1');
    expect((await invoke('event', { n: 2 }, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
    await expect(invoke('event', {}, { Payload: Buffer.from('{') })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
    await expect(invoke('nobody')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${arnOf('nobody')}`,
    });
    expect(lambda.logs.map(({ text }) => text)).not.toContain('ran 2');
  });

  it('runs an Event when there is room, and lets nobody wait for it', async () => {
    const code =
      'export const handler = () => new Promise((done) => setTimeout(() => { console.log("done"); done(); }, 700));';
    lambda.define('later', code, { reservedConcurrency: 1 });
    const started = Date.now();
    for (let n = 0; n < 2; n++) {
      expect((await invoke('later', {}, { InvocationType: 'Event' })).StatusCode).toBe(202);
    }
    expect(Date.now() - started).toBeLessThan(500);
    await expect.poll(() => lambda.logs.filter(({ text }) => text === 'done').length, { timeout: 5_000 }).toBe(2);
  });

  it('tells log lines apart by invocation', async () => {
    lambda.define(
      'logs',
      `export const handler = async ({ n }, { awsRequestId }) => {
        console.log('start', n);
        await new Promise((resolve) => setTimeout(resolve, 50));
        console.warn('two\\nlines', { n });
        process.stdout.write('raw ' + n + '\\n');
        return awsRequestId;
      };`,
    );
    const ids = await Promise.all([1, 2].map(async (n) => json((await invoke('logs', { n })).Payload)));
    const lines = () => lambda.logs.filter(({ functionName }) => functionName === 'logs');
    await expect.poll(() => lines().length).toBe(6);
    for (const n of [1, 2]) {
      const requestId = ids[n - 1];
      expect(lines()).toContainEqual(expect.objectContaining({ text: `start ${n}`, level: 'INFO', requestId }));
      expect(lines()).toContainEqual(
        expect.objectContaining({ text: `two\nlines { n: ${n} }`, level: 'WARN', requestId }),
      );
      expect(lines()).toContainEqual(
        expect.objectContaining({ text: `raw ${n}`, stream: 'stdout', program: process.execPath }),
      );
    }
  });
});

describe('isolation', () => {
  const code = `
    let open = 0, most = 0;
    export const handler = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 200));
      open -= 1;
      return { pid: process.pid, most };
    };`;
  const run = async (isolation: 'shared' | 'lambda') => {
    const lambda = await startLambda(isolation);
    try {
      lambda.define('together', code);
      const call = () => lambda.client.send(new InvokeCommand({ FunctionName: 'together' }));
      const answers = await Promise.all([call(), call(), call()]);
      answers.push(await call());
      return answers.map(({ Payload }) => json(Payload) as { pid: number; most: number });
    } finally {
      await lambda.stop();
    }
  };

  it('shared: one process serves all invocations at a time', async () => {
    const answers = await run('shared');
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    expect(Math.max(...answers.map(({ most }) => most))).toBe(3);
  });

  it('lambda: one invocation at a time in each process, which are used again', async () => {
    const answers = await run('lambda');
    expect(new Set(answers.slice(0, 3).map(({ pid }) => pid)).size).toBe(3);
    expect(answers.slice(0, 3).map(({ pid }) => pid)).toContain(answers[3].pid);
    expect(answers.every(({ most }) => most === 1)).toBe(true);
  });

  it('shared: a timeout leaves the other invocations of the process alone', async () => {
    const lambda = await startLambda('shared');
    const sleepy = 'export const handler = ({ ms }) => new Promise((r) => setTimeout(r, ms, process.pid));';
    try {
      lambda.define('neighbours', sleepy, { timeoutSeconds: 1 });
      const call = (ms: number) =>
        lambda.client.send(
          new InvokeCommand({ FunctionName: 'neighbours', Payload: Buffer.from(JSON.stringify({ ms })) }),
        );
      const warm = json((await call(0)).Payload);
      const stuck = call(60_000);
      await sleep(500);
      const neighbour = call(800);
      expect(json((await stuck).Payload)).toMatchObject({ errorType: 'Sandbox.Timedout' });
      expect(isAlive(warm)).toBe(true);
      expect(json((await neighbour).Payload)).toBe(warm);
      await expect.poll(() => isAlive(warm), { timeout: 10_000 }).toBe(false);
    } finally {
      await lambda.stop();
    }
  });
});
