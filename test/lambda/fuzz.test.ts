import { expect, test } from 'vitest';
import { fuzz } from '../fuzz/fuzz.js';

const SEED = 13;
const CASES = 5_000;

// `npm run fuzz` runs 100,000 cases with another seed each time
test('no input makes a handler fail, hang, leak, or harm the next request', { timeout: 600_000 }, async () => {
  const failures = await fuzz({ seed: SEED, cases: CASES });
  const lines = failures.map(({ caseId, problem, input }) => `case ${caseId}: ${problem}\n  ${input}`);
  expect(lines.join('\n'), `npm run fuzz -- --seed ${SEED} --first <case> --cases 1`).toBe('');
});
