import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, type InvokeCommandInput } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../../local/services/lambda/process-environment.js';
import { testRuntimes } from '../../support/runtime-dir.js';
import { arnOf, defineFunction, isAlive, startLambda, type TestLambda } from './support.js';

/** Makes the timeouts of this process expire only when the test advances the clock. */
const useFakeTimeouts = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
afterEach(() => vi.useRealTimers());

const newFlag = () => join(mkdtempSync(join(tmpdir(), 'flag-')), 'flag');
/** A handler that logs `running <name>`, waits until the flag file of its event exists, and returns the result. */
const waiting = (result: string) => `
  import { existsSync } from 'node:fs';
  export const handler = async ({ flag, name }) => {
    console.log('running ' + name);
    while (flag && !existsSync(flag)) await new Promise((resolve) => setTimeout(resolve, 10));
    return ${result};
  };`;

const json = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));

describe.each(['shared', 'lambda'] as const)('Invoke with isolation %s', (isolation) => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda(isolation);
  });
  afterAll(() => lambda.stop());

  const logs = () => lambda.logs.map(({ text }) => text);
  const invoke = (FunctionName: string, event: unknown = {}, more: Partial<InvokeCommandInput> = {}) =>
    lambda.client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), ...more }));

  it('passes the event to the handler, and its response to the caller', async () => {
    lambda.define('echo', 'export const handler = async (event) => ({ got: event });');
    const response = await invoke('echo', { text: 'grüße 🙂' });
    expect(response.StatusCode).toBe(200);
    expect(response.ExecutedVersion).toBe('$LATEST');
    expect(response.FunctionError).toBeUndefined();
    expect(json(response.Payload)).toEqual({ got: { text: 'grüße 🙂' } });
  });

  it('accepts ARNs and aliases, and passes the invoked ARN to the handler', async () => {
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

  it('sets the environment variables of Lambda, and hides those of the runner', async () => {
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

  it('passes the client context to the handler', async () => {
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

  it('reports an error of the handler', async () => {
    lambda.define('throws', 'export const handler = async () => { throw new TypeError("no such order"); };');
    const response = await invoke('throws');
    expect(response.StatusCode).toBe(200);
    expect(response.FunctionError).toBe('Unhandled');
    expect(json(response.Payload)).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such order' });
  });

  it('repeats an asynchronous invocation that fails as often as its EventInvokeConfig says', async () => {
    const failing = (name: string) => {
      lambda.define(name, `export const handler = async () => { console.log('${name}'); throw new Error('failed'); };`);
      return invoke(name, {}, { InvocationType: 'Event' });
    };
    const runs = (name: string) => logs().filter((text) => text === name).length;
    useFakeTimeouts();
    await failing('once');
    lambda.define('twice', 'export const handler = async () => 1;');
    lambda.service.setRetryAttempts('twice', 1);
    await failing('twice');
    for (const name of ['once', 'twice']) await expect.poll(() => runs(name)).toBe(1);
    await expect.poll(() => vi.getTimerCount()).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(60_000);
    await expect.poll(() => runs('twice')).toBe(2);
    await vi.advanceTimersByTimeAsync(600_000);
    expect([runs('once'), runs('twice')]).toEqual([1, 2]);
  });

  it('reports a crash, and restarts the function', async () => {
    lambda.define(
      'crash',
      'export const handler = async ({ code }) => code === undefined ? "ok" : process.exit(code);',
    );
    const response = await invoke('crash', { code: 3 });
    expect(response.FunctionError).toBe('Unhandled');
    expect(json(response.Payload)).toEqual({
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
  ])('reports an initialization error: %s', async (what, code, errorType, message) => {
    const name = `init-${what.replaceAll(' ', '-')}`;
    lambda.define(name, code);
    for (let i = 0; i < 2; i++) {
      const response = await invoke(name);
      expect(response.FunctionError).toBe('Unhandled');
      expect(json(response.Payload)).toMatchObject({ errorType, errorMessage: expect.stringMatching(message) });
    }
  });

  it('times out as on Lambda, and runs the next invocation in a new process', async () => {
    lambda.define('slow', `let calls = 0;${waiting('{ calls: ++calls, pid: process.pid }')}`, { timeoutSeconds: 60 });
    const first = json((await invoke('slow')).Payload);
    useFakeTimeouts();
    const slow = invoke('slow', { flag: newFlag(), name: 'slow' });
    await expect.poll(logs).toContain('running slow');
    vi.advanceTimersByTime(60_000);
    const response = await slow;
    expect(response.FunctionError).toBe('Unhandled');
    expect(json(response.Payload)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [\w-]{36} Error: Task timed out after 60\.00 seconds$/),
    });
    const next = json((await invoke('slow')).Payload);
    expect(next.calls).toBe(1);
    expect(next.pid).not.toBe(first.pid);
    await expect.poll(() => isAlive(first.pid)).toBe(false);
    expect(lambda.logs).toContainEqual(
      expect.objectContaining({ functionName: 'slow', stream: 'platform', text: expect.stringMatching(/timed out/) }),
    );
  });

  it('throttles at the reserved concurrency', async () => {
    lambda.define('reserved', waiting('"done"'), { reservedConcurrency: 1 });
    const flag = newFlag();
    const running = invoke('reserved', { flag, name: 'reserved' });
    await expect.poll(logs).toContain('running reserved');
    await expect(invoke('reserved')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
    writeFileSync(flag, '');
    expect(json((await running).Payload)).toBe('done');
    expect(json((await invoke('reserved')).Payload)).toBe('done');
  });

  it('enforces the size limits', async () => {
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
    lambda.define('hot', waiting('1'));
    const flag = newFlag();
    const running = invoke('hot', { flag, name: 'hot' });
    await expect.poll(logs).toContain('running hot');
    lambda.define('hot', waiting('2'));
    expect(json((await invoke('hot')).Payload)).toBe(2);
    writeFileSync(flag, '');
    expect(json((await running).Payload)).toBe(1);
  });

  it('accepts Event, does not run DryRun, and rejects invalid JSON', async () => {
    lambda.define('event', 'export const handler = async ({ n }) => console.log("ran", n);');
    const event = await invoke('event', { n: 1 }, { InvocationType: 'Event' });
    expect(event.StatusCode).toBe(202);
    await expect.poll(() => lambda.logs.map(({ text }) => text)).toContain('ran 1');
    expect((await invoke('event', { n: 2 }, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
    await expect(invoke('event', {}, { Payload: Buffer.from('{') })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
    await expect(invoke('missing')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${arnOf('missing')}`,
    });
    expect(lambda.logs.map(({ text }) => text)).not.toContain('ran 2');
  });

  it('accepts Event immediately, and runs it after throttling ends', async () => {
    lambda.define('later', waiting('console.log("later is done")'), { reservedConcurrency: 1 });
    const flag = newFlag();
    for (let n = 0; n < 2; n++) {
      expect((await invoke('later', { flag }, { InvocationType: 'Event' })).StatusCode).toBe(202);
    }
    expect(logs()).not.toContain('later is done');
    writeFileSync(flag, '');
    await expect.poll(() => logs().filter((text) => text === 'later is done')).toHaveLength(2);
  });

  it('assigns log lines to invocations', async () => {
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
  /** Waits until as many invocations as the event says have created a file in the directory of the event. */
  const code = `
    import { readdirSync, writeFileSync } from 'node:fs';
    let open = 0, most = 0;
    export const handler = async ({ directory, count }, { awsRequestId }) => {
      most = Math.max(most, ++open);
      writeFileSync(directory + '/' + awsRequestId, '');
      while (readdirSync(directory).length < count) await new Promise((resolve) => setTimeout(resolve, 10));
      open -= 1;
      return { pid: process.pid, most };
    };`;
  const run = async (isolation: 'shared' | 'lambda') => {
    const lambda = await startLambda(isolation);
    try {
      lambda.define('together', code);
      const Payload = JSON.stringify({ directory: mkdtempSync(join(tmpdir(), 'together-')), count: 3 });
      const call = () => lambda.client.send(new InvokeCommand({ FunctionName: 'together', Payload }));
      const responses = await Promise.all([call(), call(), call()]);
      responses.push(await call());
      return responses.map((response) => json(response.Payload) as { pid: number; most: number });
    } finally {
      await lambda.stop();
    }
  };

  it('shared: one process runs all concurrent invocations', async () => {
    const results = await run('shared');
    expect(new Set(results.map(({ pid }) => pid)).size).toBe(1);
    expect(Math.max(...results.map(({ most }) => most))).toBe(3);
  });

  it('lambda: each process runs one invocation at a time, and is reused', async () => {
    const results = await run('lambda');
    expect(new Set(results.slice(0, 3).map(({ pid }) => pid)).size).toBe(3);
    expect(results.slice(0, 3).map(({ pid }) => pid)).toContain(results[3].pid);
    expect(results.every(({ most }) => most === 1)).toBe(true);
  });

  it('shared: the process receives invocations while the responses of others are in transit', async () => {
    const definition = defineFunction('transit', 'export const handler = async () => 1;');
    const polls: ServerResponse[] = [];
    let responses = 0;
    const server = createServer((request, response) => {
      if (request.url?.endsWith('/next')) polls.push(response);
      else if (request.url?.endsWith('/response')) responses += 1; // never acknowledged
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const runtimeApi = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { command, args } = await testRuntimes().command(definition);
    const env = processEnvironment(definition, { runtimeApi, region: 'us-east-1', concurrency: 10 });
    const child = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'inherit'] });
    try {
      for (let n = 1; n <= 3; n++) {
        await expect.poll(() => polls.length, { timeout: 10_000 }).toBeGreaterThan(0);
        const headers = {
          'lambda-runtime-aws-request-id': `request-${n}`,
          'lambda-runtime-deadline-ms': '9999999999999',
          'lambda-runtime-invoked-function-arn': definition.arn,
        };
        polls.shift()!.writeHead(200, headers).end('{}');
        await expect.poll(() => responses).toBe(n);
      }
    } finally {
      child.kill('SIGKILL');
      server.closeAllConnections();
      server.close();
    }
  });

  it('shared: a timeout does not affect other invocations of the process', async () => {
    const lambda = await startLambda('shared');
    try {
      lambda.define('neighbours', waiting('process.pid'), { timeoutSeconds: 60 });
      const call = (event: object) =>
        lambda.client.send(new InvokeCommand({ FunctionName: 'neighbours', Payload: JSON.stringify(event) }));
      const logs = () => lambda.logs.map(({ text }) => text);
      const warm = json((await call({})).Payload);
      useFakeTimeouts();
      const stuck = call({ flag: newFlag(), name: 'stuck' });
      await expect.poll(logs).toContain('running stuck');
      vi.advanceTimersByTime(30_000);
      const flag = newFlag();
      const neighbour = call({ flag, name: 'neighbour' });
      await expect.poll(logs).toContain('running neighbour');
      vi.advanceTimersByTime(30_000);
      expect(json((await stuck).Payload)).toMatchObject({ errorType: 'Sandbox.Timedout' });
      expect(isAlive(warm)).toBe(true);
      writeFileSync(flag, '');
      expect(json((await neighbour).Payload)).toBe(warm);
      await expect.poll(() => isAlive(warm)).toBe(false);
    } finally {
      await lambda.stop();
    }
  });
});
