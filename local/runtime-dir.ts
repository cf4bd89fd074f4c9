import { copyFileSync, cpSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Returns the directory with AWS's runtime client for Node.js (`index.mjs`) and the shims for all languages. The published package contains
 * it; when run from source, it is assembled in `workDir`.
 */
export function runtimeDirectory(workDir: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const shipped = join(here, 'runtime');
  if (existsSync(join(shipped, 'index.mjs'))) return shipped;
  const client = dirname(createRequire(import.meta.url).resolve('aws-lambda-ric/package.json'));
  const directory = join(workDir, 'runtime');
  cpSync(join(here, 'services', 'lambda', 'runtimes', 'shims'), directory, { recursive: true });
  copyFileSync(join(client, 'index.mjs'), join(directory, 'index.mjs'));
  return directory;
}

/** Finds the nearest `node_modules` with AWS SDK clients, in a directory or its parents. */
export function sdkDirectory(from: string): string | undefined {
  const candidate = join(from, 'node_modules');
  if (existsSync(join(candidate, '@aws-sdk'))) return candidate;
  const parent = dirname(from);
  return parent === from ? undefined : sdkDirectory(parent);
}
