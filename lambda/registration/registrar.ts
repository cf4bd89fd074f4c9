/**
 * Creating, replacing and removing registrations through the Registration API. Always in this order: the permission, the
 * item, the revision, the permissions that are not needed any more. Whichever step is the last one that happens,
 * a reader sees the old registration or the new one, and the same request sent again completes the work.
 */
import type { RegistrationDefinition, RegistrationItem } from '../../src/private/registration.js';
import { definitionOf, functionsOf, idOf, type RegistrationKey, toItem } from '../registry/item.js';
import { find, insert, remove as removeItem, replace as replaceItem, touchRevision } from '../registry/store.js';
import type { ErrorDetail } from '../shared/http.js';
import { log } from '../shared/log.js';
import { matches } from './entity-tag.js';
import { acquire, reconcile } from './permissions.js';
import { registrableProblem } from './registrable.js';
import { RegistrationError } from './request-error.js';

/** Rounds in which a writer without `If-Match` tries to be the last one. */
const ROUNDS = 5;

export async function create(definition: RegistrationDefinition): Promise<RegistrationItem> {
  const id = idOf(definition);
  const existing = await find(definition);
  if (existing) throw await alreadyThere(existing, definition);
  await checkRegistrable(definition);
  const item = toItem(definition, { owner: 'api' });
  await holdAll(item);
  if (!(await insert(item))) {
    await reconcile(item);
    throw conflict(`${id} exists already: change it with PUT /register/${id}`);
  }
  await touchRevision();
  await reconcile(item).catch((error: unknown) =>
    log.warn('permissions of an earlier registration are left', { error, id }),
  );
  return item;
}

export async function replace(
  key: RegistrationKey,
  definition: RegistrationDefinition,
  ifMatch: string | undefined,
): Promise<RegistrationItem> {
  const previous = await current(key, ifMatch);
  await checkRegistrable(definition);
  const item = await overwrite(previous, definition, ifMatch);
  await touchRevision();
  await reconcile(key);
  return item;
}

export async function remove(key: RegistrationKey, ifMatch: string | undefined): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const item = await find(key);
    if (!item) {
      // what an earlier request left that broke off after it had removed the item
      if (!(await reconcile(key))) throw notFound(key);
      await touchRevision();
      return;
    }
    checkWritable(item, ifMatch);
    if (!(await removeItem(item))) continue;
    await touchRevision();
    await reconcile(key);
    return;
  }
  throw tooManyWriters(key);
}

/** Fails unless there is such a registration. */
export async function get(key: RegistrationKey): Promise<RegistrationItem> {
  const item = await find(key);
  if (!item) throw notFound(key);
  return item;
}

async function overwrite(
  first: RegistrationItem,
  definition: RegistrationDefinition,
  ifMatch: string | undefined,
): Promise<RegistrationItem> {
  let previous = first;
  for (let round = 0; round < ROUNDS; round++) {
    const item = toItem(definition, { owner: 'api' }, previous);
    await holdAll(item);
    if (await replaceItem(item, previous)) return item;
    try {
      previous = await current(item, ifMatch);
    } catch (error) {
      await reconcile(item);
      throw error;
    }
  }
  await reconcile(first);
  throw tooManyWriters(first);
}

async function current(key: RegistrationKey, ifMatch: string | undefined): Promise<RegistrationItem> {
  const item = await get(key);
  checkWritable(item, ifMatch);
  return item;
}

function checkWritable(item: RegistrationItem, ifMatch: string | undefined): void {
  if (item.owner !== 'api') throw declared(item);
  if (!matches(ifMatch, item)) {
    throw new RegistrationError(412, `${idOf(item)} has changed since: read it again and send its ETag as If-Match`);
  }
}

/** Permissions for all functions of a registration; where one cannot be had, none that was not there before. */
async function holdAll(item: RegistrationItem): Promise<void> {
  try {
    for (const functionArn of functionsOf(item)) await acquire(functionArn, idOf(item));
  } catch (error) {
    await reconcile(item).catch((failure: unknown) =>
      log.warn('permissions are left', { error: failure, id: idOf(item) }),
    );
    throw error;
  }
}

async function checkRegistrable({ lambdaArn, completionHandler }: RegistrationDefinition): Promise<void> {
  const problems = await Promise.all([
    registrableProblem(lambdaArn, '/lambdaArn'),
    completionHandler === undefined ? undefined : registrableProblem(completionHandler, '/completionHandler'),
  ]);
  const details = problems.filter((problem): problem is ErrorDetail => problem !== undefined);
  if (details.length > 0) throw new RegistrationError(400, 'the function cannot be registered', details);
}

async function alreadyThere(
  existing: RegistrationItem,
  definition: RegistrationDefinition,
): Promise<RegistrationError> {
  if (existing.owner !== 'api') return declared(existing);
  // perhaps the same request came before and broke off after the item was written: readers have to hear of it
  if (JSON.stringify(definitionOf(existing)) === JSON.stringify(definition)) await touchRevision();
  const id = idOf(existing);
  return conflict(`${id} exists already: change it with PUT /register/${id}`);
}

function declared(item: RegistrationItem): RegistrationError {
  const stack = item.ownerStack?.split('/')[1] ?? 'a stack';
  return conflict(
    `${idOf(item)} is declared by CloudFormation (stack ${stack}, resource ${item.ownerResource}): change it there`,
  );
}

function conflict(message: string): RegistrationError {
  return new RegistrationError(409, message);
}

function notFound(key: RegistrationKey): RegistrationError {
  return new RegistrationError(404, `there is no registration ${idOf(key)}`);
}

function tooManyWriters(key: RegistrationKey): RegistrationError {
  return new RegistrationError(409, `${idOf(key)} is being changed by others: try again`);
}
