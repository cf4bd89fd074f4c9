// Runs jsii with all warnings as errors, including the reserved-word warnings that projen silences. Works on a copy, to keep the
// output of the build.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dir = mkdtempSync(join(tmpdir(), 'jsii-strict-'));
for (const name of ['src', 'package.json', 'README.md', 'LICENSE']) cpSync(name, join(dir, name), { recursive: true });
symlinkSync(join(process.cwd(), 'node_modules'), join(dir, 'node_modules'));
const { status } = spawnSync(
  process.execPath,
  [join(process.cwd(), 'node_modules/jsii/bin/jsii'), '--fail-on-warnings'],
  { cwd: dir, stdio: 'inherit' },
);
rmSync(dir, { recursive: true });
process.exit(status ?? 1);
