import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packages } from './support/packages';

/** Unpacks a zip file. Returns the paths of its files by name. */
function unzip(file: string): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'unzipped-'));
  execFileSync('python3', ['-m', 'zipfile', '--extract', file, folder]);
  return new Map(readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => [name, join(folder, name)]));
}

/** Reads LICENSE and NOTICE of an npm package. */
const textsOf = (tarball: string) =>
  ['LICENSE', 'NOTICE'].map((name) => execFileSync('tar', ['-xzOf', tarball, `package/${name}`], { encoding: 'utf8' }));
const expected = ['LICENSE', 'NOTICE'].map((name) => readFileSync(name, 'utf8'));

test('the npm package contains LICENSE and NOTICE', () => {
  expect(textsOf(packages.npm())).toEqual(expected);
});

test.each([
  ['wheel', packages.wheel],
  ['jar', packages.jar],
])('the npm package in the %s contains them', (_, file) => {
  const [, tarball] = [...unzip(file())].find(([name]) => name.endsWith('.jsii.tgz')) ?? [];
  expect(textsOf(tarball!)).toEqual(expected);
});

test('the metadata of the wheel contains them', () => {
  const files = unzip(packages.wheel());
  for (const name of ['LICENSE', 'NOTICE']) {
    const [, path] = [...files].find(([file]) => file.endsWith(`.dist-info/${name}`)) ?? [];
    expect(readFileSync(path!, 'utf8'), name).toBe(readFileSync(name, 'utf8'));
  }
});
