/**
 * JSON without loss of numbers. JavaScript reads `725653563933458432` as another number; here such a number becomes a raw JSON
 * value, which `JSON.stringify` writes as it came. Everything that computes with a value takes its plain twin.
 */

import { checkJsonDepth } from './json-depth.js';

/** Candidates for a number that JavaScript alters: 16 digits, an exponent, a trailing zero of a fraction, `-0`, or a tiny fraction. */
const SUSPECT = /\d[\d.]{15}|\d[eE]|\.\d*0(?!\d)|-0(?![.\d])|0\.000000/;
const NUMBER = /-?\d[\d.eE+-]*/y;
/** An unterminated string matches to the end: otherwise each quote in it would be tried as the start of another. */
const STRING_OR_NON_JSON_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/g;
const NUMBER_PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Longest number that is normalized for a comparison: API Gateway limits headers to 10 KB, but an argument may have millions of digits. */
const MAX_NUMBER_CHARACTERS = 1_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

/** A number that keeps its digits. */
interface ExactNumber {
  readonly rawJSON: string;
}

/** `JSON.parse` with source text access (ECMAScript 2025; Node.js 21 and later). */
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: unknown): value is ExactNumber;
};

/**
 * Parses JSON from outside like {@link parseExact}.
 *
 * @throws SyntaxError if the text is not JSON
 * @throws JsonTooDeep if it is nested too deeply
 */
export function parseExternal(text: string): unknown {
  checkJsonDepth(text);
  return parseExact(text);
}

/**
 * Parses JSON and keeps each number that JavaScript would alter as an exact number.
 *
 * @throws SyntaxError if the text is not JSON
 */
export function parseExact(text: string): unknown {
  return hasInexactNumber(text) ? json.parse(text, reviveExact) : JSON.parse(text);
}

/** Whether a value is a number that keeps its digits. */
export function isExactNumber(value: unknown): value is ExactNumber {
  return json.isRawJSON(value);
}

/** The same value with JavaScript's own numbers: for validation, comparison and storage. Returns `value` itself if nothing differs. */
export function plainTwin<T>(value: T): T {
  return plain(value) as T;
}

/** JavaScript's number in place of an exact number of the same value, such as `1.0`. Returns any other value as it is. */
export function simplestNumber(value: unknown): unknown {
  if (!isExactNumber(value)) return value;
  const number = Number(value.rawJSON);
  return sameNumber(value.rawJSON, String(number)) ? number : value;
}

/** Whether two texts are the same number, digit by digit: `1.50e3` and `1500`, but not two integers that JavaScript rounds to one. */
export function sameNumber(a: string, b: string): boolean {
  const normalized = normalizeNumber(a);
  return normalized !== undefined && normalized === normalizeNumber(b);
}

/** The reverse of {@link plainTwin}: a value with the exact numbers that `original` has in the same places. */
export function withExactNumbers<T>(value: T, original: unknown): T {
  return restored(value, original) as T;
}

/** Returns an object with each value mapped. Returns `object` itself if no value changes. */
export function mapValues<T extends object>(object: T, map: (key: string, value: unknown) => unknown): T {
  let copy: T | undefined;
  for (const [key, value] of Object.entries(object)) {
    const mapped = map(key, value);
    if (mapped === value) continue;
    copy ??= { ...object };
    // an assignment to __proto__ would set the prototype
    Object.defineProperty(copy, key, { value: mapped, enumerable: true, writable: true, configurable: true });
  }
  return copy ?? object;
}

/**
 * Returns the numbers that keep a text from being JSON: Python writes `NaN` and `Infinity`. Returns an empty array if there are none, or
 * if the text is not JSON without them.
 */
export function nonJsonNumbers(text: string): string[] {
  const found = new Set<string>();
  const repaired = text.replace(STRING_OR_NON_JSON_NUMBER, (token) => {
    if (token.startsWith('"')) return token;
    found.add(token);
    return 'null';
  });
  try {
    if (found.size > 0) JSON.parse(repaired);
  } catch {
    return [];
  }
  return [...found];
}

function reviveExact(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === 'number' && source !== undefined && source !== String(value) ? json.rawJSON(source) : value;
}

/** Whether a number outside of strings changes when JavaScript reads and writes it. Most texts are decided by one regular expression. */
function hasInexactNumber(text: string): boolean {
  if (!SUSPECT.test(text)) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (code === MINUS || (code >= 0x30 && code <= 0x39)) {
      NUMBER.lastIndex = at;
      const [source] = NUMBER.exec(text) ?? [''];
      if (source !== String(Number(source))) return true;
      at += source.length - 1;
    }
  }
  return false;
}

/** The index of the quote that ends a string. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isExactNumber(value)) return Number(value.rawJSON);
  return Array.isArray(value) ? mapItems(value, plain) : mapValues(value, (_, each) => plain(each));
}

function restored(value: unknown, original: unknown): unknown {
  if (isExactNumber(original)) return value === Number(original.rawJSON) ? original : value;
  if (typeof value !== 'object' || value === null || typeof original !== 'object' || original === null) return value;
  if (Array.isArray(value)) {
    return Array.isArray(original) ? mapItems(value, (each, index) => restored(each, original[index])) : value;
  }
  const at = (key: string) => (Object.hasOwn(original, key) ? (original as Record<string, unknown>)[key] : undefined);
  return mapValues(value, (key, each) => restored(each, at(key)));
}

function mapItems(array: readonly unknown[], map: (item: unknown, index: number) => unknown): readonly unknown[] {
  const copy = array.map(map);
  return copy.some((each, index) => each !== array[index]) ? copy : array;
}

function normalizeNumber(text: string): string | undefined {
  if (text.length > MAX_NUMBER_CHARACTERS) return undefined;
  const [, sign, integer, fraction = '', exponent = '0'] = NUMBER_PARTS.exec(text) ?? [];
  if (integer === undefined) return undefined;
  const digits = `${integer}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
