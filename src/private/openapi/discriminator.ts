/** OpenAPI's `discriminator`: JSON Schema says the same with a `const` in each alternative. */
import { isObject } from '../validation/checks';
import type { Documents } from './documents';
import { Problem } from './findings';
import { at, keyOf, members, type Place, where } from './place';

/** The rule that a discriminator adds to one alternative of `oneOf` or `anyOf`; undefined if the alternative has it already. */
export function discriminatorRule(
  discriminator: Place,
  alternative: Place,
  documents: Documents,
): { [keyword: string]: unknown } | undefined {
  const property = at(discriminator, 'propertyName').value;
  if (typeof property !== 'string' || !isReference(alternative)) return undefined;
  const target = documents.target(alternative);
  if (restricts(target, property, documents)) return undefined;
  const mapped = members(at(discriminator, 'mapping')).filter((entry) => names(entry, target, documents));
  const values = mapped.length > 0 ? mapped.map(keyOf) : [keyOf(target)];
  const rule = values.length === 1 ? { const: values[0] } : { enum: values };
  return { properties: { [property]: rule }, required: [property] };
}

function isReference({ value }: Place): boolean {
  return isObject(value) && typeof value.$ref === 'string';
}

/** Whether an entry of `mapping` means a schema: by its name, or by a reference. */
function names(entry: Place, target: Place, documents: Documents): boolean {
  const value = String(entry.value);
  if (value === keyOf(target)) return true;
  if (!/[#./]/.test(value)) return false;
  try {
    return where(documents.target({ ...entry, value: { $ref: value } })) === where(target);
  } catch (error) {
    throw error instanceof Problem ? new Problem(entry, error.message) : error;
  }
}

/** Whether a schema, or one that it is composed of, allows certain values of a property only. */
function restricts(place: Place, property: string, documents: Documents, seen = new Set<string>()): boolean {
  const schema = documents.resolve(place);
  if (seen.has(where(schema))) return false;
  seen.add(where(schema));
  const own = documents.resolve(at(schema, 'properties', property));
  if (isObject(own.value) && (own.value.enum !== undefined || own.value.const !== undefined)) return true;
  return members(at(schema, 'allOf')).some((part) => restricts(part, property, documents, seen));
}
