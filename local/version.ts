import { existsSync, readFileSync } from 'node:fs';

/** Paths of the package's manifest: from the bundle, and from the sources. */
const MANIFESTS = ['../../package.json', '../package.json'];

/** Version of a build that is not released. */
export const UNRELEASED = '0.0.0';

/** Returns the version of this package. */
export function version(): string {
  for (const path of MANIFESTS) {
    const file = new URL(path, import.meta.url);
    if (!existsSync(file)) continue;
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string };
    if (name === 'cdk-mcp-lambda') return version;
  }
  return UNRELEASED;
}
