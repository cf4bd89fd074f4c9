import { REGISTRY } from '../../src/private/contract.js';
import type {
  Registration,
  RegistrationDefinition,
  RegistrationItem,
  RegistrationType,
} from '../../src/private/registration.js';
import { registrationId } from '../../src/private/registration-id.js';
import { checkJsonDepth, MAX_JSON_DEPTH } from '../shared/json-depth.js';
import { log } from '../shared/log.js';

/** Most levels of a stored definition. More than a registration can have: schemas that are converted can gain levels. */
const MAX_STORED_DEPTH = 2 * MAX_JSON_DEPTH;

/** The owner of a registration: the Registration API, or a custom resource of a stack. */
export type Owner =
  | { readonly owner: 'api' }
  | { readonly owner: 'cdk'; readonly ownerStack: string; readonly ownerResource: string };

/** The key of a registration in the registry. */
export interface RegistrationKey {
  readonly type: RegistrationType;
  readonly name: string;
}

/** The types of registrations, in the order of registration ids. */
export const TYPES: readonly RegistrationType[] = ['prompt', 'resource', 'tool'];

/** Parses a registration id; undefined if it is invalid. */
export function keyOf(id: string): RegistrationKey | undefined {
  const match = /^(prompt|resource|tool)-([A-Za-z0-9_.-]{1,128})$/.exec(id);
  return match ? { type: match[1] as RegistrationType, name: match[2]! } : undefined;
}

export function idOf({ type, name }: RegistrationKey): string {
  return registrationId(type, name);
}

/**
 * Returns the item that stores a definition.
 *
 * @param previous the item that it replaces, if any
 * @param takenFrom JSON that restores the item of another custom resource if its take-over is undone
 */
export function toItem(
  definition: RegistrationDefinition,
  owner: Owner,
  previous?: RegistrationItem,
  takenFrom?: string,
): RegistrationItem {
  const now = new Date().toISOString();
  return {
    type: definition.type,
    name: definition.name,
    schemaVersion: definition.access ? REGISTRY.SCHEMA_VERSION : REGISTRY.OPEN_SCHEMA_VERSION,
    definition: JSON.stringify(definition),
    lambdaArn: definition.lambdaArn,
    ...owner,
    ...(takenFrom === undefined ? {} : { takenFrom }),
    createdAt: previous?.createdAt ?? now,
    updatedAt: now,
    revision: (previous?.revision ?? 0) + 1,
  };
}

/** Returns the ARNs of the functions that a registration invokes. */
export function functionsOf(item: RegistrationItem): string[] {
  const { lambdaArn, completionHandler } = definitionOf(item);
  return [...new Set(completionHandler === undefined ? [lambdaArn] : [lambdaArn, completionHandler])];
}

/**
 * Returns the definition that an item stores.
 *
 * @throws if it is not JSON, or nested too deeply
 */
export function definitionOf(item: RegistrationItem): RegistrationDefinition {
  checkJsonDepth(item.definition, MAX_STORED_DEPTH);
  return JSON.parse(item.definition) as RegistrationDefinition;
}

/** Converts a stored item to a registration. */
export function toRegistration(item: RegistrationItem, shadowedBy?: string): Registration {
  const { type, name, owner, createdAt, updatedAt, revision } = item;
  return {
    id: registrationId(type, name),
    ...definitionOf(item),
    owner,
    createdAt,
    updatedAt,
    revision,
    ...(shadowedBy === undefined ? {} : { shadowedBy }),
  };
}

/** Reads items one by one. Logs and skips those that cannot be read, so that the others stay available. */
export function readEach<T>(items: readonly RegistrationItem[], read: (item: RegistrationItem) => T): T[] {
  return items.flatMap((item) => {
    try {
      return [read(item)];
    } catch (error) {
      log.error('skipping an unreadable registration', { error: error as Error, type: item.type, name: item.name });
      return [];
    }
  });
}
