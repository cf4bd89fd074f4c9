import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceDeleteEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';
import { CUSTOM_RESOURCE_PROPERTY, ENV } from '../../src/private/contract.js';
import type { RegistrationDefinition, RegistrationItem } from '../../src/private/registration.js';
import { parseFunctionArn, validateRegistration } from '../../src/private/validation/index.js';
import { idOf, keyOf, type Owner, type RegistrationKey, toItem } from '../registry/item.js';
import { find, insert, remove, replace, touchRevision } from '../registry/store.js';
import { requireEnv } from '../shared/env.js';
import { regionProblem } from './function-location.js';
import { RegistrationError } from './request-error.js';

type Declaration = CloudFormationCustomResourceCreateEvent | CloudFormationCustomResourceUpdateEvent;
type Properties = Record<string, unknown>;
type StackOwner = Extract<Owner, { owner: 'cdk' }>;

const ROUNDS = 5;

/**
 * Registers what a custom resource declares. Under another name it is another resource with a physical id of its own, whose
 * predecessor CloudFormation deletes when the deployment has succeeded.
 */
export async function declare(event: Declaration): Promise<void> {
  const definition = definitionOf(event.ResourceProperties);
  const owner = ownerOf(event);
  await write(definition, owner, event.RequestId);
  if (event.RequestType === 'Update') await removeRemains(event, definition, owner);
  await touchRevision();
}

/** The physical id of a resource with these properties, `<server id>/<registration id>`; undefined where they do not give one. */
export function physicalIdFor(properties: Properties): string | undefined {
  const { type, name } = (parse(properties) ?? {}) as Partial<RegistrationKey>;
  const key = keyOf(`${type}-${name}`);
  return key && `${requireEnv(ENV.SERVER_ID)}/${idOf(key)}`;
}

/** Removes a declared registration, unless it belongs to somebody else by now. */
export async function undeclare(event: CloudFormationCustomResourceDeleteEvent): Promise<void> {
  const key = keyOf(event.PhysicalResourceId.split('/')[1] ?? '');
  if (!key) return; // of a creation that failed
  try {
    if (await giveUp(key, ownerOf(event))) await touchRevision();
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error; // the table is gone, and all that was in it
  }
}

async function write(definition: RegistrationDefinition, owner: StackOwner, request: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const existing = await find(definition);
    if (!existing) {
      if (await insert(toItem(definition, owner))) return;
      continue;
    }
    if (existing.owner !== 'cdk' || existing.ownerStack !== owner.ownerStack) throw belongsTo(existing);
    if (await replace(toItem(definition, owner, existing, takeOverOf(existing, owner, request)), existing)) return;
  }
  throw new Error(`${idOf(definition)} is being changed by others`);
}

/**
 * What to go back to if the resource is deleted before its predecessor is: a construct that was moved or renamed takes over its
 * registration, and when the deployment then fails, CloudFormation deletes the new resource and keeps the old one.
 */
interface TakeOver {
  /** Id of CloudFormation's request, which Lambda may repeat. */
  readonly request: string;
  readonly item: RegistrationItem;
}

function takeOverOf(existing: RegistrationItem, owner: StackOwner, request: string): string | undefined {
  if (existing.ownerResource !== owner.ownerResource) {
    return JSON.stringify({ request, item: { ...existing, takenFrom: undefined } } satisfies TakeOver);
  }
  // a request of a later deployment: in it, what the earlier one took over is final
  return readTakeOver(existing)?.request === request ? existing.takenFrom : undefined;
}

function readTakeOver({ takenFrom }: RegistrationItem): TakeOver | undefined {
  return takenFrom === undefined ? undefined : (JSON.parse(takenFrom) as TakeOver);
}

/** Ends the ownership of a registration; false where there was none. */
async function giveUp(key: RegistrationKey, { ownerStack, ownerResource }: StackOwner): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    const item = await find(key);
    if (item?.owner !== 'cdk' || item.ownerStack !== ownerStack) return false;
    const previous = readTakeOver(item)?.item;
    if (item.ownerResource === ownerResource) {
      if (previous ? await replace(restored(previous, item), item) : await remove(item)) return true;
    } else {
      if (previous?.ownerResource !== ownerResource) return false;
      // the predecessor goes: the take-over is final
      if (await replace({ ...item, takenFrom: undefined, revision: item.revision + 1 }, item)) return false;
    }
  }
  throw new Error(`${idOf(key)} is being changed by others`);
}

function restored(previous: RegistrationItem, item: RegistrationItem): RegistrationItem {
  return { ...previous, updatedAt: new Date().toISOString(), revision: item.revision + 1 };
}

/**
 * An update to another name may have been registered and then have failed. CloudFormation never heard of that name: it now sends
 * the update back to the old one, and no deletion.
 */
async function removeRemains(
  event: CloudFormationCustomResourceUpdateEvent,
  definition: RegistrationDefinition,
  owner: StackOwner,
): Promise<void> {
  const { definition: old } = read(event.OldResourceProperties);
  if (!old || idOf(old) === idOf(definition)) return;
  if (event.PhysicalResourceId.split('/')[1] === idOf(definition)) await giveUp(old, owner);
}

function ownerOf({ StackId, LogicalResourceId }: { StackId: string; LogicalResourceId: string }) {
  return { owner: 'cdk', ownerStack: StackId, ownerResource: LogicalResourceId } as const;
}

function definitionOf(properties: Properties): RegistrationDefinition {
  const { definition, errors } = read(properties);
  if (errors) throw new RegistrationError(400, 'the registration is not valid', errors);
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
    return { errors: [{ path: '', message: `property ${CUSTOM_RESOURCE_PROPERTY.DEFINITION} is no JSON object` }] };
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

function belongsTo(existing: RegistrationItem): RegistrationError {
  const id = idOf(existing);
  return new RegistrationError(
    409,
    existing.owner === 'api'
      ? `${id} was registered through the Registration API: delete it there (DELETE /register/${id}), or choose another name`
      : `${id} belongs to resource ${existing.ownerResource} of ${existing.ownerStack}: remove it there, or choose another name`,
  );
}
