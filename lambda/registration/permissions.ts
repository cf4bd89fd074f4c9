/**
 * Permissions to invoke the functions of API registrations: one statement per function, from its first registration to its last.
 * A request can be interrupted after any step; `reconcile()` corrects what it leaves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistrationItem } from '../../src/private/registration.js';
import { functionsOf, idOf, type RegistrationKey } from '../registry/item.js';
import { find } from '../registry/store.js';
import { log } from '../shared/log.js';
import * as records from './function-records.js';
import { RegistrationError } from './request-error.js';
import { addStatement, removeStatement } from './statements.js';

/** Passes of `reconcile()` while other requests change the same registration. */
const MAX_PASSES = 8;
/** Attempts to record a registration while the sweeper removes the statement of its function, and the first pause between them. */
const MAX_ATTEMPTS = 4;
const PAUSE_MS = 300;

/** Lets the server invoke a function for a registration. Writes the record first, so that the permission can be cleaned up. */
export async function acquire(functionArn: string, id: string): Promise<void> {
  for (let attempt = 1; !(await records.addRegistration(functionArn, id)); attempt++) {
    // the sweeper is removing the statement of the function, which had no registrations
    if (attempt === MAX_ATTEMPTS)
      throw new RegistrationError(409, `${functionArn} is being changed: try again in a minute`);
    await sleep(PAUSE_MS * attempt);
  }
  await addStatement(functionArn);
}

/**
 * Adds the missing permissions of a registration and releases the unused ones. Returns whether there were unused permissions, such
 * as those of an interrupted request.
 *
 * @param refused functions to which no permission could be added, so that there is none to remove
 */
export async function reconcile(key: RegistrationKey, refused: readonly string[] = []): Promise<boolean> {
  const id = idOf(key);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const required = requiredFunctions(await find(key));
    const recorded = await records.functionsUsedBy(id);
    const unused = recorded.filter((functionArn) => !required.includes(functionArn));
    for (const functionArn of required) if (!recorded.includes(functionArn)) await acquire(functionArn, id);
    for (const functionArn of unused) await release(functionArn, id, refused.includes(functionArn));
    // after a release, check again: another request may have started to use the function
    if (unused.length === 0) return pass > 0;
  }
  throw new Error(`the permissions of ${id} are being changed by other requests`);
}

/** The functions that need a statement. For declared registrations, the template grants the permission. */
function requiredFunctions(item: RegistrationItem | undefined): string[] {
  return item?.owner === 'api' ? functionsOf(item) : [];
}

/** Releases a permission. If another registration starts or stops using the function meanwhile, the next pass corrects the result. */
async function release(functionArn: string, id: string, refused: boolean): Promise<void> {
  if (await records.usedByOthers(functionArn, id)) {
    await restoreStatement(functionArn);
    await records.removeRegistration(functionArn, id);
  } else {
    if (refused && (await records.deleteRefused(functionArn, id))) return;
    if (!refused) await removeStatement(functionArn);
    await records.removeLastRegistration(functionArn, id);
  }
}

/**
 * Adds the statement that an interrupted release may have removed. A failure is only logged: the current request does not depend on
 * this function.
 */
async function restoreStatement(functionArn: string): Promise<void> {
  try {
    await addStatement(functionArn);
  } catch (error) {
    if (!(error instanceof RegistrationError)) throw error;
    log.warn('restoring the permission of a registered function failed', { functionArn, reason: error.message });
  }
}
