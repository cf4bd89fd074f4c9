import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row of the table in docs/verify-on-aws.md. */
export interface Row {
  readonly id: number;
  readonly claim: string;
  /** `script`, the command-line option that enables the check, or `by hand`. */
  readonly by: string;
}

/** Reads the rows of the page, which must match the checks of the script. */
export function rows(file = join(import.meta.dirname, '../../docs/verify-on-aws.md')): Row[] {
  return [...readFileSync(file, 'utf8').matchAll(/^\| (\d+) \| ([^|]+) \| ([^|]+) \|[^|]+\|[^|]+\|$/gm)].map(
    ([, id, claim, by]) => ({
      id: Number(id),
      claim: claim!.trim(),
      by: by!.trim().replaceAll('`', ''),
    }),
  );
}
