import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readBody } from '../../../local/services/forward.js';
import { defineFunction, isAlive, startAsProcess, startLambda, type TestLambda } from './support.js';

let lambda: TestLambda;
beforeAll(async () => {
  lambda = await startLambda('shared');
});
afterEach(() => vi.useRealTimers());
afterAll(() => lambda.stop());

const call = async (name: string, event: unknown = {}) => {
  const { body } = await lambda.service.invoke(name, Buffer.from(JSON.stringify(event)));
  return JSON.parse((await readBody(body)).toString());
};

const logs = () => lambda.logs.map(({ text }) => text);

describe('the AWS SDK of the runtime', () => {
  /** A `node_modules` directory with CommonJS and ES module packages. */
  function nodeModules(): string {
    const dir = join(mkdtempSync(join(tmpdir(), 'sdk-')), 'node_modules');
    const write = (name: string, files: Record<string, string>) => {
      mkdirSync(join(dir, name), { recursive: true });
      for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, name, file), text);
    };
    write('@aws-sdk/client-any', {
      'package.json': '{"main":"index.js"}',
      'index.js': 'exports.from = "the runtime, with " + require("@smithy/any").name;',
    });
    write('@smithy/any', { 'package.json': '{"main":"index.js"}', 'index.js': 'exports.name = "smithy";' });
    write('@smithy/module', {
      'package.json': '{"type":"module","exports":{"import":"./index.js"}}',
      'index.js': 'export const from = "a module";',
    });
    return dir;
  }

  it('is available to import and require', async () => {
    const more = { nodeModules: nodeModules() };
    lambda.define(
      'esm',
      `import { from } from '@aws-sdk/client-any'; import * as m from '@smithy/module'; export const handler = async () => from + ', ' + m.from;`,
      more,
    );
    expect(await call('esm')).toBe('the runtime, with smithy, a module');
    lambda.define(
      'cjs',
      { 'index.js': `const { from } = require('@aws-sdk/client-any'); exports.handler = async () => from;` },
      more,
    );
    expect(await call('cjs')).toBe('the runtime, with smithy');
    lambda.define('dynamic', `export const handler = async () => (await import('@aws-sdk/client-any')).from;`, more);
    expect(await call('dynamic')).toBe('the runtime, with smithy');
  });

  it('has lower precedence than packages of the function, and adds no environment variable', async () => {
    const own = {
      'index.mjs': `import { from } from '@aws-sdk/client-any'; export const handler = async () => [from, Object.keys(process.env).filter((name) => name.startsWith('_RUNTIME'))];`,
      'node_modules/@aws-sdk/client-any/package.json': '{"main":"index.js"}',
      'node_modules/@aws-sdk/client-any/index.js': 'exports.from = "the function";',
    };
    lambda.define('own', own, { nodeModules: nodeModules() });
    expect(await call('own')).toEqual(['the function', []]);
  });

  it.each([
    ['import', { 'index.mjs': `import '@aws-sdk/client-s3'; export const handler = async () => 1;` }],
    ['require', { 'index.js': `require('@aws-sdk/client-s3/dist'); exports.handler = async () => 1;` }],
  ])('is reported with a remedy if it is missing: %s', async (kind, code) => {
    lambda.define(`missing-${kind}`, code, kind === 'import' ? { nodeModules: nodeModules() } : {});
    expect(await call(`missing-${kind}`)).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringMatching(
        /cannot find @aws-sdk\/client-s3.*: .*npm install --save-dev @aws-sdk\/client-s3\)/,
      ),
    });
  });
});

describe('processes', () => {
  it.each([
    [
      'ruby3.4',
      'runtime ruby3.4 is not supported by the local runner: it runs functions in Node.js, Python and Java, and bootstrap programs',
    ],
    ['provided.al2023', 'runtime provided.al2023 requires the file bootstrap, which the code does not contain'],
  ])('are not started for an unsupported runtime: %s', async (runtime, problem) => {
    lambda.service.define(defineFunction('gem', '', { runtime }));
    expect(await lambda.service.check('gem')).toEqual({ problem });
    expect(await call('gem')).toEqual({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: problem });
  });

  it('exit with the service, including their child processes', async () => {
    const other = await startLambda('lambda');
    other.define(
      'parent',
      `import { spawn } from 'node:child_process';
       const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
       export const handler = async () => [process.pid, child.pid];`,
    );
    const { body } = await other.service.invoke('parent', Buffer.from('{}'));
    const pids: number[] = JSON.parse((await readBody(body)).toString());
    expect(pids.map(isAlive)).toEqual([true, true]);
    await other.stop();
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false]);
  });

  it('fail their invocations without a log message when the service closes', async () => {
    const other = await startLambda('shared');
    other.define('endless', 'export const handler = () => new Promise(() => {});');
    const invocation = other.service.invoke('endless', Buffer.from('{}'));
    const errorType = invocation.then(({ error }) => JSON.parse(error!.payload.toString()).errorType);
    await other.stop();
    expect(await errorType).toBe('Runtime.ExitError');
    expect(other.logs).toEqual([]);
  });

  it('are replaced after an infinite loop', async () => {
    const code = `export const handler = async ({ n }) => { console.log('n is ' + n); while (n === 1); return n; };`;
    lambda.define('loop', code, { timeoutSeconds: 60 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const looping = call('loop', { n: 1 });
    await expect.poll(logs).toContain('n is 1');
    vi.advanceTimersByTime(60_000);
    expect((await looping).errorType).toBe('Sandbox.Timedout');
    expect(await call('loop', { n: 2 })).toBe(2);
  });

  it('finish an invocation when the caller stops waiting', async () => {
    const flag = join(mkdtempSync(join(tmpdir(), 'flag-')), 'flag');
    lambda.define(
      'patient',
      `import { existsSync } from 'node:fs';
       export const handler = async ({ flag }) => {
         console.log('started');
         while (!existsSync(flag)) await new Promise((r) => setTimeout(r, 10));
         console.log('done');
       };`,
    );
    const controller = new AbortController();
    const payload = Buffer.from(JSON.stringify({ flag }));
    const invocation = lambda.service.invoke('patient', payload, { signal: controller.signal });
    await expect.poll(logs).toContain('started');
    controller.abort(new Error('cancelled'));
    await expect(invocation).rejects.toThrow('cancelled');
    writeFileSync(flag, '');
    await expect.poll(logs).toContain('done');
  });

  it('ignore Ctrl-C, and exit when the runner is killed', async () => {
    const ticks = join(mkdtempSync(join(tmpdir(), 'ticks-')), 'ticks');
    writeFileSync(ticks, '');
    const code = `import { appendFileSync } from 'node:fs';
      setInterval(() => appendFileSync(${JSON.stringify(ticks)}, '.'), 20);
      export const handler = async () => process.pid;`;
    const child = startAsProcess(defineFunction('orphan', code));
    const pid = await new Promise<number>((done) => child.stdout!.once('data', (text) => done(Number(text))));
    process.kill(-child.pid!, 'SIGINT'); // to the whole process group, as a terminal does
    process.kill(pid, 'SIGINT');
    const before = readFileSync(ticks).length;
    await expect.poll(() => readFileSync(ticks).length).toBeGreaterThan(before + 2);
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});
