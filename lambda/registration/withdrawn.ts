/** Ends permissions that the owner of a function has withdrawn: the opt-in tag is gone, or `registrableFunctions` has changed. */
import { log } from '../shared/log.js';
import { allRecords, deleteWithdrawn } from './function-records.js';
import { isError } from './lambda-control.js';
import { forEach } from './lifecycle.js';
import { isAllowed } from './registrable.js';
import { removeStatement } from './statements.js';

/**
 * Removes the statement of each function that API registrations use and that may no longer be registered. The registrations stay: their
 * calls fail until they are deleted, or until the tag is back and the registration is sent again. Returns the number of removed statements.
 *
 * @param deadline epoch milliseconds
 */
export async function removeWithdrawn(deadline: number): Promise<number> {
  let removed = 0;
  const used = (await allRecords()).filter(({ registrations }) => registrations.length > 0);
  const records = new Map(used.map((record) => [record.functionArn, record.registrations]));
  await forEach([...records.keys()], deadline, async (functionArn) => {
    try {
      if (await isAllowed(functionArn)) return;
      const registrations = records.get(functionArn)!;
      if (await removeStatement(functionArn)) {
        removed += 1;
        await deleteWithdrawn({ functionArn, registrations });
      }
      log.warn('the owner of a function has withdrawn it: delete its registrations', { functionArn, registrations });
    } catch (error) {
      if (isError(error, 'ResourceNotFoundException')) return; // the function no longer exists
      log.warn('checking whether a function may still be invoked failed', { error: error as Error, functionArn });
    }
  });
  return removed;
}
