import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What `.ci/run` ends with, for these reports; `undefined` is a run that wrote none. */
function sum(...reports: Array<object | undefined>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sum-'));
  const files = reports.map((report, index) => {
    const file = join(folder, `${index}.json`);
    if (report) writeFileSync(file, JSON.stringify(report));
    return file;
  });
  return execFileSync(process.execPath, ['scripts/sum.mjs', ...files], { encoding: 'utf8' }).trim();
}

const green = {
  success: true,
  numPassedTests: 5,
  numFailedTests: 0,
  testResults: [{ status: 'passed', assertionResults: [] }],
};
const assertionResults = [{ status: 'passed' }, { status: 'failed' }];

test.each([
  ['all green', [green, green], '10 passed, 0 failed'],
  [
    'a failed test is one failure',
    [
      green,
      {
        success: false,
        numPassedTests: 1,
        numFailedTests: 1,
        testResults: [{ status: 'failed', assertionResults }],
      },
    ],
    '6 passed, 1 failed',
  ],
  [
    'a file that fails outside a test is one',
    [
      {
        success: false,
        numPassedTests: 3,
        numFailedTests: 0,
        testResults: [{ status: 'failed', assertionResults: [] }, { status: 'passed' }],
      },
    ],
    '3 passed, 1 failed',
  ],
  ['so is an unhandled error', [{ ...green, success: false }], '5 passed, 1 failed'],
  ['and a run that wrote no report', [green, undefined], '5 passed, 1 failed'],
])('%s', (_, reports, line) => {
  expect(sum(...reports)).toBe(line);
});
