import { REGISTRY } from '../../src/private/contract.js';
import type {
  Registration,
  RegistrationDefinition,
  RegistrationItem,
  RegistrationType,
} from '../../src/private/registration.js';
import { registrationId } from '../../src/private/registration-id.js';
/** Whose a registration is: the Registration API's, or a custom resource's of a stack. */
export type Owner =
  | { readonly owner: 'api' }
  | { readonly owner: 'cdk'; readonly ownerStack: string; readonly ownerResource: string };

/** Keys of a registration in the registry. */
export interface RegistrationKey {
  readonly type: RegistrationType;
  readonly name: string;
}

/** The types in the order of their ids. */
export const TYPES: readonly RegistrationType[] = ['prompt', 'resource', 'tool'];

/** The key behind an id; undefined for text that is none. */
export function keyOf(id: string): RegistrationKey | undefined {
  const match = /^(prompt|resource|tool)-([A-Za-z0-9_.-]{1,128})$/.exec(id);
  return match ? { type: match[1] as RegistrationType, name: match[2]! } : undefined;
}

export function idOf({ type, name }: RegistrationKey): string {
  return registrationId(type, name);
}

/** The item that stores a definition: a new one, or the successor of `previous`. */
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
    schemaVersion: REGISTRY.SCHEMA_VERSION,
    definition: JSON.stringify(definition),
    lambdaArn: definition.lambdaArn,
    ...owner,
    ...(takenFrom === undefined ? {} : { takenFrom }),
    createdAt: previous?.createdAt ?? now,
    updatedAt: now,
    revision: (previous?.revision ?? 0) + 1,
  };
}

/** The functions that a registration calls. */
export function functionsOf(item: RegistrationItem): string[] {
  const { lambdaArn, completionHandler } = definitionOf(item);
  return [...new Set(completionHandler === undefined ? [lambdaArn] : [lambdaArn, completionHandler])];
}

export function definitionOf(item: RegistrationItem): RegistrationDefinition {
  return JSON.parse(item.definition) as RegistrationDefinition;
}

/** A stored registration as it is served and shown. */
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
