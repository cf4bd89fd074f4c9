// Sums vitest JSON reports and prints `N passed, N failed`. A file that fails outside a test (an import or a hook), an unhandled
// error, and a run without a report (lint or type errors) each count as one failure.
import { existsSync, readFileSync } from 'node:fs';
import { argv } from 'node:process';

let passed = 0;
let failed = 0;
for (const file of argv.slice(2)) {
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { success: false, testResults: [] };
  const outsideTests = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  const failures = (report.numFailedTests ?? 0) + outsideTests.length;
  passed += report.numPassedTests ?? 0;
  failed += failures || (report.success ? 0 : 1);
}
console.log(`${passed} passed, ${failed} failed`);
