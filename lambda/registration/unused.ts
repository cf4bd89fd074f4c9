/** Ends permissions that no registration uses: those of requests that were interrupted, and whose client did not repeat them. */
import { functionsOf, idOf, TYPES } from '../registry/item.js';
import { all } from '../registry/store.js';
import { log } from '../shared/log.js';
import { addRegistration, allRecords, claim, deleteSwept, type FunctionRecord, prune } from './function-records.js';
import { forEach } from './lifecycle.js';
import { removeStatement } from './statements.js';

/** Time after the last change of a record in which a request or a repeated AWS call may still be running, milliseconds. */
const GRACE_MS = 300_000;

/**
 * Compares the function records with the registrations. Removes the statement and the record of each function that no API registration uses,
 * and corrects the records of the others. Returns the number of removed statements.
 *
 * @param deadline epoch milliseconds
 */
export async function removeUnused(deadline: number): Promise<number> {
  let removed = 0;
  const before = Date.now() - GRACE_MS;
  const unchanged = (await allRecords()).filter(({ changedAt = 0 }) => changedAt < before);
  if (unchanged.length === 0) return 0;
  // read after the records: a registration that is older than a record is among them
  const registrations = await registrationsByFunction();
  const records = new Map(unchanged.map((record) => [record.functionArn, record]));
  await forEach([...records.keys()], deadline, async (functionArn) => {
    try {
      if (await correct(records.get(functionArn)!, registrations.get(functionArn) ?? [])) removed += 1;
    } catch (error) {
      log.warn('removing an unused permission failed', { error: error as Error, functionArn });
    }
  });
  return removed;
}

/** Corrects a record. Returns whether a statement was removed. */
async function correct(record: FunctionRecord, registrations: readonly string[]): Promise<boolean> {
  const { functionArn, registrations: recorded } = record;
  if (registrations.length === 0) return removeStatementOf(record);
  const extra = recorded.filter((id) => !registrations.includes(id));
  if (extra.length > 0) await prune(record, extra);
  for (const id of registrations) if (!recorded.includes(id)) await addRegistration(functionArn, id);
  return false;
}

async function removeStatementOf(record: FunctionRecord): Promise<boolean> {
  const { functionArn } = record;
  const now = Date.now();
  if (!(await claim(record, now))) return false;
  const isRemoved = await removeStatement(functionArn, false);
  await deleteSwept(functionArn, now);
  if (isRemoved) log.warn('permission statement removed: no registration uses the function', { functionArn });
  return isRemoved;
}

/** The ids of the API registrations that use each function. */
async function registrationsByFunction(): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, string[]>();
  for (const item of (await Promise.all(TYPES.map(all))).flat()) {
    if (item.owner !== 'api') continue;
    for (const functionArn of functionsOf(item)) ids.set(functionArn, [...(ids.get(functionArn) ?? []), idOf(item)]);
  }
  return ids;
}
