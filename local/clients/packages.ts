import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** npm packages that configurations of clients start, in the versions that are tested (docs/reference/tested-clients.md). */
export const MCP_REMOTE = 'mcp-remote@0.15.1';
export const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0';

/** Version of a build that is not released. */
const UNRELEASED = '0.0.0';

/** Returns this package with its version, for `npx`. */
export function thisPackage(version = ownVersion()): string {
  return version === UNRELEASED ? 'cdk-mcp-lambda' : `cdk-mcp-lambda@${version}`;
}

/** Returns the version of this package: of the bundle in `assets/cli`, or of the sources. */
function ownVersion(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const manifest of [join(here, '..', '..', 'package.json'), join(here, '..', 'package.json')]) {
    try {
      const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string };
      if (name === 'cdk-mcp-lambda' && version) return version;
    } catch {} // not there
  }
  return UNRELEASED;
}
