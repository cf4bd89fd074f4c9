import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBody } from '../../../local/services/forward.js';
import type { FunctionDefinition } from '../../../local/services/lambda/function.js';
import { startLambda, type TestLambda } from './support.js';

let lambda: TestLambda;
beforeAll(async () => {
  lambda = await startLambda('shared');
});
afterAll(() => lambda.stop());

/** Defines a function, calls it, and returns the error document. */
async function fail(name: string, files: Record<string, string>, more: Partial<FunctionDefinition> = {}) {
  const { codeDir } = lambda.define(name, files, more);
  const { body } = await lambda.service.invoke(name, Buffer.from('{}'));
  return { codeDir, ...JSON.parse((await readBody(body)).toString()) };
}

describe('a syntax error', () => {
  it.each([
    ['an ES module', 'esm', { 'index.mjs': 'export const a = 1;\n\nexport const = 2;' }, 'index.mjs, line 3'],
    [
      'a module that the handler imports',
      'imported',
      { 'index.mjs': `import './lib/a.mjs';`, 'lib/a.mjs': 'const a = {\n  b: 1;\n};' },
      'lib/a.mjs, line 2',
    ],
    ['a CommonJS module', 'cjs', { 'index.cjs': 'exports.a = 1;\nexports.b = = 2;' }, 'index.cjs, line 2'],
    ['an ES module called .js', 'js', { 'index.js': 'export const a = 1;\nexport const = 2;' }, 'index.js, line 2'],
    [
      'an import of what a module does not export',
      'unexported',
      { 'index.mjs': `\nimport { b } from './a.mjs';`, 'a.mjs': 'export const a = 1;' },
      'index.mjs, line 2',
    ],
  ])('of %s has file and line', async (_, name, files, location) => {
    const { codeDir, errorType, errorMessage, trace } = await fail(name, files);
    expect(errorType).toBe('Runtime.UserCodeSyntaxError');
    expect(errorMessage).toMatch(/^SyntaxError: .+ \(.+, line \d+\)$/);
    expect(errorMessage).toContain(`(${location})`);
    const [file, line] = location.split(', line ');
    expect(trace.join('\n')).toContain(`${join(codeDir, file)}:${line}`);
  });
});

it('the stack of bundled code has the paths of its source map', async () => {
  const source = {
    'src/stock.ts':
      'interface Stock { id: string }\n\nexport const handler = async (stock: Stock) => {\n  throw new RangeError(stock.id);\n};',
  };
  const { codeDir } = lambda.define('bundled', source);
  buildSync({
    entryPoints: [join(codeDir, 'src/stock.ts')],
    outfile: join(codeDir, 'index.mjs'),
    format: 'esm',
    minify: true,
    sourcemap: true,
  });
  const { body } = await lambda.service.invoke('bundled', Buffer.from('{"id":"LAMP-7"}'));
  const { trace } = JSON.parse((await readBody(body)).toString());
  expect(trace[1]).toContain(`${join(codeDir, 'src/stock.ts')}:4:9`);
});
