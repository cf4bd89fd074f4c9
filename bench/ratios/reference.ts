import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { markdownTable } from '../report';
import type { References } from './compare';
import type { Ratio } from './ratio';

/** The content of bench/ratios.json. */
export interface ReferenceFile {
  /** Date of the last measurement, YYYY-MM-DD. */
  readonly measured: string;
  readonly benchmarks: Readonly<Record<string, References>>;
}

export const REFERENCE = 'bench/ratios.json';
/** The page that shows the reference, between these comments. */
const PAGE = 'bench/RESULTS.md';
const TABLE = /(<!-- ratios of npm run bench -->\n\n)[\s\S]*?(\n\n<!-- end of ratios -->)/;

export function readReference(): ReferenceFile {
  if (!existsSync(REFERENCE)) return { measured: '', benchmarks: {} };
  return JSON.parse(readFileSync(REFERENCE, 'utf8')) as ReferenceFile;
}

/** Writes the reference, and the page that shows it. */
export function writeReference(file: ReferenceFile): void {
  writeFileSync(REFERENCE, `${JSON.stringify(file, undefined, 2)}\n`);
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    page.replace(
      TABLE,
      (_, start: string, end: string) => `${start}Measured on ${file.measured}:\n\n${referenceTable(file)}${end}`,
    ),
  );
}

/** Returns ratios as they are in the reference. */
export function toReferences(ratios: readonly Ratio[]): References {
  const round = (ratio: number) => Number(ratio.toFixed(3));
  return Object.fromEntries(
    ratios.map(({ name, peer, median, p99 }) => [
      name,
      { peer, median: round(median), ...(p99 !== undefined && { p99: round(p99) }) },
    ]),
  );
}

/** Returns the reference as a Markdown table. */
export function referenceTable({ benchmarks }: ReferenceFile): string {
  return markdownTable(
    ['benchmark', 'measured', 'peer', 'ratio of medians', 'ratio of p99'],
    Object.entries(benchmarks).flatMap(([benchmark, ratios]) =>
      Object.entries(ratios).map(([name, { peer, median, p99 }]) => [
        benchmark,
        name,
        peer,
        median.toFixed(2),
        p99?.toFixed(2) ?? '',
      ]),
    ),
  );
}
