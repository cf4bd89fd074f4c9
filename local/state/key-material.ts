import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns bytes for the key of an owner, such as `user/admin`. */
export type KeyMaterial = (owner: string, bytes: number) => Buffer;

/** Keys that differ with each start. */
export const randomMaterial: KeyMaterial = (_owner, bytes) => randomBytes(bytes);

const SEED_BYTES = 32;

/**
 * Keys that are the same at each start of a project, derived from a random seed of the user. Other users, and other projects, have other
 * keys.
 * @param project directory of the project
 */
export function projectMaterial(seed: Buffer, project: string): KeyMaterial {
  return (owner, bytes) => Buffer.from(hkdfSync('sha256', seed, project, owner, bytes));
}

/**
 * Reads the seed of the user, or creates it. Only the user can read the file.
 * @throws if the directory cannot be written
 */
export function userSeed(directory: string): Buffer {
  const file = join(directory, 'seed');
  const known = readSeed(file);
  if (known) return known;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomBytes(SEED_BYTES).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another runner has created it
  }
  const created = readSeed(file);
  if (!created) throw new Error(`${file} does not contain a seed: delete the file`);
  return created;
}

function readSeed(file: string): Buffer | undefined {
  try {
    const seed = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
    return seed.length === SEED_BYTES ? seed : undefined;
  } catch {
    return undefined;
  }
}
