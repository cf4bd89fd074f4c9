/**
 * Which functions let the server invoke them, kept in step with the registrations: one statement per function, there from
 * its first registration to its last. Each step can be the last one that happens; `settle` puts right whatever is left.
 */
import type { RegistrationItem } from '../../src/private/registration.js';
import { functionsOf, idOf, type RegistrationKey } from '../registry/item.js';
import { find } from '../registry/store.js';
import { log } from '../shared/log.js';
import * as records from './function-records.js';
import { RegistrationError } from './request-error.js';
import { addStatement, removeStatement } from './statements.js';

/** Rounds in which to come to an end while others change the same. */
const ROUNDS = 8;

/** Gets a registration the permission to invoke a function. Noted first: what is noted can be cleaned up. */
export async function acquire(functionArn: string, id: string): Promise<void> {
  await records.add(functionArn, id);
  await addStatement(functionArn);
}

/**
 * Makes the permissions held for a registration those that it needs now. Whether there were others, which a request that
 * broke off had left.
 */
export async function reconcile(key: RegistrationKey): Promise<boolean> {
  const id = idOf(key);
  for (let round = 0; round < ROUNDS; round++) {
    const needed = neededBy(await find(key));
    const held = await records.heldBy(id);
    const superfluous = held.filter((functionArn) => !needed.includes(functionArn));
    for (const functionArn of needed) if (!held.includes(functionArn)) await acquire(functionArn, id);
    for (const functionArn of superfluous) await release(functionArn, id);
    // else look again: meanwhile another writer may have come to need what was just released
    if (superfluous.length === 0) return round > 0;
  }
  throw new Error(`the permissions of ${id} change too often`);
}

/** Declared registrations are permitted by the template. */
function neededBy(item: RegistrationItem | undefined): string[] {
  return item?.owner === 'api' ? functionsOf(item) : [];
}

/** Takes a permission back. Where another registration joins or leaves the function meanwhile, the next round of `settle` does it. */
async function release(functionArn: string, id: string): Promise<void> {
  if (await records.neededByOthers(functionArn, id)) {
    await restoreStatement(functionArn);
    await records.removeAmongOthers(functionArn, id);
  } else {
    await removeStatement(functionArn);
    await records.removeWhole(functionArn, id);
  }
}

/** An earlier release may have broken off between the statement and its record. Here nobody waits for the function itself. */
async function restoreStatement(functionArn: string): Promise<void> {
  try {
    await addStatement(functionArn);
  } catch (error) {
    if (!(error instanceof RegistrationError)) throw error;
    log.warn('a function that is registered cannot be permitted any more', { functionArn, reason: error.message });
  }
}
