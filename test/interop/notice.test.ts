import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packages } from './support/packages';

/** The files of a zip, unpacked. */
function unzip(file: string): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'unzipped-'));
  execFileSync('python3', ['-m', 'zipfile', '--extract', file, folder]);
  return new Map(readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => [name, join(folder, name)]));
}

/** LICENSE and NOTICE in an npm package. */
const textsOf = (tarball: string) =>
  ['LICENSE', 'NOTICE'].map((name) => execFileSync('tar', ['-xzOf', tarball, `package/${name}`], { encoding: 'utf8' }));
const expected = ['LICENSE', 'NOTICE'].map((name) => readFileSync(name, 'utf8'));

test('the npm package has LICENSE and NOTICE', () => {
  expect(textsOf(packages.npm())).toEqual(expected);
});

test.each([
  ['wheel', packages.wheel],
  ['jar', packages.jar],
])('so has the %s, which contains the npm package', (_, file) => {
  const [, tarball] = [...unzip(file())].find(([name]) => name.endsWith('.jsii.tgz')) ?? [];
  expect(textsOf(tarball!)).toEqual(expected);
});

test('the wheel has them among its metadata too, where tools look', () => {
  const files = unzip(packages.wheel());
  for (const name of ['LICENSE', 'NOTICE']) {
    const [, path] = [...files].find(([file]) => file.endsWith(`.dist-info/${name}`)) ?? [];
    expect(readFileSync(path!, 'utf8'), name).toBe(readFileSync(name, 'utf8'));
  }
});
