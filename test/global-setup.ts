import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Every CDK `App` leaves a folder in the temporary directory: give the run one of its own and remove it. */
export default function setup() {
  if (Number(process.versions.node.split('.')[0]) < 22) {
    throw new Error(
      `the tests need Node >= 22 (this is ${process.version}); run them with \`npm test\`, which brings Node 24`,
    );
  }
  execFileSync(process.execPath, ['scripts/ready.mjs'], { stdio: 'inherit' });
  const dir = mkdtempSync(join(tmpdir(), 'cdk-mcp-lambda-test-'));
  process.env.TMPDIR = dir;
  return () => rmSync(dir, { recursive: true, force: true });
}
