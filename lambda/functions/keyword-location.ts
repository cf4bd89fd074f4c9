import type { JsonObject } from '../../src/private/registration.js';
import { isObject, ownValue } from '../shared/json.js';

/**
 * Returns the value of a keyword by the location in an error of the validator: a JSON pointer through the schema, in which `$ref` leads to the
 * schema that it refers to.
 *
 * @returns undefined if a reference on the way is not a JSON pointer
 */
export function keywordAt(schema: JsonObject, location: string): unknown {
  return tokensOf(location).reduce<unknown>((at, token) => {
    const value = memberOf(at, token);
    if (token !== '$ref' || typeof value !== 'string') return value;
    return /^#(\/|$)/.test(value) ? tokensOf(value).reduce(memberOf, schema as unknown) : undefined;
  }, schema);
}

/** The tokens of a JSON pointer in a URI fragment. */
function tokensOf(pointer: string): string[] {
  const [, ...tokens] = pointer.split('/');
  return tokens.map((token) => decoded(token).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function memberOf(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return value[Number(token)];
  return isObject(value) ? ownValue(value, token) : undefined;
}
