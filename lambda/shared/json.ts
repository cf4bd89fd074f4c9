import type { JsonObject } from '../../src/private/registration.js';
import { isExactNumber } from './exact-json.js';

/** Returns a member of an object by a name from outside. Inherited members, such as `constructor`, do not exist for it. */
export function ownValue<T>(object: { readonly [key: string]: T }, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether a value is a JSON object: not null, not an array, not an exact number. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}
