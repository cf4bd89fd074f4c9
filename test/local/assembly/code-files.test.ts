import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directoriesOutside, functionsOfCode } from '../../../local/assembly/code-files.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'code-files-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (path: string, text = '') => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, path);
};
const source = (name: string, directory = name) => ({ name, codeDir: join(root, directory), isSource: true });

describe('functionsOfCode', () => {
  const changed = (...paths: string[]) => {
    const functions = [source('stock', 'app/stock'), source('both', 'app/stock'), source('prices', 'prices')];
    return functionsOfCode(paths, functions, join(root, 'app'))?.map(({ name }) => name);
  };

  it('returns the functions whose code is all that has changed', () => {
    expect(changed(file('app/stock/index.mjs'))).toEqual(['stock', 'both']);
    expect(changed(file('prices/lib/a.py'), file('app/stock/index.cjs'))).toEqual(['prices', 'stock', 'both']);
    expect(changed(join(root, 'prices/deleted.js'))).toEqual(['prices']);
  });

  it('returns undefined if the app can depend on a file', () => {
    expect(changed(file('app/stock/index.mjs'), file('app/main.mjs'))).toBeUndefined();
    expect(changed(file('app/stock/schema.json'))).toBeUndefined();
    expect(changed(file('app/stock/stack.py', 'from aws_cdk import Stack'))).toBeUndefined();
    expect(changed(file('app/stock/stack.js', `const cdk = require('aws-cdk-lib');`))).toBeUndefined();
    expect(changed(file('app/stocks/index.mjs'))).toBeUndefined();
  });

  it('leaves out functions that run from a copy, or whose code contains the app', () => {
    const copy = { name: 'copy', codeDir: join(root, 'app/copy') };
    expect(functionsOfCode([file('app/copy/a.js')], [copy], join(root, 'app'))).toBeUndefined();
    expect(functionsOfCode([file('app/a.js')], [source('all', '.')], join(root, 'app'))).toBeUndefined();
    expect(functionsOfCode([file('app/a.js')], [source('app')], join(root, 'app'))).toBeUndefined();
  });
});

it('directoriesOutside returns the source directories to watch besides that of the app', () => {
  const functions = [
    source('inside', 'app/stock'),
    source('outside', 'prices'),
    source('again', 'prices'),
    source('package', 'app2/node_modules/package/assets'),
    { name: 'copy', codeDir: join(root, 'copy') },
  ];
  expect(directoriesOutside(functions, join(root, 'app'))).toEqual([join(root, 'prices')]);
});
