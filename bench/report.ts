/** The value below which the given share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

/** Returns a Markdown table. */
export function markdownTable(head: string[], rows: Array<Array<string | number>>): string {
  const line = (cells: Array<string | number>) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Prints a Markdown table. */
export function table(head: string[], rows: Array<Array<string | number>>): void {
  console.log(markdownTable(head, rows));
}

/** Whether a module is the program that runs, and not imported by another. */
export const isMain = (path: string) => process.argv[1]?.endsWith(path) ?? false;
