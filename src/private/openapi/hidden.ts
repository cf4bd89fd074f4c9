/** Properties that a request or a response does not have: `readOnly` ones are not sent, `writeOnly` ones not received. */
import { isObject } from '../validation/checks';
import type { Documents } from './documents';
import { Problem } from './findings';
import { at, keyOf, members, type Place, where } from './place';

export type Direction = 'request' | 'response';

/** The names of an object schema's hidden properties, including those of the schemas that it is composed of with `allOf`. */
export function hiddenProperties(
  place: Place,
  direction: Direction,
  documents: Documents,
  seen: Set<string> = new Set(),
): string[] {
  const schema = resolved(place, documents);
  if (schema === undefined || seen.has(where(schema))) return [];
  seen.add(where(schema));
  const keyword = direction === 'request' ? 'readOnly' : 'writeOnly';
  const own = members(at(schema, 'properties')).filter((property) => {
    return (
      at(property, keyword).value === true || at(resolved(property, documents) ?? property, keyword).value === true
    );
  });
  const parts = members(at(schema, 'allOf')).flatMap((part) => hiddenProperties(part, direction, documents, seen));
  return [...own.map(keyOf), ...parts];
}

/** Where the references of a schema lead; undefined if one of them is wrong, which its conversion reports. */
function resolved(place: Place, documents: Documents): Place | undefined {
  if (!isObject(place.value)) return undefined;
  try {
    return documents.resolve(place);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
