import { describe, expect, test, vi } from 'vitest';
import { schemaProblems, validateSchema } from '../../../lambda/functions/schema-validation.js';
import { ENV } from '../../../src/private/contract.js';
import type { JsonObject } from '../../../src/private/registration.js';

process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1' });

const order = {
  type: 'object',
  properties: {
    id: { type: 'string', pattern: '^o-' },
    amount: { type: 'integer', minimum: 1 },
    lines: { type: 'array', items: { $ref: '#/$defs/line' } },
    mode: { enum: ['fast', 'slow'] },
  },
  required: ['id'],
  additionalProperties: false,
  $defs: { line: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] } },
};

test.each([
  ['no problem of a valid value', { id: 'o-1', amount: 2, lines: [{ sku: 'a' }] }, []],
  ['a missing property', {}, [/^\(root\): .*"id"/]],
  ['a wrong type', { id: 7 }, [/^\/id: .*"number".*"string"/]],
  ['the pointer to a nested value', { id: 'o-1', lines: [{ sku: 'a' }, {}] }, [/^\/lines\/1: .*"sku"/]],
  ['an unknown property', { id: 'o-1', colour: 'red' }, [/^\/colour: Not allowed here/]],
  ['the values of an enumeration', { id: 'o-1', mode: 'x' }, [/^\/mode: .*"fast","slow"/]],
  ['all problems at once', { id: 7, amount: 0 }, [/^\/id:/, /^\/amount:/]],
  ['the root for a problem of the whole value', 'text', [/^\(root\): .*"object"/]],
])('reports %s', (_, value, expected) => {
  const problems = schemaProblems(order, value);
  expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

test.each<[string, object, unknown, string]>([
  ['of a property', { properties: { 'a/b c': { pattern: '^\\d+$' } } }, { 'a/b c': 'x' }, '"^\\d+$"'],
  [
    'behind references',
    { $ref: '#/$defs/all', $defs: { all: { items: { $ref: '#/$defs/it%20em' } }, 'it em': { pattern: '^o-' } } },
    ['x'],
    '"^o-"',
  ],
  ['of a property called $ref', { properties: { $ref: { pattern: '^o-' } } }, { $ref: 'x' }, '"^o-"'],
  ['in a list', { prefixItems: [{}, { anyOf: [{ pattern: '^o-' }] }] }, [1, 'x'], '"^o-"'],
  ['that is long', { pattern: `^${'a?'.repeat(200)}b$` }, 'x', `"^${'a?'.repeat(99)}a…"`],
])('names the pattern %s', (_, schema, value, pattern) => {
  expect(schemaProblems(schema as JsonObject, value)).toContainEqual(
    expect.stringContaining(`String does not match pattern ${pattern}.`),
  );
});

test('reports at most ten problems', () => {
  const problems = schemaProblems({ type: 'array', items: { type: 'string' } }, Array(30).fill(1));
  expect(problems).toHaveLength(11);
  expect(problems.at(-1)).toBe('and 20 more');
});

test('validates by 2020-12, or by the dialect that the schema declares', () => {
  const tuple = { prefixItems: [{ type: 'string' }], items: false };
  expect(schemaProblems(tuple, ['a', 'b'])).not.toEqual([]);
  const draft7 = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    items: [{ type: 'string' }],
    additionalItems: false,
  };
  expect(schemaProblems(draft7, ['a', 'b'])).not.toEqual([]);
  expect(schemaProblems(draft7, ['a'])).toEqual([]);
});

test('does not modify the schema', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'string' } } };
  const before = JSON.stringify(schema);
  schemaProblems(schema, { a: 1 });
  expect(JSON.stringify(schema)).toBe(before);
});

