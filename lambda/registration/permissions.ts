/**
 * Which functions let the server invoke them, kept in step with the registrations: one statement per function, there from
 * its first registration to its last. Each step can be the last one that happens; `settle` puts right whatever is left.
 */
import type { RegistrationItem } from '../../src/private/registration.js';
import { log } from '../shared/log.js';
import * as records from './function-records.js';
import { functionsOf, idOf, type RegistrationKey } from './item.js';
import { Refusal } from './refusal.js';
import { addStatement, removeStatement } from './statements.js';
import { find } from './store.js';

/** Rounds after which changes by others are left to those others. */
const ROUNDS = 5;

/** Gets a registration the permission to invoke a function. Noted first: what is noted can be cleaned up. */
export async function hold(functionArn: string, id: string): Promise<void> {
  await records.add(functionArn, id);
  await addStatement(functionArn);
}

/**
 * Makes the permissions held for a registration those that it needs now. Whether there were others, which a request that
 * broke off had left.
 */
export async function settle(key: RegistrationKey): Promise<boolean> {
  const id = idOf(key);
  let released = false;
  for (let round = 0; round < ROUNDS; round++) {
    const needed = neededBy(await find(key));
    const held = await records.heldBy(id);
    const superfluous = held.filter((functionArn) => !needed.includes(functionArn));
    for (const functionArn of needed) if (!held.includes(functionArn)) await hold(functionArn, id);
    for (const functionArn of superfluous) await release(functionArn, id);
    if (superfluous.length === 0) break;
    released = true; // look again: another writer may have come to need what was just released
  }
  return released;
}

/** Declared registrations are permitted by the template. */
function neededBy(item: RegistrationItem | undefined): string[] {
  return item?.owner === 'api' ? functionsOf(item) : [];
}

async function release(functionArn: string, id: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    if (await records.neededByOthers(functionArn, id)) {
      await restoreStatement(functionArn);
      if (await records.removeAmongOthers(functionArn, id)) return;
    } else {
      await removeStatement(functionArn);
      if (await records.removeWhole(functionArn, id)) return;
    }
  }
  throw new Error(`the permissions of ${functionArn} change too often`);
}

/** An earlier release may have broken off between the statement and its record. Here nobody waits for the function itself. */
async function restoreStatement(functionArn: string): Promise<void> {
  try {
    await addStatement(functionArn);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    log.warn('a function that is registered cannot be permitted any more', { functionArn, reason: error.message });
  }
}
