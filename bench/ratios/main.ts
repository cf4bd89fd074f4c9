/**
 * `npm run bench` measures all ratios and writes them as the reference, bench/ratios.json. `npm run bench:check` measures them with fewer
 * runs, and fails if one is more than a fifth above its reference. `--only mcp,sse` selects benchmarks.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { table } from '../report';
import { type Comparison, check, fails, type References } from './compare';
import type { Benchmark } from './ratio';
import { SUITE } from './suite';

/** The content of bench/ratios.json. */
interface ReferenceFile {
  /** Date of the last measurement, YYYY-MM-DD. */
  readonly measured: string;
  readonly benchmarks: Readonly<Record<string, References>>;
}

const REFERENCE = 'bench/ratios.json';

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
  const reference = read();
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
  const measured: Record<string, References> = { ...read().benchmarks };
  for (const { name, measure } of benchmarks) {
    console.error(`· measuring ${name}`);
    const ratios = await measure('long');
    const round = (ratio: number) => Number(ratio.toFixed(3));
    measured[name] = Object.fromEntries(
      ratios.map(({ name, peer, median, p99 }) => [
        name,
        { peer, median: round(median), ...(p99 !== undefined && { p99: round(p99) }) },
      ]),
    );
  }
  const rows = Object.values(measured).flatMap((ratios) => Object.entries(ratios));
  table(
    ['name', 'compared with', 'ratio of medians', 'ratio of p99'],
    rows.map(([name, { peer, median, p99 }]) => [name, peer, cell(median), cell(p99)]),
  );
  const file: ReferenceFile = { measured: new Date().toISOString().slice(0, 10), benchmarks: measured };
  writeFileSync(REFERENCE, `${JSON.stringify(file, undefined, 2)}\n`);
  return 0;
}

const cell = (ratio: number | undefined) => ratio?.toFixed(2) ?? '';

function read(): ReferenceFile {
  if (!existsSync(REFERENCE)) return { measured: '', benchmarks: {} };
  return JSON.parse(readFileSync(REFERENCE, 'utf8')) as ReferenceFile;
}

void main().then((code) => {
  process.exitCode = code;
});
