import { describe, expect, test } from 'vitest';
import { converted, document } from './open-api/support';

describe('schemas', () => {
  const schemaOf = (schema: object, version = '3.0.3', components = {}) => {
    const parameters = [{ name: 'p', in: 'query', schema }];
    const { inputSchema, warnings } = converted(document({ parameters }, { version, ...components }), 'it');
    return { schema: (inputSchema.properties as any).p, warnings };
  };

  test.each([
    ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['nullable false', { type: 'string', nullable: false }, { type: 'string' }],
    ['nullable without a rule', { nullable: true }, {}],
    [
      'nullable alternatives',
      { oneOf: [{ type: 'string' }, { type: 'number' }], nullable: true, description: 'x' },
      { description: 'x', anyOf: [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, { type: 'null' }] },
    ],
    ['exclusiveMaximum true', { maximum: 3, exclusiveMaximum: true }, { exclusiveMaximum: 3 }],
    ['exclusiveMaximum false', { maximum: 3, exclusiveMaximum: false }, { maximum: 3 }],
    ['example', { type: 'string', example: 'x' }, { type: 'string', examples: ['x'] }],
    ['format byte', { type: 'string', format: 'byte' }, { type: 'string', format: 'byte', contentEncoding: 'base64' }],
    [
      'additionalProperties',
      { additionalProperties: { nullable: true, type: 'string' } },
      { additionalProperties: { type: ['string', 'null'] } },
    ],
    ['a boolean', { not: true }, { not: true }],
  ])('%s', (_name, schema, expected) => expect(schemaOf(schema)).toEqual({ schema: expected, warnings: [] }));

  test('readOnly properties of an allOf are not required either', () => {
    const id = { type: 'string', readOnly: true };
    const schema = { allOf: [{ properties: { id } }, { required: ['id', 'name'] }] };
    expect(schemaOf(schema).schema).toEqual({ allOf: [{ properties: {} }, { required: ['name'] }] });
  });

  test('names what it leaves out', () => {
    const schema = { $ref: '#/components/schemas/A', minLength: 3 };
    const A = { pattern: '(?i)a', $anchor: 'a', discriminator: { propertyName: 'kind' } };
    expect(schemaOf(schema, '3.0.3', { components: { schemas: { A } } }).warnings).toEqual([
      '#/components/schemas/A/pattern: "(?i)a" is not a valid JavaScript regular expression (with the flag u): left out',
      '#/components/schemas/A/$anchor: is not supported: left out',
      '#/components/schemas/A/discriminator: names no alternatives without oneOf or anyOf: only the schema itself is left',
      '#/paths/~1a/get/parameters/0/schema/minLength: has no effect in OpenAPI 3.0, because it is beside a $ref: wrap the $ref in allOf',
    ]);
  });

  test('gives each schema its own name', () => {
    const components = { schemas: { 'a b': { type: 'string' }, 'a/b': { type: 'number' } } };
    const schema = { anyOf: [{ $ref: '#/components/schemas/a%20b' }, { $ref: '#/components/schemas/a~1b' }] };
    const parameters = [{ name: 'p', in: 'query', schema }];
    expect(converted(document({ parameters }, { components }), 'it').inputSchema.$defs).toEqual({
      a_b: { type: 'string' },
      a_b_2: { type: 'number' },
    });
  });
});

describe('bodies', () => {
  const bodyOf = (requestBody: object, components = {}) => {
    const { inputSchema, event } = converted(document({ requestBody }, { method: 'post', components }), 'it');
    return { inputSchema, body: event.body };
  };
  const json = (schema: object) => ({ 'application/json': { schema } });
  const object = { type: 'object', properties: { a: {} }, required: ['a'] };

  test('an optional body with required properties is one argument', () => {
    expect(bodyOf({ content: json(object) })).toEqual({
      inputSchema: { type: 'object', properties: { body: object }, additionalProperties: false },
      body: { type: 'argument', name: 'body' },
    });
  });

  test.each<[string, object]>([
    ['an array', { type: 'array', items: {} }],
    ['an object without declared properties', { type: 'object', additionalProperties: { type: 'string' } }],
    ['an object with rules for its properties together', { ...object, minProperties: 2 }],
    ['anything', {}],
  ])('%s is one argument', (_name, schema) => {
    expect(bodyOf({ required: true, content: json(schema) })).toEqual({
      inputSchema: { type: 'object', properties: { body: schema }, required: ['body'], additionalProperties: false },
      body: { type: 'argument', name: 'body' },
    });
  });

  test.each([
    [['text/plain', 'application/json'], undefined],
    [['application/merge-patch+json', 'application/json; charset=utf-8'], 'application/json; charset=utf-8'],
    [['application/x-www-form-urlencoded', 'application/hal+json'], 'application/hal+json'],
    [['multipart/form-data', 'application/x-www-form-urlencoded'], 'application/x-www-form-urlencoded'],
    [['*/*'], undefined],
    [['application/xml', 'text/csv'], 'text/csv'],
    [['text/xml', 'application/pdf'], 'application/pdf'],
  ])('of %j, sends %s', (types, contentType) => {
    const content = Object.fromEntries(types.map((type) => [type, {}]));
    expect(bodyOf({ content }).body).toEqual({ type: 'argument', name: 'body', ...(contentType && { contentType }) });
  });
});
