import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates a temporary directory for the test run, because every CDK `App` leaves a folder behind, and removes it at the end. */
export default function setup() {
  if (Number(process.versions.node.split('.')[0]) < 22) {
    throw new Error(
      `the tests require Node >= 22, but this is ${process.version}: run them with \`npm test\`, which uses Node 24`,
    );
  }
  execFileSync(process.execPath, ['scripts/ensure-built.mjs'], { stdio: 'inherit' });
  const dir = mkdtempSync(join(tmpdir(), 'cdk-mcp-lambda-test-'));
  process.env.TMPDIR = dir;
  process.env.XDG_STATE_HOME = join(dir, 'state'); // not that of the developer
  return () => rmSync(dir, { recursive: true, force: true });
}
