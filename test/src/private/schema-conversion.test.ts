import { type Schema, Validator } from '@cfworker/json-schema';
import { describe, expect, test } from 'vitest';
import { validateDefinition } from '../../../src/private/validation';

const CURRENT = 'https://json-schema.org/draft/2020-12/schema';
const draft = (n: string) => `http://json-schema.org/draft-${n}/schema#`;

const define = (inputSchema: unknown) => validateDefinition({ type: 'tool', name: 'a', inputSchema });
const errors = (inputSchema: unknown) =>
  (define(inputSchema).errors ?? []).map(({ path, message }) => `${path.replace('/inputSchema', '')} ${message}`);
function converted(inputSchema: object): Schema {
  expect(errors(inputSchema)).toEqual([]);
  return define(inputSchema).definition!.inputSchema as Schema;
}
/** Converts a schema of the property `a`. */
const property = (a: object, rest: object = {}) =>
  converted({ type: 'object', properties: { a }, ...rest }).properties!.a as Schema;
const accepts = (schema: Schema, value: unknown) => new Validator(schema, '2020-12').validate(value).valid;

describe('older drafts', () => {
  test.each<[string, object, object]>([
    [
      'a tuple',
      { items: [{ type: 'string' }, { type: 'number' }] },
      { prefixItems: [{ type: 'string' }, { type: 'number' }] },
    ],
    [
      'a closed tuple',
      { type: 'array', items: [{}], additionalItems: false },
      { type: 'array', prefixItems: [{}], items: false },
    ],
    ['an empty tuple', { type: 'array', items: [] }, { type: 'array' }],
    ['nested tuples', { items: [{ items: [{}] }] }, { prefixItems: [{ prefixItems: [{}] }] }],
    [
      'dependencies',
      { dependencies: { a: ['b'], c: { required: ['d'] } } },
      { dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } },
    ],
    ['an exclusive limit', { minimum: 0, exclusiveMinimum: true }, { exclusiveMinimum: 0 }],
    ['an inclusive limit', { maximum: 9, exclusiveMaximum: false }, { maximum: 9 }],
    ['an id that is a fragment', { id: '#line' }, { $anchor: 'line' }],
    ['an $id that is a fragment', { $id: '#line' }, { $anchor: 'line' }],
  ])('converts %s', (_, schema, expected) => {
    expect(property(schema)).toEqual(expected);
    expect(property(schema, { $schema: draft('04') })).toEqual(expected);
    expect(property(schema, { $schema: draft('07') })).toEqual(expected);
  });

  test('removes ids without effect', () => {
    for (const [n, id] of [
      ['04', 'id'],
      ['06', '$id'],
      ['07', '$id'],
    ]) {
      const of = (rootId: string, a: object, more: object = {}) =>
        converted({ $schema: draft(n!), [id!]: rootId, type: 'object', properties: { a }, ...more });
      const plain = { $schema: CURRENT, type: 'object', properties: { a: { type: 'string' } } };
      for (const rootId of ['order.json', '#', '/schemas/order', ''])
        expect(of(rootId, { type: 'string' })).toEqual(plain);
      // as generators of schemas from samples write them
      for (const nested of ['#/properties/a', '#', '/properties/a', 'http://x.example/a']) {
        expect(of('#', { [id!]: nested, type: 'string' })).toEqual(plain);
      }
      const definitions = { b: {} };
      const reference = { $ref: '#/definitions/b' };
      expect(of('#', { [id!]: '#/properties/a', items: reference }, { definitions })).toEqual({
        ...{ $schema: CURRENT, type: 'object', definitions },
        properties: { a: { items: reference } },
      });
      expect(
        errors({
          ...{ $schema: draft(n!), type: 'object', definitions },
          properties: { a: { [id!]: 'a.json', items: reference } },
        }),
      ).toHaveLength(1);
    }
  });

  test('declares the dialect of a converted schema', () => {
    const declared = ($schema: string, more: object = {}) => converted({ $schema, type: 'object', ...more }).$schema;
    expect(declared(draft('04'))).toBe(CURRENT);
    expect(declared(draft('06'))).toBe(CURRENT);
    expect(declared('http://json-schema.org/schema#')).toBe(CURRENT);
    expect(declared(draft('07'), { properties: { a: { items: [{}] } } })).toBe(CURRENT);
    expect(converted({ type: 'object', properties: { a: { items: [{}] } } })).not.toHaveProperty('$schema');
  });

  test('keeps schemas that need no conversion', () => {
    for (const $schema of [draft('07'), 'https://json-schema.org/draft/2019-09/schema', CURRENT]) {
      const schema = {
        $schema,
        type: 'object',
        definitions: { b: {} },
        properties: { a: { $ref: '#/definitions/b' } },
      };
      expect(JSON.stringify(converted(schema))).toBe(JSON.stringify(schema));
    }
  });

  test('lets references point to what has moved', () => {
    const schema = converted({
      type: 'object',
      properties: {
        'a/b': { items: [{ type: 'string' }], additionalItems: { type: 'number' } },
        c: { $ref: '#/properties/a~1b/items/0' },
        d: { $ref: '#/properties/a~1b/additionalItems' },
      },
    });
    expect(schema.properties!.c).toEqual({ $ref: '#/properties/a~1b/prefixItems/0' });
    expect(accepts(schema, { 'a/b': ['x', 1], c: 'x', d: 1 })).toBe(true);
    expect(accepts(schema, { c: 1 })).toBe(false);
    expect(accepts(schema, { d: 'x' })).toBe(false);
  });

  test('keeps that $ref hides the keywords beside it', () => {
    const rest = { $schema: draft('04'), definitions: { b: { type: 'string' } } };
    const schema = property({ $ref: '#/definitions/b', type: 'number', description: 'd' }, rest);
    expect(schema).toEqual({ $ref: '#/definitions/b', description: 'd' });
  });

  test('inlines the definition that a generator refers to at the root', () => {
    const schema = converted({
      $schema: draft('07'),
      $ref: '#/definitions/Order',
      definitions: {
        Order: { type: 'object', properties: { parts: { type: 'array', items: { $ref: '#/definitions/Order' } } } },
      },
    });
    expect(schema).toMatchObject({ type: 'object', properties: { parts: {} } });
    expect(schema).not.toHaveProperty('$ref');
    expect(accepts(schema, { parts: [{ parts: [] }] })).toBe(true);
    expect(accepts(schema, { parts: [{ parts: 1 }] })).toBe(false);
  });

  test('converts the id of a draft-04 root', () => {
    const of = (id: string) => converted({ $schema: draft('04'), id, type: 'object' });
    expect(of('http://x.example/order#')).toEqual({ $schema: CURRENT, $id: 'http://x.example/order', type: 'object' });
    expect(of('order')).toEqual({ $schema: CURRENT, type: 'object' });
  });

  test.each<[string, object, string]>([
    ['an invalid item of a tuple', { items: [{}, { type: 'text' }] }, '/properties/a/items/1/type must be'],
    ['an invalid item behind a tuple', { items: [{}], additionalItems: 5 }, '/properties/a/additionalItems must be'],
    ['dependencies that are neither', { dependencies: { b: 5 } }, '/properties/a/dependencies/b must be'],
    ['an exclusive limit without a limit', { exclusiveMinimum: true }, '/properties/a/exclusiveMinimum must be'],
    ['tuples in both forms', { items: [{}], prefixItems: [{}] }, '/properties/a/items must be a schema'],
    ['an id below the root', { id: 'http://x.example/a' }, '/properties/a/id is a draft-04 keyword'],
    ['required of draft-03', { required: true }, '/properties/a/required must be an array of names, in the schema'],
  ])('reports %s where it is written', (_, a, expected) => {
    expect(errors({ type: 'object', properties: { a } })).toEqual([expect.stringContaining(expected)]);
  });

  test('rejects draft-03', () => {
    expect(errors({ $schema: draft('03'), type: 'object' })).toEqual([expect.stringContaining('is not supported')]);
  });

  test('converts an outputSchema', () => {
    const outputSchema = { type: 'array', items: [{ type: 'string' }], nullable: true };
    const { definition } = validateDefinition({ type: 'tool', name: 'a', outputSchema });
    expect(definition!.outputSchema).toEqual({ type: ['array', 'null'], prefixItems: [{ type: 'string' }] });
  });

  test('converts the parameters of the Registration API', () => {
    const parameters = { type: 'object', properties: { a: { items: [{}] } } };
    const { definition } = validateDefinition({ type: 'tool', name: 'a', parameters });
    expect(definition!.inputSchema).toEqual({ type: 'object', properties: { a: { prefixItems: [{}] } } });
  });
});

