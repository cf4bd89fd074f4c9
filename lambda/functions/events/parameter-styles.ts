/** Writes the values of HTTP parameters in the styles of OpenAPI. */
import type { ParameterStyle } from '../../../src/private/event.js';
import { isObject } from '../../shared/json.js';
import { InvalidArguments } from './invalid-arguments.js';

/** How a value is written. */
export interface Style {
  readonly name: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
}

/** Encodes names and values: percent-encoding, or nothing for the decoded form. */
export type Encode = (text: string) => string;

/** A parameter with its decoded and its percent-encoded value. */
export interface Pair {
  readonly name: string;
  readonly value: string;
  readonly encoded: string;
}

/** Text as it is, but half of a surrogate pair, which UTF-8 does not have, becomes U+FFFD. */
export const wellFormed: Encode = (text) => Buffer.from(text).toString();

/** Percent-encodes all characters but the unreserved ones of RFC 3986. */
export const percentEncode: Encode = (text) =>
  encodeURIComponent(wellFormed(text)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** What precedes a path parameter, and what separates its parts. */
const PATH_STYLES: { readonly [style: string]: { readonly prefix: string; readonly separator: string } } = {
  simple: { prefix: '', separator: ',' },
  label: { prefix: '.', separator: '.' },
  matrix: { prefix: ';', separator: ';' },
};
/** Most characters of the names of one `deepObject` parameter: each value repeats the names of the objects around it. */
const MAX_DEEP_CHARACTERS = 6_291_556;
const DELIMITERS: { readonly [style: string]: string } = { form: ',', spaceDelimited: ' ', pipeDelimited: '|' };

/** Writes a value of a path parameter or a header: `simple`, `label`, `matrix` or `json`. */
export function writeText({ name, style, explode }: Style, value: unknown, encode: Encode): string {
  if (style === 'json') return encode(JSON.stringify(value));
  const { prefix, separator } = PATH_STYLES[style] ?? PATH_STYLES.simple!;
  const keyed = (text: string) => {
    if (style !== 'matrix') return text;
    return text === '' ? encode(name) : `${encode(name)}=${text}`;
  };
  if (Array.isArray(value)) {
    const items = present(value).map((item) => encode(textOf(item)));
    return explode ? prefix + items.map(keyed).join(separator) : prefix + keyed(items.join(','));
  }
  if (isObject(value)) {
    const entries = entriesOf(value).map(([property, each]) => [encode(property), encode(textOf(each))] as const);
    return explode
      ? prefix + entries.map((entry) => entry.join('=')).join(separator)
      : prefix + keyed(entries.flat().join(','));
  }
  return prefix + keyed(encode(textOf(value)));
}

/** Writes a value as query parameters, form fields or cookies: `form`, `spaceDelimited`, `pipeDelimited`, `deepObject` or `json`. */
export function writePairs({ name, style, explode }: Style, value: unknown): Pair[] {
  if (style === 'json') return [pair(name, [JSON.stringify(value)])];
  if (style === 'deepObject') return deepPairs(name, value, { left: MAX_DEEP_CHARACTERS });
  const isStructure = Array.isArray(value) || isObject(value);
  if (!isStructure) return [pair(name, [textOf(value)])];
  if (explode) {
    return Array.isArray(value)
      ? present(value).map((item) => pair(name, [textOf(item)]))
      : entriesOf(value).map(([property, each]) => pair(property, [textOf(each)]));
  }
  const parts = Array.isArray(value)
    ? present(value).map(textOf)
    : entriesOf(value).flatMap(([property, each]) => [property, textOf(each)]);
  return parts.length === 0 ? [] : [pair(name, parts, DELIMITERS[style])];
}

/** Writes an argument that the mapping does not name: arrays as several parameters, objects as JSON. */
export function writeUnplaced(name: string, value: unknown): Pair[] {
  return writePairs({ name, style: isObject(value) ? 'json' : 'form', explode: true }, value);
}

/**
 * `name[property][…]=value`, as qs writes it. A bracket in a property would end its name.
 *
 * @param budget the characters that all names together may have
 */
function deepPairs(name: string, value: unknown, budget: { left: number }, parameter = name): Pair[] {
  if (isObject(value)) {
    return entriesOf(value).flatMap(([property, each]) => {
      if (property.includes(']')) {
        throw new InvalidArguments(parameter, `must not have a property ${JSON.stringify(property)}: it has a bracket`);
      }
      return deepPairs(`${name}[${property}]`, each, budget, parameter);
    });
  }
  const values = Array.isArray(value) ? present(value) : [value];
  budget.left -= values.length * name.length;
  if (budget.left < 0) throw new InvalidArguments(parameter, 'is too large for query parameters');
  return values.map((item) => pair(name, [textOf(item)]));
}

/** A comma between items stays as it is, unlike one within an item; other delimiters are not allowed in a URL. */
function pair(name: string, parts: readonly string[], delimiter = ','): Pair {
  const between = delimiter === ',' ? delimiter : percentEncode(delimiter);
  return {
    name: wellFormed(name),
    value: wellFormed(parts.join(delimiter)),
    encoded: parts.map(percentEncode).join(between),
  };
}

function present(items: readonly unknown[]): unknown[] {
  return items.filter((item) => item !== null && item !== undefined);
}

function entriesOf(object: object): [string, unknown][] {
  return Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
