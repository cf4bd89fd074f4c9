import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row of the table in docs/verify-on-aws.md. */
export interface Row {
  readonly id: number;
  readonly claim: string;
  /** `script`, the option that the script takes for it, or `by hand`. */
  readonly by: string;
}

/** The rows of the page: what the script and the page have to agree on. */
export function rows(file = join(import.meta.dirname, '../../docs/verify-on-aws.md')): Row[] {
  return [...readFileSync(file, 'utf8').matchAll(/^\| (\d+) \| ([^|]+) \| ([^|]+) \|/gm)].map(([, id, claim, by]) => ({
    id: Number(id),
    claim: claim!.trim(),
    by: by!.trim().replaceAll('`', ''),
  }));
}
