/**
 * `npm run bench` measures all ratios and writes them as the reference: bench/ratios.json, and its table in bench/RESULTS.md.
 * `npm run bench:check` measures them with fewer runs, and fails if one is more than a fifth above its reference. `--only mcp,sse` selects
 * benchmarks.
 */
import { parseArgs } from 'node:util';
import { table } from '../report';
import { type Comparison, check, fails, type References } from './compare';
import type { Benchmark } from './ratio';
import { REFERENCE, readReference, referenceTable, toReferences, writeReference } from './reference';
import { SUITE } from './suite';

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, only: { type: 'string' } } });
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !SUITE.some((benchmark) => benchmark.name === name)) ?? [];
  if (unknown.length > 0) {
    console.error(`invalid --only "${unknown.join()}": expected some of ${SUITE.map(({ name }) => name).join()}`);
    return 2;
  }
  const benchmarks = SUITE.filter(({ name }) => only?.includes(name) ?? true);
  return values.check ? checkAll(benchmarks) : write(benchmarks);
}

/** Compares all benchmarks with their references. Returns the exit code. */
async function checkAll(benchmarks: readonly Benchmark[]): Promise<number> {
  const reference = readReference();
  const unmeasured = benchmarks.filter(({ name }) => reference.benchmarks[name] === undefined);
  if (unmeasured.length > 0) {
    console.error(
      `${REFERENCE} does not have ${unmeasured.map(({ name }) => name).join(', ')}: run npm run bench first`,
    );
    return 2;
  }
  const comparisons: Comparison[] = [];
  for (const { name, measure } of benchmarks) {
    console.error(`· measuring ${name}`);
    comparisons.push(...(await check(reference.benchmarks[name]!, () => measure('short'))));
  }
  table(
    ['name', 'of', 'reference', 'now', 'verdict'],
    comparisons.map(({ name, value, reference, now, verdict }) => [name, value, cell(reference), cell(now), verdict]),
  );
  const failed = comparisons.filter(fails);
  const compared = `a fifth above the reference of ${reference.measured}`;
  console.log();
  if (failed.length === 0) console.log(`none of ${comparisons.length} ratios is more than ${compared}`);
  else console.log(`${failed.length} of ${comparisons.length} ratios are missing, or more than ${compared}`);
  return failed.length === 0 ? 0 : 1;
}

/** Measures the reference, and writes it. */
async function write(benchmarks: readonly Benchmark[]): Promise<number> {
  const measured: Record<string, References> = {};
  for (const { name, measure } of benchmarks) {
    console.error(`· measuring ${name}`);
    measured[name] = toReferences(await measure('long'));
  }
  const known = readReference().benchmarks;
  const all = SUITE.flatMap(({ name }) => {
    const references = measured[name] ?? known[name];
    return references ? [[name, references] as const] : [];
  });
  const file = { measured: new Date().toISOString().slice(0, 10), benchmarks: Object.fromEntries(all) };
  writeReference(file);
  console.log(referenceTable(file));
  return 0;
}

const cell = (ratio: number | undefined) => ratio?.toFixed(2) ?? '';

void main().then((code) => {
  process.exitCode = code;
});
