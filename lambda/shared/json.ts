import type { JsonObject } from '../../src/private/registration.js';
import { isExactNumber } from './exact-json.js';

/** Whether a value is a JSON object: not null, not an array, not an exact number. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}
