import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Runtimes, type RuntimesOptions } from '../../local/services/lambda/runtimes/runtimes.js';

const SHIMS = 'local/services/lambda/runtimes/shims';

/** Creates the equivalent of `assets/cli/runtime` from the sources: AWS's runtime client and the shims. */
export function runtimeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'runtime-'));
  symlinkSync(resolve('node_modules/aws-lambda-ric/index.mjs'), join(dir, 'index.mjs'));
  for (const file of readdirSync(SHIMS)) symlinkSync(resolve(SHIMS, file), join(dir, file));
  return dir;
}

/** The runtimes of this machine, or of the one that the options describe. */
export function testRuntimes(options: Partial<RuntimesOptions> = {}): Runtimes {
  const workDir = mkdtempSync(join(tmpdir(), 'runtimes-'));
  return new Runtimes({ runtimeDir: runtimeDir(), workDir, cwd: workDir, ...options });
}
