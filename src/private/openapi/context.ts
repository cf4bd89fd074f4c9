import type { Documents } from './documents';
import type { Findings } from './findings';

/** What the conversion of one operation needs. */
export interface ConversionContext {
  readonly documents: Documents;
  readonly findings: Findings;
}
