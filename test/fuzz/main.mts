/** `npm run fuzz -- [--cases 100000] [--seed 1] [--first 0] [--workers 2]`: the nightly run. Exits with 1 if a case fails. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.js';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    first: { type: 'string', default: '0' },
    workers: { type: 'string', default: '2' },
  },
});
const [cases, seed, first, workers] = [values.cases, values.seed, values.first, values.workers].map(Number);
console.log(`seed ${seed}, ${cases} cases`);
const started = Date.now();
const failures = await fuzz({
  cases: cases!,
  seed: seed!,
  first,
  workers,
  onProgress: (done) => {
    if (done % 1_000 === 0) console.log(`${done} cases, ${Math.round((Date.now() - started) / 1000)} s`);
  },
});
for (const { caseId, target, problem, input } of failures) {
  console.log(
    `\ncase ${caseId} (${target}): ${problem}\n  input: ${input}\n  npm run fuzz -- --seed ${seed} --first ${caseId} --cases 1`,
  );
}
console.log(`\n${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
