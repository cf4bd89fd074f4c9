import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packages } from './packages';

const { name: NAME } = JSON.parse(readFileSync('package.json', 'utf8'));

/** A version of the package, installed. */
export interface Installed {
  /** Where `require` finds the package, and its peers. */
  readonly folder: string;
  /** What it is, for people. */
  readonly what: string;
}

/** The package as it would be released from this tree. */
export function nextRelease(): Installed {
  return { folder: install(packages.npm()), what: 'the package of this tree' };
}

/**
 * The last release on npm. As long as there is none, the package of this tree under another version, and with other bytes in its
 * bundles, so that an update to {@link nextRelease} brings every function to new code.
 * @throws Error when npm cannot be asked: no answer does not mean no release
 */
export function lastRelease(): Installed {
  const answer = spawnSync('npm', ['view', NAME, 'dist-tags.latest', '--json'], { encoding: 'utf8' });
  if (answer.status === 0) {
    const latest: string = JSON.parse(answer.stdout);
    const into = mkdtempSync(join(tmpdir(), 'latest-'));
    execFileSync('npm', ['pack', `${NAME}@${latest}`, '--pack-destination', into], { stdio: 'ignore' });
    return { folder: install(join(into, readdirSync(into)[0])), what: `${NAME}@${latest} of npm` };
  }
  if (!answer.stderr.includes('E404')) throw new Error(`cannot ask npm for the last release: ${answer.stderr}`);
  const folder = install(packages.npm());
  const root = join(folder, 'node_modules', NAME);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...manifest, version: '0.0.1' }));
  for (const bundle of readdirSync(join(root, 'assets/lambda'))) {
    appendFileSync(join(root, 'assets/lambda', bundle, 'index.mjs'), '\n// 0.0.1\n');
  }
  return { folder, what: `the package of this tree as 0.0.1, for npm has no ${NAME} yet` };
}

/** The package has no dependencies, so it is installed by unpacking it; its peers are this tree's. */
function install(tarball: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'installed-'));
  const root = join(folder, 'node_modules', NAME);
  mkdirSync(root, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', root]);
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    symlinkSync(resolve('node_modules', peer), join(folder, 'node_modules', peer));
  }
  return folder;
}
