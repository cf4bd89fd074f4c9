/** Generators of the values that requests, definitions and function responses consist of. */
import type { Random } from './random.js';

const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '__defineGetter__', 'valueOf', 'prototype'];
const KEYS = [
  'id',
  'name',
  'type',
  'text',
  'content',
  'uri',
  'x',
  '',
  '_meta',
  'then',
  'statusCode',
  'jsonrpc',
  'a/b',
  '~',
];
const TEXTS = [
  '',
  'a',
  'orders',
  `${'a'.repeat(48)}!`,
  'x'.repeat(3_000),
  '\u0000',
  '\u202eabc',
  '\ud800',
  '😀',
  'line\r\nbreak\n\ndata: x',
  'https://example.com/a?b=c',
  '../../etc',
  '%00%2e%2e',
  '{{a}}',
  '[[[[',
  '"\\"\\"\\"',
  'NaN',
  '2026-01-01',
];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '1.0',
  '1e400',
  '-1',
  '9007199254740993',
  '0.1e-400',
  '1e21',
  '123456789012345678901234567890',
];
export const URIS = [
  'docs://a',
  'docs://a/b?q=1#f',
  'page://2026-01-02',
  'page://----------------',
  'javascript:alert(1)',
  'java\tscript:alert(1)',
  'file:///etc/hosts',
  'docs://%',
  'docs://%zz',
  '://',
  '',
  `docs://${'-'.repeat(2_000)}`,
  `docs://${'x'.repeat(5_000)}`,
  'DOCS://A',
];

export function text(r: Random): string {
  return r.oneOf(
    () => r.pick(TEXTS),
    () => r.pick(NAMES),
    () => r.pick(KEYS),
    () =>
      Array.from({ length: r.upTo(12) }, () => String.fromCodePoint(r.upTo(r.chance(0.2) ? 0xffff : 0x7f))).join(''),
  );
}

export function key(r: Random): string {
  if (r.chance(0.5)) return r.pick(KEYS);
  return r.oneOf(
    () => r.pick(KEYS),
    () => r.pick(NAMES),
    () => text(r),
  );
}

/** JSON text: objects with any key, numbers with any digits, and sometimes deep, wide or invalid. */
export function json(r: Random, depth = 0): string {
  if (depth === 0 && r.chance(0.03)) return deep(r);
  if (depth === 0 && r.chance(0.01))
    return `[${Array(20_000)
      .fill(r.pick(['1', '"a"', '{}', '[]']))
      .join()}]`;
  if (depth > 4 || r.chance(0.4)) return scalar(r);
  if (r.chance(0.4)) return `[${r.many(4, () => json(r, depth + 1)).join()}]`;
  return `{${r.many(4, () => `${JSON.stringify(key(r))}:${json(r, depth + 1)}`).join()}}`;
}

export function object(r: Random): string {
  return `{${r.many(4, () => `${JSON.stringify(key(r))}:${json(r, 1)}`).join()}}`;
}

/** JSON text with more levels than are allowed. */
export function deep(r: Random): string {
  const levels = r.pick([60, 64, 65, 66, 500, 20_000]);
  return r.chance(0.5)
    ? `${'['.repeat(levels)}${r.pick(['', '1.0', '1'])}${']'.repeat(levels)}`
    : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

function scalar(r: Random): string {
  return r.oneOf(
    () => JSON.stringify(text(r)),
    () => r.pick(NUMBERS),
    () => r.pick(['true', 'false', 'null']),
  );
}

/** Text that has been damaged: cut off, with other characters, or with a part repeated. */
export function damaged(r: Random, value: string): string {
  const at = r.upTo(value.length);
  return r.oneOf(
    () => value.slice(0, at),
    () => value.slice(0, at) + r.pick(['"', '{', '\u0000', '\\', ',', '\ufeff', 'NaN', '']) + value.slice(at + 1),
    () => value.slice(0, at) + value.slice(Math.max(0, at - 20)),
  );
}

/** A JSON Schema, sometimes a costly one, as JSON text. */
export function schema(r: Random, depth = 0): string {
  const members: string[] = [];
  const add = (keyword: string, value: string) => members.push(`${JSON.stringify(keyword)}:${value}`);
  if (r.chance(0.6))
    add('type', r.pick(['"object"', '"object"', '"string"', '"array"', '"number"', '["string","null"]', '"x"']));
  for (let n = r.upTo(3); n > 0; n--) {
    r.oneOf(
      () => add('properties', `{${r.many(3, () => `${JSON.stringify(key(r))}:${child(r, depth)}`).join()}}`),
      () => add('patternProperties', `{${JSON.stringify(pattern(r))}:${child(r, depth)}}`),
      () => add('pattern', JSON.stringify(pattern(r))),
      () => add('format', JSON.stringify(r.pick(['url', 'uri', 'email', 'date-time', 'regex', 'x', ...NAMES]))),
      () => add('items', child(r, depth)),
      () => add('uniqueItems', r.pick(['true', '"x"'])),
      () => add('required', JSON.stringify(r.many(3, () => key(r)))),
      () => add(r.pick(['allOf', 'anyOf', 'oneOf', 'prefixItems']), `[${r.many(3, () => child(r, depth)).join()}]`),
      () => add(r.pick(['not', 'if', 'contains', 'additionalProperties', 'propertyNames', 'else']), child(r, depth)),
      () =>
        add(
          '$ref',
          JSON.stringify(r.pick(['#', '#/$defs/a', '#/properties/x', 'https://example.com/x', '#/__proto__'])),
        ),
      () => add('$defs', `{"a":${child(r, depth)}}`),
      () => add('enum', `[${json(r, 3)}]`),
      () => add(key(r), json(r, 3)),
    );
  }
  return `{${members.join()}}`;
}

function child(r: Random, depth: number): string {
  return depth > 3 ? r.pick(['true', 'false', '{}']) : schema(r, depth + 1);
}

function pattern(r: Random): string {
  return r.pick([
    '^(a+)+$',
    '^(a|a)*$',
    '^[a-z]+$',
    '(?<=a)b',
    '\\p{L}+',
    '(',
    '(?:(?:a?){500}){500}',
    '^\\d{1,3}$',
    '.*.*.*=',
  ]);
}
