import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceDeleteEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';
import { CUSTOM_RESOURCE_PROPERTY, ENV } from '../../src/private/contract.js';
import type { RegistrationDefinition, RegistrationItem } from '../../src/private/registration.js';
import { parseFunctionArn, validateRegistration } from '../../src/private/validation/index.js';
import { note } from '../audit/notes.js';
import {
  idOf,
  keyOf,
  type Owner,
  type RegistrationKey,
  definitionOf as storedDefinition,
  toItem,
} from '../registry/item.js';
import { find, insert, remove, replace, touchRevision } from '../registry/store.js';
import { requireEnv } from '../shared/env.js';
import { regionProblem } from './function-location.js';
import { RegistrationError } from './request-error.js';

type Declaration = CloudFormationCustomResourceCreateEvent | CloudFormationCustomResourceUpdateEvent;
type Properties = Record<string, unknown>;
type StackOwner = Extract<Owner, { owner: 'cdk' }>;

/** Attempts at a conditional write while other requests change the same registration. */
const MAX_ATTEMPTS = 5;

/**
 * Creates or updates the registration that a custom resource declares. A new name results in a new physical id: CloudFormation
 * deletes the old one when the deployment has succeeded.
 */
export async function declare(event: Declaration): Promise<void> {
  const definition = definitionOf(event.ResourceProperties);
  const owner = ownerOf(event);
  await write(definition, owner, event.RequestId);
  if (event.RequestType === 'Update') await removeFailedRename(event, definition, owner);
  await touchRevision();
}

/** Physical id of a resource, `<server id>/<registration id>`; undefined if its properties have no valid type and name. */
export function physicalIdFor(properties: Properties): string | undefined {
  const { type, name } = (parse(properties) ?? {}) as Partial<RegistrationKey>;
  const key = typeof type === 'string' && typeof name === 'string' ? keyOf(`${type}-${name}`) : undefined;
  return key && `${requireEnv(ENV.SERVER_ID)}/${idOf(key)}`;
}

/** Removes a declared registration, unless it now has another owner. */
export async function undeclare(event: CloudFormationCustomResourceDeleteEvent): Promise<void> {
  const key = keyOf(event.PhysicalResourceId.split('/')[1] ?? '');
  if (!key) return; // the id of a failed creation
  try {
    await releaseOwnership(key, ownerOf(event));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error; // the table no longer exists
  }
}

async function write(definition: RegistrationDefinition, owner: StackOwner, request: string): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const existing = await find(definition);
    if (!existing) {
      const item = toItem(definition, owner);
      if (await insert(item)) return note({ after: item });
      continue;
    }
    if (existing.owner !== 'cdk' || existing.ownerStack !== owner.ownerStack) throw ownedByOther(existing);
    const item = toItem(definition, owner, existing, takeoverOf(existing, owner, request));
    if (await replace(item, existing)) return note({ before: existing, after: item });
  }
  throw concurrentChanges(definition);
}

/**
 * The previous state of a registration that another resource of the stack has taken over. A construct that was moved or renamed
 * takes over its registration. If that deployment fails, CloudFormation deletes the new resource and keeps the old one.
 */
interface Takeover {
  /** Id of the CloudFormation request. Lambda may repeat a request. */
  readonly request: string;
  readonly item: RegistrationItem;
}

function takeoverOf(existing: RegistrationItem, owner: StackOwner, request: string): string | undefined {
  if (existing.ownerResource !== owner.ownerResource) {
    return JSON.stringify({ request, item: { ...existing, takenFrom: undefined } } satisfies Takeover);
  }
  // an update by a later deployment makes the takeover final
  return readTakeover(existing)?.request === request ? existing.takenFrom : undefined;
}

function readTakeover({ takenFrom }: RegistrationItem): Takeover | undefined {
  return takenFrom === undefined ? undefined : (JSON.parse(takenFrom) as Takeover);
}

