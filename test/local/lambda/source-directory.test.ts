import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBody } from '../../../local/services/forward.js';
import { startLambda, type TestLambda } from './support.js';

let lambda: TestLambda;
let project: string;
beforeAll(async () => {
  lambda = await startLambda('shared');
});
afterAll(() => lambda.stop());
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Writes files of the project. */
function write(files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
}

/** Calls a function whose code is the directory `stock` of the project. */
async function call(name: string, code: string, file = 'index.mjs'): Promise<any> {
  write({ [`stock/${file}`]: code });
  lambda.define(name, '', { codeDir: join(project, 'stock'), isSource: true });
  const { body } = await lambda.service.invoke(name, Buffer.from('{}'));
  return JSON.parse((await readBody(body)).toString());
}

const LAMP = { 'package.json': '{"main":"index.js"}', 'index.js': 'exports.lamp = "LAMP-7";' };
const packageIn = (directory: string) =>
  write(Object.fromEntries(Object.entries(LAMP).map(([file, text]) => [`${directory}/lamp/${file}`, text])));

describe('a function that runs from its source directory', () => {
  it('finds the modules of its code only, as on Lambda', async () => {
    packageIn('node_modules');
    write({ 'shared/names.mjs': 'export const name = "lamp";' });
    const esm = await call('above', `import { lamp } from 'lamp'; export const handler = async () => lamp;`);
    expect(esm.errorMessage).toContain(
      `Cannot find module 'lamp' imported from ${project}/stock/index.mjs: ${project}/node_modules/lamp/index.js is outside the function's code, which is all that Lambda has; bundle the function, or install lamp in its directory`,
    );
    const relative = await call('relative', `import '../shared/names.mjs'; export const handler = async () => 1;`);
    expect(relative.errorMessage).toContain("outside the function's code, which is all that Lambda has; move it there");
    const cjs = await call('required', `exports.handler = async () => require('lamp').lamp;`, 'index.js');
    expect(cjs.errorMessage).toContain(`Cannot find module 'lamp' imported from ${project}/stock/index.js`);
  });

  it('finds its own packages, also by symbolic links', async () => {
    packageIn('stock/node_modules');
    const code = `import { lamp } from 'lamp'; export const handler = async () => lamp;`;
    expect(await call('own', code)).toBe('LAMP-7');
    rmSync(join(project, 'stock'), { recursive: true });
    packageIn('packages');
    mkdirSync(join(project, 'stock'));
    symlinkSync(join(project, 'packages'), join(project, 'stock', 'node_modules'));
    expect(await call('linked', code)).toBe('LAMP-7');
  });

  it('cannot write there', async () => {
    const code = `
      import { createWriteStream, mkdirSync, writeFile, writeFileSync } from 'node:fs';
      import * as fsp from 'node:fs/promises';
      import { tmpdir } from 'node:os';
      const attempt = (work) => Promise.resolve().then(work).then(() => 'written', ({ code }) => code);
      export const handler = async () => [
        await attempt(() => writeFileSync('a.txt', 'a')),
        await attempt(() => mkdirSync(new URL('./cache', import.meta.url))),
        await attempt(() => fsp.appendFile('index.mjs', 'a')),
        await attempt(() => new Promise((resolve, reject) => writeFile('b.txt', 'b', (error) => error ? reject(error) : resolve()))),
        await attempt(() => new Promise((resolve, reject) => createWriteStream('c.txt').on('error', reject).on('finish', resolve).end('c'))),
        await attempt(() => fsp.rename('index.mjs', 'other.mjs')),
        await attempt(() => writeFileSync(tmpdir() + '/stock-' + process.pid, 'a')),
        (await fsp.readFile('index.mjs', 'utf8')).length > 0,
      ];`;
    const refused = Array(6).fill('EROFS');
    expect(await call('writes', code)).toEqual([...refused, 'written', true]);
    expect(readdirSync(join(project, 'stock'))).toEqual(['index.mjs']);
  });
});
