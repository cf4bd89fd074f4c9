/**
 * Creates, replaces and removes API registrations, always in the same order: add permissions, write the item, raise the registry
 * revision, release unused permissions. If a request is interrupted after any step, readers see the old registration or the new one,
 * and a retry of the request completes the work.
 */
import type { RegistrationDefinition, RegistrationItem } from '../../src/private/registration.js';
import { note } from '../audit/notes.js';
import { definitionOf, functionsOf, idOf, type RegistrationKey, toItem } from '../registry/item.js';
import { addressOf } from '../registry/precedence.js';
import { all, find, insert, remove as removeItem, replace as replaceItem, touchRevision } from '../registry/store.js';
import type { ErrorDetail } from '../shared/http.js';
import { log } from '../shared/log.js';
import { matches } from './entity-tag.js';
import { acquire, reconcile } from './permissions.js';
import { registrableProblem } from './registrable.js';
import { RegistrationError } from './request-error.js';

/** Attempts at a conditional write while other requests change the same registration. */
const MAX_ATTEMPTS = 5;
const NOT_REGISTRABLE = 'the function cannot be registered';

export async function create(definition: RegistrationDefinition): Promise<RegistrationItem> {
  const existing = await find(definition);
  if (existing) throw await conflictWith(existing, definition);
  checkRegistrable(definition);
  await checkAddress(definition);
  const item = toItem(definition, { owner: 'api' });
  await acquireAll(item);
  if (!(await insert(item))) {
    await reconcile(item);
    throw alreadyExists(item);
  }
  note({ after: item });
  await touchRevision();
  await reconcile(item).catch((error: unknown) => logUnreleased(error, item));
  return item;
}

export async function replace(
  key: RegistrationKey,
  definition: RegistrationDefinition,
  ifMatch: string | undefined,
): Promise<RegistrationItem> {
  const previous = await current(key, ifMatch);
  checkRegistrable(definition);
  await checkAddress(definition);
  const item = await overwrite(previous, definition, ifMatch);
  await touchRevision();
  await reconcile(key);
  return item;
}

export async function remove(key: RegistrationKey, ifMatch: string | undefined): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const item = await find(key);
    if (!item) {
      // an earlier request may have been interrupted after it removed the item
      if (!(await reconcile(key))) throw notFound(key);
      await touchRevision();
      return;
    }
    checkWritable(item, ifMatch);
    if (!(await removeItem(item))) continue;
    note({ before: item });
    await touchRevision();
    await reconcile(key);
    return;
  }
  throw concurrentChanges(key);
}

/** Returns a registration. Throws if it does not exist. */
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
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const item = toItem(definition, { owner: 'api' }, previous);
    await acquireAll(item);
    if (await replaceItem(item, previous)) {
      note({ before: previous, after: item });
      return item;
    }
    try {
      previous = await current(item, ifMatch);
    } catch (error) {
      // what an interrupted removal left is released here, so its repetition cannot raise the revision any more
      if (await reconcile(item)) await touchRevision();
      throw error;
    }
  }
  await reconcile(first);
  throw concurrentChanges(first);
}

async function current(key: RegistrationKey, ifMatch: string | undefined): Promise<RegistrationItem> {
  const item = await get(key);
  checkWritable(item, ifMatch);
  return item;
}

function checkWritable(item: RegistrationItem, ifMatch: string | undefined): void {
  if (item.owner !== 'api') throw declaredByStack(item);
  if (!matches(ifMatch, item)) {
    throw new RegistrationError(412, `${idOf(item)} has changed: read it again and send its current ETag as If-Match`);
  }
}

/** Acquires the permissions for all functions of a registration. If one fails, releases those that were added. */
async function acquireAll(item: RegistrationItem): Promise<void> {
  const refused = new Map<string, RegistrationError>();
  try {
    for (const functionArn of functionsOf(item)) {
      await acquire(functionArn, idOf(item)).catch((error: unknown) => {
        if (!(error instanceof RegistrationError)) throw error;
        refused.set(functionArn, error);
        if (error.statusCode !== 400) throw error;
      });
    }
    if (refused.size > 0) throw notRegistrable(item, refused);
  } catch (error) {
    await reconcile(item, [...refused.keys()]).catch((failure: unknown) => logUnreleased(failure, item));
    throw error;
  }
}

function notRegistrable(item: RegistrationItem, refused: ReadonlyMap<string, Error>): RegistrationError {
  const details = [...refused].map(([functionArn, { message }]) => ({
    path: functionArn === item.lambdaArn ? '/lambdaArn' : '/completionHandler',
    message,
  }));
  return new RegistrationError(400, NOT_REGISTRABLE, details);
}

function logUnreleased(error: unknown, key: RegistrationKey): void {
  log.warn('releasing unused permissions failed', { error, id: idOf(key) });
}

function checkRegistrable({ lambdaArn, completionHandler }: RegistrationDefinition): void {
  const problems = [
    registrableProblem(lambdaArn, '/lambdaArn'),
    completionHandler === undefined ? undefined : registrableProblem(completionHandler, '/completionHandler'),
  ];
  const details = problems.filter((problem): problem is ErrorDetail => problem !== undefined);
  if (details.length > 0) throw new RegistrationError(400, NOT_REGISTRABLE, details);
}

/** Rejects a URI or URI template that another enabled resource has. */
async function checkAddress(definition: RegistrationDefinition): Promise<void> {
  if (definition.type !== 'resource' || definition.enabled === false) return;
  const address = addressOf(definition);
  for (const other of await all('resource')) {
    const { enabled, ...existing } = definitionOf(other);
    if (other.name === definition.name || enabled === false || addressOf(existing) !== address) continue;
    const [what, value] = existing.uri === undefined ? ['template', existing.uriTemplate] : ['URI', existing.uri];
    throw conflict(`${idOf(other)} has the same ${what} ${value}: choose another one. ${ownerOf(other)}`);
  }
}

async function conflictWith(
  existing: RegistrationItem,
  definition: RegistrationDefinition,
): Promise<RegistrationError> {
  if (existing.owner !== 'api') return declaredByStack(existing);
  // an earlier attempt of the same request may have been interrupted after it wrote the item, before it raised the revision
  if (JSON.stringify(definitionOf(existing)) === JSON.stringify(definition)) await touchRevision();
  return alreadyExists(existing);
}

function alreadyExists(key: RegistrationKey): RegistrationError {
  const id = idOf(key);
  return conflict(`${id} already exists: change it with PUT /register/${id}`);
}

function declaredByStack(item: RegistrationItem): RegistrationError {
  return conflict(`${ownerOf(item)}: change it there`);
}

function ownerOf(item: RegistrationItem): string {
  if (item.owner === 'api') return `${idOf(item)} was registered through the Registration API`;
  const stack = item.ownerStack?.split('/')[1] ?? 'a stack';
  return `${idOf(item)} is declared by CloudFormation (stack ${stack}, resource ${item.ownerResource})`;
}

function conflict(message: string): RegistrationError {
  return new RegistrationError(409, message);
}

function notFound(key: RegistrationKey): RegistrationError {
  return new RegistrationError(404, `registration ${idOf(key)} does not exist`);
}

function concurrentChanges(key: RegistrationKey): RegistrationError {
  return new RegistrationError(409, `${idOf(key)} is being changed by other requests: try again`);
}
