// Runs jsii with all warnings as errors, including the reserved-word warnings that projen silences, except those in ACCEPTED.
// Works on a copy, to keep the output of the build.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names that one language reserves, with the reason why they work there. */
const ACCEPTED = [
  /"event" is a reserved word in C#/, // the property is called Event in C#
];

const dir = mkdtempSync(join(tmpdir(), 'jsii-strict-'));
for (const name of ['src', 'package.json', 'README.md', 'LICENSE']) cpSync(name, join(dir, name), { recursive: true });
symlinkSync(join(process.cwd(), 'node_modules'), join(dir, 'node_modules'));
const { status, stdout, stderr } = spawnSync(process.execPath, [join(process.cwd(), 'node_modules/jsii/bin/jsii')], {
  cwd: dir,
  encoding: 'utf8',
});
rmSync(dir, { recursive: true });
const output = `${stdout}${stderr}`;
const warnings = output.split('\n').filter((line) => / - warning JSII\d+/.test(line));
const rejected = warnings.filter((line) => !ACCEPTED.some((pattern) => pattern.test(line)));
if (status !== 0 || rejected.length > 0) console.error(status === 0 ? rejected.join('\n') : output);
process.exit(status !== 0 ? (status ?? 1) : Number(rejected.length > 0));
