import { describe, expect, test } from 'vitest';
import { converted, document } from './open-api/support';

describe('rejects', () => {
  const parameter = (parameter: object, options = {}) => document({ parameters: [parameter] }, options);

  test.each<[string, unknown, string]>([
    [
      'a body that a tool cannot send',
      document({ requestBody: { content: { 'application/xml': {}, 'multipart/mixed': {} } } }),
      '#/paths/~1a/get/requestBody/content: a tool cannot send "application/xml" or "multipart/mixed": expected JSON, a URL-encoded form, text, or binary data',
    ],
    [
      'a style that its place does not allow',
      parameter({ name: 'p', in: 'header', style: 'form', schema: {} }),
      '#/paths/~1a/get/parameters/0/style: a header parameter has the style "simple"; got "form"',
    ],
    [
      'a parameter without name',
      parameter({ in: 'query' }),
      '#/paths/~1a/get/parameters/0/name: must be a string; got undefined',
    ],
    [
      'a parameter of Swagger 2.0',
      parameter({ name: 'p', in: 'body' }),
      '#/paths/~1a/get/parameters/0/in: must be "path" or "query" or "header" or "cookie"; got "body"',
    ],
    [
      'a parameter with XML',
      parameter({ name: 'p', in: 'query', content: { 'application/xml': {} } }),
      '#/paths/~1a/get/parameters/0/content/application~1xml: is a content type that parameters cannot have here: expected "application/json"',
    ],
    [
      'a query in a path',
      document({}, { path: '/a?b=1' }),
      '#/paths/~1a?b=1: the path has a query: write it as parameters',
    ],
    [
      'a schema that is not a schema',
      parameter({ name: 'p', in: 'query', schema: { properties: { a: 'b' } } }),
      '#/paths/~1a/get/parameters/0/schema/properties/a: must be a schema; got "b"',
    ],
    [
      'a reference to nothing',
      parameter({ name: 'p', in: 'query', schema: { $ref: '#/components/schemas/A' } }),
      '#/paths/~1a/get/parameters/0/schema/$ref: "#/components/schemas/A" does not exist',
    ],
    [
      'a reference by anchor',
      parameter({ name: 'p', in: 'query', schema: { $ref: '#a' } }),
      '#/paths/~1a/get/parameters/0/schema/$ref: "#a" is not a JSON pointer: expected "#/…", such as "#/components/schemas/Order"',
    ],
    [
      'a parameter that refers to itself',
      parameter({ $ref: '#/paths/~1a/get/parameters/0' }),
      '#/paths/~1a/get/parameters/0/$ref: refers to itself',
    ],
    [
      'a schema that refers to nothing but itself',
      parameter(
        { name: 'p', in: 'query', schema: { $ref: '#/components/schemas/A' } },
        {
          components: { schemas: { A: { allOf: [{ $ref: '#/components/schemas/A' }] } } },
        },
      ),
      '#/paths/~1a/get: /inputSchema/$defs/A refers to itself for the same value, so validation would not terminate',
    ],
  ])('%s', (_name, content, message) => {
    const error = `operations that cannot become tools; leave them out, or define their tools with addTool():\n  it: ${message}`;
    expect(() => converted(content, 'it')).toThrow(new Error(error));
  });
});

describe('limits', () => {
  const properties = (count: number, text = '') =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, { description: text }]));
  const request = (schema: object) =>
    document({ requestBody: { content: { 'application/json': { schema } } } }, { method: 'post' });
  const response = (schema: object) =>
    document({ responses: { 200: { content: { 'application/json': { schema } } } } });

  test.each<[string, object, RegExp]>([
    [
      'subschemas',
      { properties: properties(2_001) },
      /it: #\/paths\/~1a\/post: \/inputSchema has more than 2000 subschemas/,
    ],
    [
      'bytes',
      { properties: properties(200, 'x'.repeat(600)) },
      /it: #\/paths\/~1a\/post: \/inputSchema has \d+ bytes of JSON, at most 102400/,
    ],
    [
      'far too many subschemas',
      { properties: properties(6_000) },
      /it: #\/paths\/~1a\/post: the input schema refers to more than 5000 schemas/,
    ],
  ])('rejects an input schema with too many %s', (_name, schema, message) => {
    expect(() => converted(request({ type: 'object', ...schema }), 'it')).toThrow(message);
  });

  test.each<[string, object, RegExp]>([
    [
      'subschemas',
      { properties: properties(2_001) },
      /responses: no output schema: \/outputSchema has more than 2000 subschemas/,
    ],
    [
      'bytes',
      { properties: properties(200, 'x'.repeat(600)) },
      /responses: no output schema: \/outputSchema has \d+ bytes of JSON/,
    ],
    [
      'far too many subschemas',
      { properties: properties(6_000) },
      /responses: no output schema: it refers to more than 5000 schemas/,
    ],
  ])('leaves out an output schema with too many %s', (_name, schema, message) => {
    const { outputSchema, warnings } = converted(response({ type: 'object', ...schema }), 'it');
    expect(outputSchema).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  test('cuts a description', () => {
    const { description, warnings } = converted(document({ description: 'x'.repeat(16_385) }), 'it');
    expect(description).toHaveLength(16_384);
    expect(warnings).toEqual(['#/paths/~1a/get/description: has 16385 characters: cut to 16384']);
  });
});