describe('within the time limit', () => {
  const slow = 'a'.repeat(48);
  const nested = Array.from({ length: 40 }).reduce<object>((inner) => ({ a: inner }), {});

  test.each<[string, object, unknown, string]>([
    ['a pattern', { properties: { x: { pattern: '^(a+)+$' } } }, { x: `${slow}!` }, '/properties/x/pattern'],
    [
      'a pattern among others',
      { properties: { a: { pattern: '^a' }, 'x/y': { pattern: '^(a+)+$' }, z: { pattern: 'z' } } },
      { a: 'a', 'x/y': `${slow}!`, z: 'z' },
      '/properties/x~1y/pattern',
    ],
    [
      'a pattern of a reference',
      { $ref: '#/$defs/s', $defs: { s: { pattern: '^(a|a)*$' } } },
      `${slow}!`,
      '/$defs/s/pattern',
    ],
    ['a format', { properties: { x: { format: 'url' } } }, { x: `http://${slow}` }, '/properties/x/format'],
    ['a pattern of names', { patternProperties: { '^(a+)+$': {} } }, { [`${slow}!`]: 1 }, '/patternProperties/^(a+)+$'],
    [
      'patterns of names',
      { patternProperties: { '^b': {}, '^(a+)+$': {} } },
      { [`${slow}!`]: 1 },
      '/patternProperties',
    ],
    ['unique items', { uniqueItems: true }, Array.from({ length: 40_000 }, (_, id) => ({ id })), '/uniqueItems'],
    [
      'unique items with a pattern',
      { uniqueItems: true, items: { pattern: '^i' } },
      Array.from({ length: 40_000 }, (_, id) => `i${id}`),
      '/items/pattern or /uniqueItems',
    ],
    ['references that multiply', { allOf: Array(3).fill({ properties: { a: { $ref: '#' } } }) }, nested, 'the schema'],
    ['a pattern that is too large', { pattern: '(?:(?:(?:a?){500}){500}){500}' }, 'b', '/pattern'],
  ])('stops %s', (_, schema, value, keyword) => {
    for (let call = 0; call < 2; call++) {
      expect(validateSchema(schema as JsonObject, value)).toEqual({ problems: [], tooSlow: keyword });
    }
  });

  test('counts what it stops, for the tool', () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    validateSchema({ pattern: '^(a+)+$' }, `${slow}!`, { id: 'tool-search', type: 'tool', name: 'search' });
    vi.restoreAllMocks();
    const metrics = lines.filter((line) => line.includes('ValidationsStopped')).map((line) => JSON.parse(line));
    expect(metrics).toEqual([expect.objectContaining({ ValidationsStopped: 1, Tool: 'search' })]);
  });

  test('validates other values afterwards', () => {
    const schema = { type: 'object', properties: { x: { pattern: '^(a+)+$' } } };
    expect(validateSchema(schema, { x: `${slow}!` }).tooSlow).toBeDefined();
    expect(validateSchema(schema, { x: slow })).toEqual({ problems: [] });
    expect(validateSchema(schema, { x: 'b' }).problems).toEqual(['/x: String does not match pattern "^(a+)+$".']);
  });

  test('ignores formats that are names of inherited methods', () => {
    for (const format of ['hasOwnProperty', '__defineGetter__', 'constructor', '__proto__']) {
      expect(validateSchema({ format }, 'text')).toEqual({ problems: [] });
    }
  });

  test('leaves keywords in constant values alone', () => {
    const value = { pattern: 'x', format: 'date', uniqueItems: true };
    expect(validateSchema({ const: value }, value)).toEqual({ problems: [] });
    expect(validateSchema({ enum: [[value]] }, [value])).toEqual({ problems: [] });
    expect(validateSchema({ properties: { pattern: { const: 'x' }, format: { type: 'string' } } }, value)).toEqual({
      problems: [],
    });
  });

  test('reports more errors than a call can have arguments', () => {
    const { problems } = validateSchema({ items: { items: { type: 'string' } } }, [Array(150_000).fill(1)]);
    expect(problems).toContainEqual(expect.stringContaining('"string"'));
  });
});
