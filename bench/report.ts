/** The value below which the given share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

/** Prints a Markdown table. */
export function table(head: string[], rows: Array<Array<string | number>>): void {
  const line = (cells: Array<string | number>) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

/** Whether a module is the program that runs, and not imported by another. */
export const isMain = (path: string) => process.argv[1]?.endsWith(path) ?? false;
