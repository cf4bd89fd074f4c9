import { type Schema, Validator } from '@cfworker/json-schema';
import { describe, expect, test } from 'vitest';
import { validateDefinition } from '../../../src/private/validation';

/** Errors of an `inputSchema` as lines of `path message`, with paths relative to the schema. */
function errors(inputSchema: unknown): string[] {
  const { errors: found = [] } = validateDefinition({ type: 'tool', name: 'a', inputSchema });
  return found.map(({ path, message }) => `${path.replace('/inputSchema', '')} ${message}`);
}

const withProperty = (property: any, rest: object = {}): Schema => ({
  type: 'object',
  properties: { a: property },
  ...rest,
});

describe('the root', () => {
  test.each([
    [{}],
    [{ type: 'string' }],
    [{ type: ['object'] }],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'object' } } }],
  ])('%j is rejected as inputSchema, which must describe an object', (schema) => {
    expect(errors(schema)).toEqual([expect.stringContaining('/type must be "object"')]);
  });
  test.each([[true], [[]], ['object'], [null]])('%j is rejected as schema', (schema) => {
    expect(errors(schema)).toHaveLength(1);
  });
  test('of an outputSchema can have any type', () => {
    const output = (outputSchema: unknown) =>
      validateDefinition({ type: 'tool', name: 'a', outputSchema }).errors ?? [];
    expect(output({ type: 'array', items: { type: 'string' } })).toEqual([]);
    expect(output({ $ref: 'https://example.com/x' }).map(({ path }) => path)).toEqual(['/outputSchema/$ref']);
  });
});

describe('keywords', () => {
  test.each<[string, unknown]>([
    ['type', 'text'],
    ['type', []],
    ['type', ['string', 'string']],
    ['enum', 'a'],
    ['enum', []],
    ['multipleOf', 0],
    ['maximum', '5'],
    ['exclusiveMinimum', true],
    ['minLength', -1],
    ['maxItems', 1.5],
    ['uniqueItems', 'yes'],
    ['pattern', '('],
    ['pattern', 'x'.repeat(513)],
    ['format', 5],
    ['required', 'b'],
    ['required', ['b', 'b']],
    ['required', true],
    ['properties', []],
    ['properties', { b: 'string' }],
    ['patternProperties', { '(': {} }],
    ['dependentRequired', { b: 'c' }],
    ['dependencies', 'b'],
    ['items', 'string'],
    ['prefixItems', {}],
    ['allOf', []],
    ['anyOf', {}],
    ['oneOf', [5]],
    ['not', 5],
    ['$defs', { b: [] }],
    ['additionalProperties', 'no'],
    ['description', 5],
    ['examples', 'x'],
    ['$schema', 'http://json-schema.org/draft-04/schema#'],
    ['$id', 'https://example.com/a'],
    ['id', 'x'],
    ['$anchor', '1'],
    ['$ref', 5],
  ])('%s: %j is rejected', (keyword, value) => {
    const found = errors(withProperty({ [keyword]: value }));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((each) => each.startsWith(`/properties/a/${keyword}`))).toBe(true);
  });

  test.each<[unknown]>([
    [true],
    [{ type: ['string', 'null'], minLength: 1, maxLength: 5, pattern: '^\\p{L}+$', format: 'email' }],
    [{ enum: [1, 'a', null] }],
    [{ const: null, default: { id: 5, $ref: 7 } }],
    [{ type: 'array', prefixItems: [{ type: 'string' }], items: false, minItems: 1, uniqueItems: true, contains: {} }],
    [JSON.parse('{ "if": { "type": "string" }, "then": { "minLength": 1 }, "else": true }')],
    [{ dependentRequired: { b: ['c'] }, dependentSchemas: { b: {} }, patternProperties: { '^x': {} } }],
    [{ title: 't', description: 'd', examples: [{ id: 1 }], deprecated: true, 'x-widget': { colour: 'red' } }],
    [{ type: 'object', properties: { id: { type: 'string' }, $ref: { type: 'string' }, type: {} }, required: [] }],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }],
  ])('%j is accepted, by the validator too', (property) => {
    const schema = withProperty(property);
    expect(errors(schema)).toEqual([]);
    expect(() => new Validator(schema, '2020-12').validate({ a: 'x', b: 1 })).not.toThrow();
  });

  test('that are unknown must not contain references, because the validator would resolve them', () => {
    const schema = withProperty({ 'x-ui': { deep: { id: 'http://' } } });
    expect(() => new Validator(structuredClone(schema), '2020-12')).toThrow();
    expect(errors(schema)).toEqual([
      expect.stringMatching(/^\/properties\/a\/x-ui\/deep\/id id is not allowed inside an unknown keyword/),
    ]);
  });
});

