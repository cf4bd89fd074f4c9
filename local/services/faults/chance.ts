import { createHash } from 'node:crypto';

/**
 * Returns the same number from 0 to 1 for the same seed and parts. Decisions by such numbers do not depend on the order in which concurrent
 * callers make their calls.
 */
export function chance(seed: number, ...parts: readonly (string | number)[]): number {
  const digest = createHash('sha256')
    .update([seed, ...parts].join('\0'))
    .digest();
  return digest.readUInt32BE() / 2 ** 32;
}