describe('keywords of OpenAPI', () => {
  test.each<[string, object, object]>([
    ['nullable with a type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['nullable with types', { type: ['string', 'null'], nullable: true }, { type: ['string', 'null'] }],
    [
      'nullable with an enum',
      { type: 'string', enum: ['x'], nullable: true },
      { type: ['string', 'null'], enum: ['x', null] },
    ],
    ['nullable: false', { type: 'string', nullable: false }, { type: 'string' }],
    ['nullable without rules', { description: 'd', nullable: true }, { description: 'd' }],
    [
      'nullable with a reference',
      { $ref: '#/$defs/b', nullable: true, description: 'd' },
      { description: 'd', anyOf: [{ $ref: '#/$defs/b' }, { type: 'null' }] },
    ],
    [
      'nullable with allOf',
      { allOf: [{ $ref: '#/$defs/b' }], nullable: true },
      { anyOf: [{ allOf: [{ $ref: '#/$defs/b' }] }, { type: 'null' }] },
    ],
    ['example', { type: 'string', example: 'x' }, { type: 'string', examples: ['x'] }],
    ['example beside examples', { examples: ['x'], example: 'y' }, { examples: ['x', 'y'] }],
    [
      'exclusiveMinimum of 3.0',
      { type: 'number', minimum: 0, exclusiveMinimum: true },
      { type: 'number', exclusiveMinimum: 0 },
    ],
  ])('converts %s', (_, schema, expected) => {
    expect(property(schema, { $defs: { b: { type: 'string' } } })).toEqual(expected);
  });

  test('accepts null where nullable is true', () => {
    const schema = converted({
      type: 'object',
      nullable: true,
      properties: { a: { allOf: [{ $ref: '#/$defs/b' }], nullable: true }, c: { $ref: '#/properties/a/allOf/0' } },
      $defs: { b: { type: 'string' } },
    });
    expect(schema.type).toBe('object');
    for (const a of ['x', null]) expect(accepts(schema, { a })).toBe(true);
    expect(accepts(schema, { a: 1 })).toBe(false);
    expect(accepts(schema, { c: null })).toBe(false);
  });

  test('keeps properties with such names', () => {
    const properties = {
      nullable: { type: 'boolean' },
      example: { type: 'string' },
      items: {},
      id: { const: { id: 1 } },
    };
    const schema = { type: 'object', properties, default: { nullable: true, example: 1 } };
    expect(converted(schema)).toEqual(schema);
  });

  const kind = (value: string) => ({ type: 'object', properties: { kind: { const: value } } });
  const discriminator = { propertyName: 'kind', mapping: { cat: '#/$defs/cat' } };

  test('accepts a discriminator whose alternatives have a const', () => {
    const $defs = { cat: kind('cat'), dog: kind('dog') };
    const a = { oneOf: [{ $ref: '#/$defs/cat' }, { $ref: '#/$defs/dog' }], discriminator };
    expect(property(a, { $defs })).toEqual(a);
  });

  test.each<[string, object]>([
    ['whose alternatives have none', { oneOf: [kind('cat'), { type: 'object' }], discriminator }],
    ['without alternatives', { type: 'object', discriminator }],
    ['of Swagger 2', { type: 'object', discriminator: 'kind' }],
  ])('reports a discriminator %s, and what to write instead', (_, a) => {
    expect(errors({ type: 'object', properties: { a } })).toEqual([
      '/properties/a/discriminator is a keyword of OpenAPI that does not validate: list the alternatives in oneOf, ' +
        'give "kind" a const in the properties of each, and remove discriminator',
    ]);
  });

  test('says where the schemas of an OpenAPI document belong', () => {
    expect(errors({ type: 'object', properties: { a: { $ref: '#/components/schemas/Order' } } })).toEqual([
      expect.stringContaining('into $defs and refer to it by #/$defs/…'),
    ]);
  });
});

describe('a pattern that is valid only without the flag u', () => {
  test.each([
    ['^\\d{3}\\-\\d{4}$', 'write "-" instead of "\\\\-"'],
    ['^[\\w\\-\\_]+\\@x$', 'write "_" instead of "\\\\_", write "@" instead of "\\\\@"'],
    ['^{id}$', 'write "\\\\{" instead of "{", write "\\\\}" instead of "}"'],
    ['^a]$', 'write "\\\\]" instead of "]"'],
    ['\\A\\d+\\Z', 'write "^" instead of "\\\\A", write "$" instead of "\\\\Z"'],
    ['^\\h+$', '"\\\\h" is not an escape sequence of JavaScript'],
    ['^[\\w-.]+$', 'in brackets, escape a hyphen beside a class such as \\w'],
    ['\\x4 and \\x41', 'complete "\\\\x", as in "\\\\x41"'],
    ['\\u12', 'complete "\\\\u", as in "\\\\u0041"'],
    ['\\pL', 'complete "\\\\p", as in "\\\\p{L}"'],
    ['\\01', 'write "\\\\u0000" and digits instead of an octal escape such as "\\\\01"'],
    ['(a)\\2', 'in brackets, escape a hyphen beside a class such as \\w; refer only to groups that exist'],
    ['^[[:alpha:]-]+$', 'list the characters instead of "[:alpha:]"'],
  ])('%s is reported with what to write instead', (pattern, remedy) => {
    expect(() => new RegExp(pattern)).not.toThrow();
    expect(errors({ type: 'object', properties: { a: { pattern } } })).toEqual([
      expect.stringContaining(`is not a valid JavaScript regular expression (with the flag u): ${remedy}`),
    ]);
  });

  test.each([
    ['(?P<year>\\d+)', 'write "(?<" instead of "(?P<"'],
    ['(?<a>x)(?P=a)', 'write "\\\\k<name>" instead of "(?P=name)"'],
    ['a++', 'possessive quantifiers and atomic groups are not part of JavaScript'],
  ])('%s is syntax of another language', (pattern, remedy) => {
    expect(errors({ type: 'object', properties: { a: { pattern } } })).toEqual([
      expect.stringContaining(`is not a valid JavaScript regular expression (with the flag u): ${remedy}`),
    ]);
  });

  test('has no remedy if it is not a regular expression at all', () => {
    expect(errors({ type: 'object', properties: { a: { pattern: '(' } } })).toEqual([
      '/properties/a/pattern "(" is not a valid JavaScript regular expression (with the flag u)',
    ]);
  });
});
