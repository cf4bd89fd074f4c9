import { UNRELEASED, version } from '../version.js';

/** npm packages that configurations of clients start, in the versions that are tested (docs/reference/tested-clients.md). */
export const MCP_REMOTE = 'mcp-remote@0.15.1';
export const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0';

/** Returns this package with its version, for `npx`. */
export function thisPackage(packageVersion = version()): string {
  return packageVersion === UNRELEASED ? 'cdk-mcp-lambda' : `cdk-mcp-lambda@${packageVersion}`;
}
