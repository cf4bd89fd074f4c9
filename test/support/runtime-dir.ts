import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A directory as `assets/cli/runtime`: AWS's runtime client and our shim, from the sources. */
export function runtimeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'runtime-'));
  symlinkSync(resolve('node_modules/aws-lambda-ric/index.mjs'), join(dir, 'index.mjs'));
  symlinkSync(resolve('local/services/lambda/ric-shim.cjs'), join(dir, 'ric-shim.cjs'));
  return dir;
}
