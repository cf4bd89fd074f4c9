import { child, has, isObject } from '../validation/checks';

/** A value of an OpenAPI document, and where it is. */
export interface Place {
  readonly value: unknown;
  /** The file, relative to the folder of the document; empty for a document from text. */
  readonly file: string;
  /** JSON pointer in the file. */
  readonly pointer: string;
}

/** A member of a member of … a value; its value is undefined if it does not exist. */
export function at(place: Place, ...keys: (string | number)[]): Place {
  return keys.reduce<Place>(({ value, file, pointer }, key) => {
    const found = typeof value === 'object' && value !== null && has(value, String(key));
    return { value: found ? (value as any)[key] : undefined, file, pointer: child(pointer, key) };
  }, place);
}

/** The members of an object, or the items of an array. */
export function members(place: Place): Place[] {
  const { value } = place;
  if (Array.isArray(value)) return value.map((_, index) => at(place, index));
  return isObject(value) ? Object.keys(value).map((key) => at(place, key)) : [];
}

/** The last key of a place's pointer. */
export function keyOf({ pointer }: Place): string {
  return pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

/** A place as messages name it: `openapi.yaml#/paths/~1orders/get`. */
export function where({ file, pointer }: Place): string {
  return `${file}#${pointer}`;
}
