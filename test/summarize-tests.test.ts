import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The last line of `.ci/run` for the given reports. `undefined` is a run without a report. */
function sum(...reports: Array<object | undefined>): string {
  const folder = mkdtempSync(join(tmpdir(), 'summarize-tests-'));
  const files = reports.map((report, index) => {
    const file = join(folder, `${index}.json`);
    if (report) writeFileSync(file, JSON.stringify(report));
    return file;
  });
  return execFileSync(process.execPath, ['scripts/summarize-tests.mjs', ...files], { encoding: 'utf8' }).trim();
}

const green = {
  success: true,
  numPassedTests: 5,
  numFailedTests: 0,
  testResults: [{ status: 'passed', assertionResults: [] }],
};
const assertionResults = [{ status: 'passed' }, { status: 'failed' }];

test.each([
  ['sums passed tests', [green, green], '10 passed, 0 failed'],
  [
    'counts a failed test as one failure',
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
    'counts a file that fails outside a test as one failure',
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
  ['counts an unhandled error as one failure', [{ ...green, success: false }], '5 passed, 1 failed'],
  ['counts a run without a report as one failure', [green, undefined], '5 passed, 1 failed'],
])('%s', (_, reports, line) => {
  expect(sum(...reports)).toBe(line);
});
