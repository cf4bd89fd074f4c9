import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packages } from './packages';

const { name: NAME } = JSON.parse(readFileSync('package.json', 'utf8'));

/** An installed version of the package. */
export interface Installed {
  /** Folder from which `require` resolves the package and its peers. */
  readonly folder: string;
  /** Description for messages. */
  readonly description: string;
}

/** Installs the package built from this working tree. */
export function nextRelease(): Installed {
  return { folder: install(packages.npm()), description: 'the package of this working tree' };
}

/**
 * Installs the last release on npm. Before the first release, installs the package of this working tree with another version and modified
 * bundles, so that an update to {@link nextRelease} changes the code of every function.
 * @throws if npm cannot be reached, because a release may exist
 */
export function lastRelease(): Installed {
  const view = spawnSync('npm', ['view', NAME, 'dist-tags.latest', '--json'], { encoding: 'utf8' });
  if (view.status === 0) {
    const latest: string = JSON.parse(view.stdout);
    const into = mkdtempSync(join(tmpdir(), 'latest-'));
    execFileSync('npm', ['pack', `${NAME}@${latest}`, '--pack-destination', into], { stdio: 'ignore' });
    return { folder: install(join(into, readdirSync(into)[0])), description: `${NAME}@${latest} from npm` };
  }
  if (!view.stderr.includes('E404')) throw new Error(`cannot look up the last release on npm: ${view.stderr}`);
  const folder = install(packages.npm());
  const root = join(folder, 'node_modules', NAME);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...manifest, version: '0.0.1' }));
  for (const bundle of readdirSync(join(root, 'assets/lambda'))) {
    appendFileSync(join(root, 'assets/lambda', bundle, 'index.mjs'), '\n// 0.0.1\n');
  }
  return { folder, description: `the package of this working tree as 0.0.1, because ${NAME} is not on npm yet` };
}

/** Installs the package by unpacking it, because it has no dependencies. Links the peers of this working tree. */
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