describe('references', () => {
  test.each([
    ['#/$defs/b', { $defs: { b: { type: 'string' } } }],
    ['#/$defs/x~1y', { $defs: { 'x/y': {} } }],
    ['#/$defs/x%20y', { $defs: { 'x y': {} } }],
    ['#b', { $defs: { b: { $anchor: 'b' } } }],
    ['#/properties/b/anyOf/1', { $defs: {} }],
    ['#', {}],
  ])('%s is resolved', (ref, rest) => {
    const schema: Schema = {
      type: 'object',
      properties: { a: { $ref: ref }, b: { anyOf: [{}, { type: 'string' }] } },
      ...rest,
    };
    expect(errors(schema)).toEqual([]);
    expect(() => new Validator(schema, '2020-12').validate({ a: {} })).not.toThrow();
  });

  test('are resolved in a schema with an $id', () => {
    const schema = { $id: 'https://example.com/order', ...withProperty({ $ref: '#/$defs/b' }, { $defs: { b: {} } }) };
    expect(errors(schema)).toEqual([]);
    expect(() => new Validator(schema, '2020-12').validate({ a: 1 })).not.toThrow();
    expect(errors({ $id: 'order', ...withProperty({}) })).toEqual([expect.stringContaining('must be an absolute URI')]);
  });

  test.each([
    'https://example.com/s.json',
    'http://169.254.169.254/',
    'other.json',
    '//example.com/x',
    'file:///etc/passwd',
    '',
  ])('%j is rejected, because it is outside the schema', (ref) => {
    expect(errors(withProperty({ $ref: ref }))).toEqual([expect.stringContaining('is outside this schema')]);
    expect(errors(withProperty({ $dynamicRef: ref }))).toHaveLength(1);
  });

  test.each(['#/$defs/none', '#/properties/a/enum/0', '#/%zz', '#nowhere'])(
    '%s is rejected, because it does not exist',
    (ref) => {
      expect(errors(withProperty({ $ref: ref, enum: [{}] }))).toEqual([
        expect.stringContaining('does not exist in this schema'),
      ]);
    },
  );

  test('can be recursive for nested values', () => {
    const node = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };
    expect(errors(node)).toEqual([]);
    expect(new Validator(node as any, '2020-12').validate({ children: [{ children: [5] }] }).valid).toBe(false);
  });

  test('cannot be recursive for the same value', () => {
    expect(errors(withProperty({ $ref: '#/properties/a' }))).toEqual([expect.stringContaining('refers to itself')]);
    expect(errors({ type: 'object', allOf: [{ not: { $ref: '#' } }] })).toEqual([
      expect.stringContaining('refers to itself'),
    ]);
  });

  test('cannot multiply without limit', () => {
    const $defs: any = { d0: { type: 'string' } };
    for (let n = 1; n < 40; n++)
      $defs[`d${n}`] = { allOf: [{ $ref: `#/$defs/d${n - 1}` }, { $ref: `#/$defs/d${n - 1}` }] };
    const found = errors(withProperty({ $ref: '#/$defs/d39' }, { $defs }));
    expect(found).toEqual([expect.stringContaining('at most 1000 are allowed')]);
  });

  test('must not have duplicate anchors', () => {
    expect(errors(withProperty({ $anchor: 'x' }, { $defs: { b: { $anchor: 'x' } } }))).toEqual([
      expect.stringContaining('"x" is a duplicate'),
    ]);
  });
});

describe('limits', () => {
  test('apply to size, depth and number of subschemas', () => {
    expect(errors(withProperty({ description: 'x'.repeat(102_400) }))[0]).toContain(
      'at most 102400 are allowed in a schema',
    );
    let deep: any = {};
    for (let depth = 0; depth < 40; depth++) deep = { properties: { a: deep } };
    expect(errors({ type: 'object', ...deep })[0]).toContain('nested more than 64 levels');
    const many = Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [`p${n}`, true]));
    expect(errors({ type: 'object', properties: many })[0]).toContain('more than 2000 subschemas');
  });
});

describe('x-mcp-header', () => {
  const header = (value: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': value });

  test('is accepted on properties and nested properties', () => {
    expect(errors(withProperty({ type: 'object', properties: { b: header('Region') } }))).toEqual([]);
    expect(errors(withProperty(header('Dry-Run', 'boolean')))).toEqual([]);
    expect(errors(withProperty(header('Size', 'integer')))).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['not a token', header('a b')],
    ['empty', header('')],
    ['not a string', header(5)],
    ['a line break', header('a\r\nb')],
    ['a number', header('N', 'number')],
    ['an object', header('O', 'object')],
    ['no type', { 'x-mcp-header': 'X' }],
    ['under items', { type: 'array', items: header('X') }],
    ['under anyOf', { anyOf: [header('X')] }],
    ['under additionalProperties', { type: 'object', additionalProperties: header('X') }],
    ['a property under oneOf', { oneOf: [{ properties: { b: header('X') } }] }],
  ])('is rejected: %s', (_, property) => {
    expect(errors(withProperty(property))).toEqual([expect.stringContaining('x-mcp-header')]);
  });

  test('is rejected at the root and in $defs', () => {
    expect(errors({ ...withProperty({}), 'x-mcp-header': 'X' }).join()).toContain('is only allowed on properties');
    expect(errors(withProperty({}, { $defs: { b: header('X') } })).join()).toContain('is only allowed on properties');
  });

  test('is unique regardless of case', () => {
    const schema = { type: 'object', properties: { a: header('Region'), b: header('region') } };
    expect(errors(schema)).toEqual([
      '/properties/b/x-mcp-header "region" is already declared as "Region": header names are case-insensitive',
    ]);
  });
});
