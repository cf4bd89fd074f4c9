import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBody } from '../../../local/services/forward.js';
import { defineFunction, isAlive, startAsProcess, startLambda, type TestLambda } from './support.js';

let lambda: TestLambda;
beforeAll(async () => {
  lambda = await startLambda('shared');
});
afterAll(() => lambda.stop());

const call = async (name: string, event: unknown = {}) => {
  const { body } = await lambda.service.invoke(name, Buffer.from(JSON.stringify(event)));
  return JSON.parse((await readBody(body)).toString());
};

describe('the SDK of the runtime', () => {
  /** A `node_modules` directory with one package in both of the forms in which packages come. */
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

  it('is there for import and require', async () => {
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

  it('stands behind what the function brings along, and shows it nothing else', async () => {
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
  ])('says what to do when nothing provides it: %s', async (kind, code) => {
    lambda.define(`missing-${kind}`, code, kind === 'import' ? { nodeModules: nodeModules() } : {});
    expect(await call(`missing-${kind}`)).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringMatching(
        /cannot find @aws-sdk\/client-s3.*npm install --save-dev @aws-sdk\/client-s3\)/,
      ),
    });
  });
});

describe('processes', () => {
  it.each([
    ['ruby3.4', 'runtime ruby3.4 does not run here: only functions in Node.js, Python and Java do'],
    ['provided.al2023', 'runtime provided.al2023 does not run here: only functions in Node.js, Python and Java do'],
    ['', 'container images do not run here: only functions in Node.js, Python and Java do'],
  ])('refuses %s by name, each time', async (runtime, problem) => {
    lambda.service.define(defineFunction('gem', '', { runtime }));
    expect(await lambda.service.check('gem')).toEqual({ problem });
    expect(await call('gem')).toEqual({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: problem });
  });

  it('are gone with the service, and what they started too', async () => {
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
    await expect.poll(() => pids.map(isAlive), { timeout: 10_000 }).toEqual([false, false]);
  });

  it('fail what runs in them when the service ends, without a word in the log', async () => {
    const other = await startLambda('shared');
    other.define('endless', 'export const handler = () => new Promise(() => {});');
    const answer = other.service.invoke('endless', Buffer.from('{}'));
    const waiting = answer.then(({ error }) => JSON.parse(error!.payload.toString()).errorType);
    await other.stop();
    expect(await waiting).toBe('Runtime.ExitError');
    expect(other.logs).toEqual([]);
  });

  it('serve again after a loop without end', async () => {
    lambda.define('loop', 'export const handler = async ({ n }) => { while (n === 1); return n; };', {
      timeoutSeconds: 1,
    });
    expect((await call('loop', { n: 1 })).errorType).toBe('Sandbox.Timedout');
    expect(await call('loop', { n: 2 })).toBe(2);
  });

  it('run on when nobody waits any more', async () => {
    lambda.define(
      'patient',
      `export const handler = async () => { await new Promise((r) => setTimeout(r, 300)); console.log('done'); };`,
    );
    const controller = new AbortController();
    const answer = lambda.service.invoke('patient', Buffer.from('{}'), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('tired')), 50);
    await expect(answer).rejects.toThrow('tired');
    await expect.poll(() => lambda.logs.map(({ text }) => text)).toContain('done');
  });

  it('ignore Ctrl-C and go when the runner is killed', async () => {
    const child = startAsProcess(defineFunction('orphan', 'export const handler = async () => process.pid;'));
    const pid = await new Promise<number>((done) => child.stdout!.once('data', (text) => done(Number(text))));
    process.kill(-child.pid!, 'SIGINT'); // as a terminal does it: to the whole group
    process.kill(pid, 'SIGINT');
    await new Promise((done) => setTimeout(done, 300));
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});
