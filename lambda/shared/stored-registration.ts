import type { Registration, RegistrationDefinition, RegistrationItem } from '../../src/private/registration.js';
import { registrationId } from '../../src/private/registration-id.js';

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
