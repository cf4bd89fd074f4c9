import { copyFileSync, cpSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The directory with AWS's runtime client for Node.js (`index.mjs`) and our shims for all languages: beside the bundle in the published
 * package, put together in `workDir` when run from source.
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

/** The nearest `node_modules` at or above a directory that has AWS SDK clients. */
export function sdkDirectory(from: string): string | undefined {
  const candidate = join(from, 'node_modules');
  if (existsSync(join(candidate, '@aws-sdk'))) return candidate;
  const parent = dirname(from);
  return parent === from ? undefined : sdkDirectory(parent);
}