/** Ends a resource's ownership of a registration: removes it, or restores its previous state. Raises the revision if clients see it. */
async function releaseOwnership(key: RegistrationKey, { ownerStack, ownerResource }: StackOwner): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const item = await find(key);
    if (item?.owner !== 'cdk' || item.ownerStack !== ownerStack) return;
    const previous = readTakeover(item)?.item;
    if (item.ownerResource === ownerResource) {
      const next = changed(previous ?? disabled(item), item);
      if (!(await replace(next, item))) continue;
      note({ before: item, after: previous });
      await touchRevision();
      // last: until the revision is raised, a repetition of this request has to find the item
      if (!previous) await remove(next);
      return;
    }
    // an earlier attempt of this request may have restored the previous state and failed to raise the revision
    if (previous?.ownerResource !== ownerResource) return touchRevision();
    // the predecessor is deleted: the takeover is final
    if (await replace({ ...item, takenFrom: undefined, revision: item.revision + 1 }, item)) return;
  }
  throw concurrentChanges(key);
}

/** The item without effect for clients. */
function disabled(item: RegistrationItem): RegistrationItem {
  return { ...item, definition: JSON.stringify({ ...storedDefinition(item), enabled: false }) };
}

function changed(next: RegistrationItem, item: RegistrationItem): RegistrationItem {
  return { ...next, updatedAt: new Date().toISOString(), revision: item.revision + 1 };
}

/**
 * Removes the registration that a failed rename wrote. CloudFormation has not received its physical id: it sends an update back to
 * the old name, but no deletion of the new one.
 */
async function removeFailedRename(
  event: CloudFormationCustomResourceUpdateEvent,
  definition: RegistrationDefinition,
  owner: StackOwner,
): Promise<void> {
  const { definition: old } = read(event.OldResourceProperties);
  if (!old || idOf(old) === idOf(definition)) return;
  if (event.PhysicalResourceId.split('/')[1] === idOf(definition)) await releaseOwnership(old, owner);
}

function ownerOf({ StackId, LogicalResourceId }: { StackId: string; LogicalResourceId: string }) {
  return { owner: 'cdk', ownerStack: StackId, ownerResource: LogicalResourceId } as const;
}

function definitionOf(properties: Properties): RegistrationDefinition {
  const { definition, errors } = read(properties);
  if (errors) throw new RegistrationError(400, 'invalid registration', errors);
  const arns = [definition.lambdaArn, definition.completionHandler].filter((arn) => arn !== undefined);
  for (const arn of arns) {
    const problem = regionProblem(parseFunctionArn(arn)!);
    if (problem) throw new RegistrationError(400, problem);
  }
  return definition;
}

function read(properties: Properties): ReturnType<typeof validateRegistration> {
  const declared = parse(properties);
  if (declared === undefined) {
    return { errors: [{ path: '', message: `property ${CUSTOM_RESOURCE_PROPERTY.DEFINITION} is not a JSON object` }] };
  }
  const completionHandler = properties[CUSTOM_RESOURCE_PROPERTY.COMPLETION_FUNCTION_ARN];
  return validateRegistration({
    ...declared,
    lambdaArn: properties[CUSTOM_RESOURCE_PROPERTY.FUNCTION_ARN],
    ...(completionHandler === undefined ? {} : { completionHandler }),
  });
}

function parse(properties: Properties): object | undefined {
  try {
    const declared: unknown = JSON.parse(String(properties[CUSTOM_RESOURCE_PROPERTY.DEFINITION]));
    return typeof declared === 'object' && declared !== null ? declared : undefined;
  } catch {
    return undefined;
  }
}

function concurrentChanges(key: RegistrationKey): Error {
  return new Error(`${idOf(key)} is being changed by other requests: deploy again`);
}

function ownedByOther(existing: RegistrationItem): RegistrationError {
  const id = idOf(existing);
  return new RegistrationError(
    409,
    existing.owner === 'api'
      ? `${id} was registered through the Registration API: delete it there (DELETE /register/${id}), or choose another name`
      : `${id} belongs to resource ${existing.ownerResource} of ${existing.ownerStack}: remove it there, or choose another name`,
  );
}
