/** Unusual and hostile documents: each is refused with its JSON pointer, or becomes a tool that keeps its values. */
import { describe, expect, test } from 'vitest';
import { McpOpenApi } from '../../src';
import { toolsOf } from '../../src/private/openapi';
import { parseText } from '../../src/private/openapi/parser';
import { converted, document } from './open-api/support';

const REFUSED = 'operations that cannot become tools; leave them out, or define their tools with addTool():\n  it: ';
const parameter = (parameter: object, options = {}) => document({ parameters: [parameter] }, options);
const query = (schema: unknown, options = {}) => parameter({ name: 'p', in: 'query', schema }, options);
const fromYaml = (text: string) => converted(parseText(text), 'it');

describe('paths', () => {
  test('a parameter of several segments, as API Gateway exports it', () => {
    const path = { name: 'key', in: 'path', required: true, schema: { type: 'string', maxLength: 9 } };
    const { event, inputSchema, warnings } = converted(parameter(path, { path: '/files/{key+}' }), 'it');
    expect(event.path).toBe('/files/{key+}');
    expect(inputSchema).toMatchObject({ properties: { key: { type: 'string', maxLength: 9 } }, required: ['key'] });
    expect(warnings).toEqual([]);
  });

  test('an item that adds to the one that it refers to', () => {
    const header = (name: string) => ({ name, in: 'header', schema: { type: 'string' } });
    const content = {
      openapi: '3.1.0',
      paths: {
        '/a': { $ref: '#/components/pathItems/A', parameters: [header('X-B')], put: { operationId: 'put' } },
      },
      components: { pathItems: { A: { parameters: [header('X-A')], get: { operationId: 'get' } } } },
    };
    expect(converted(content, 'get').event).toMatchObject({ method: 'GET', headers: ['X-A', 'X-B'] });
    expect(converted(content, 'put').event).toMatchObject({ method: 'PUT', headers: ['X-A', 'X-B'] });
  });

  test.each<[string, string]>([
    ['a', '#/paths/a: must begin with a slash, such as "/orders/{orderId}"; got "a"'],
    ['/a/{}', '#/paths/~1a~1{}: "/a/{}" has a parameter without a name'],
    ['/a/{b', '#/paths/~1a~1{b: "/a/{b" has an unmatched brace'],
    ['/{b+}/c', '#/paths/~1{b+}~1c: "{b+}" must be the end of the path'],
    ['/a/../b', '#/paths/~1a~1..~1b: "/a/../b" has a segment "." or ".."'],
    ['/a b', '#/paths/~1a b: "/a b" has an unmatched brace, or characters that are not allowed in a path'],
  ])('refuses %s', (path, message) => {
    expect(() => converted(document({}, { path }), 'it')).toThrow(`${REFUSED}${message}`);
  });
});

describe('parameters', () => {
  test.each(['Host', 'Cookie', 'X-Forwarded-For', 'content-length', 'X-HTTP-Method-Override'])(
    'refuses the header %s, which arguments cannot set',
    (name) => {
      const parameters = [
        { name: 'X-A', in: 'header', schema: {} },
        { name, in: 'header', schema: {} },
      ];
      expect(() => converted(document({ parameters }), 'it')).toThrow(
        `${REFUSED}#/paths/~1a/get/parameters/1: must not be ${JSON.stringify(name)}: arguments cannot set this header`,
      );
    },
  );

  test.each(['Accept', 'authorization'])('names the header %s, which OpenAPI ignores', (name) => {
    const { inputSchema, event, warnings } = converted(parameter({ name, in: 'header', schema: {} }), 'it');
    expect(inputSchema.properties).toEqual({});
    expect(event.headers).toBeUndefined();
    expect(warnings).toEqual([
      `#/paths/~1a/get/parameters/0: has no effect: OpenAPI ignores a header parameter "${name}"`,
    ]);
  });

  test.each<[string, object, string]>([
    ['an object of parameters', { parameters: { p: {} } }, 'parameters: must be an array of parameters; got {"p":{}}'],
    [
      'text for a boolean',
      { parameters: [{ name: 'p', in: 'query', required: 'true', schema: {} }] },
      'parameters/0/required: must be true or false; got "true"',
    ],
    [
      'a mapping of a discriminator to a file',
      {
        parameters: [
          {
            name: 'p',
            in: 'query',
            schema: {
              oneOf: [{ $ref: '#/components/schemas/A' }],
              discriminator: { propertyName: 'kind', mapping: { a: 'https://example.com/a.json' } },
            },
          },
        ],
      },
      'parameters/0/schema/discriminator/mapping/a: "https://example.com/a.json" is a remote reference',
    ],
  ])('refuses %s', (_name, operation, message) => {
    const content = document(operation, { components: { schemas: { A: { type: 'object' } } } });
    expect(() => converted(content, 'it')).toThrow(`${REFUSED}#/paths/~1a/get/${message}`);
  });

  test('leaves the header Content-Type to the body', () => {
    const { inputSchema, event, warnings } = converted(parameter({ name: 'Content-Type', in: 'header' }), 'it');
    expect([inputSchema.properties, event.headers, warnings]).toEqual([{}, undefined, []]);
  });

  test('refuses names with line breaks', () => {
    for (const place of ['header', 'cookie']) {
      expect(() => converted(parameter({ name: 'X-A\r\nX-B', in: place, schema: {} }), 'it')).toThrow(
        `${REFUSED}#/paths/~1a/get/parameters/0: must be the name of a ${place}`,
      );
    }
  });

  test('chooses JSON of several content types', () => {
    const content = { 'application/xml': {}, 'application/json': { schema: { type: 'object' } } };
    const { event } = converted(parameter({ name: 'p', in: 'query', content }), 'it');
    expect(event.query).toEqual([{ name: 'p', style: 'json' }]);
  });

  test('names what is beside a reference', () => {
    const P = { name: 'p', in: 'query', description: 'a', schema: { type: 'string' } };
    const reference = { $ref: '#/components/parameters/P', description: 'b', required: true };
    const of = (version: string) =>
      converted(parameter(reference, { version, components: { parameters: { P } } }), 'it');
    expect(of('3.1.0').inputSchema.properties).toMatchObject({ p: { description: 'b' } });
    expect(of('3.1.0').warnings).toEqual([
      '#/paths/~1a/get/parameters/0/required: has no effect, because it is beside a $ref',
    ]);
    expect(of('3.0.3').inputSchema.properties).toMatchObject({ p: { description: 'a' } });
    expect(of('3.0.3').warnings).toHaveLength(2);
  });

  test('with the names of members of all objects', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty'];
    const parameters = names.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
    expect(Object.keys(converted(document({ parameters }), 'it').inputSchema.properties as object)).toEqual(names);
  });

  test('with names that are the same in their first 64 characters', () => {
    const parameters = ['a', 'b'].map((end) => ({ name: 'x'.repeat(64) + end, in: 'query', schema: {} }));
    const { inputSchema, event } = converted(document({ parameters }), 'it');
    const names = Object.keys(inputSchema.properties as object);
    expect(names).toEqual(['x'.repeat(64), `${'x'.repeat(58)}_query`]);
    expect(event.query).toEqual(parameters.map(({ name }, index) => ({ name, argument: names[index] })));
  });
});

describe('operations', () => {
  const all = (paths: object, operations: string[]) =>
    toolsOf(McpOpenApi.fromString(JSON.stringify({ openapi: '3.1.0', paths }))._documents, operations, {
      eventType: 'apiGateway',
      basePath: '',
      outputSchemas: true,
    }).map(({ tool }) => tool.name);

  test('with long names that differ at the end only', () => {
    const [a, b] = ['a', 'b'].map((end) => 'x'.repeat(70) + end) as [string, string];
    const paths = { '/a': { get: { operationId: a } }, '/b': { get: { operationId: b } } };
    const both = all(paths, [a, b]);
    expect(new Set(both).size).toBe(2);
    expect([all(paths, [a]), all(paths, [b])].flat()).toEqual(both);
  });

  test('with ids that YAML reads as numbers', () => {
    expect(fromYamlNames('paths: { /a: { get: { operationId: 404 } } }', ['404'])).toEqual(['404']);
  });

  test('with derived names that are the same are refused', () => {
    const paths = { '/a/{b}': { get: {} }, '/a_b': { get: {} } };
    expect(() => all(paths, ['get_a_b'])).toThrow(
      'two operations are named "get_a_b", #/paths/~1a~1{b}/get and #/paths/~1a_b/get: give each its own operationId',
    );
  });

  test('of webhooks and callbacks are not offered', () => {
    const content = `openapi: 3.1.0
webhooks: { placed: { post: { operationId: it } } }
paths: { /a: { get: { operationId: other, callbacks: { done: { /done: { post: { operationId: it } } } } } } }`;
    expect(() => fromYaml(content)).toThrow('unknown operation "it"; the closest are:\n  other (GET /a)');
  });

  function fromYamlNames(text: string, operations: string[]) {
    const content = parseText(`openapi: 3.1.0\n${text}`) as { paths: object };
    return all(content.paths, operations);
  }
});

describe('YAML', () => {
  const yaml = (schema: string, more = '') =>
    `openapi: 3.1.0\n${more}\npaths: { /a: { get: { operationId: it, parameters: [{ name: p, in: query, schema: ${schema} }] } } }`;
  const schemaOf = (text: string) => (fromYaml(text).inputSchema.properties as { p: unknown }).p;

  test('has anchors and merge keys', () => {
    const more = 'x-a: &a { type: string, maxLength: 3 }';
    expect(schemaOf(yaml('*a', more))).toEqual({ type: 'string', maxLength: 3 });
    expect(schemaOf(yaml('{ <<: *a, maxLength: 5 }', more))).toEqual({ type: 'string', maxLength: 5 });
  });

  test.each<[string, string, RegExp]>([
    [
      'an alias inside its own anchor',
      yaml('&a { properties: { b: *a } }'),
      /\/schema\/properties\/b: an alias inside its own anchor: use \$ref/,
    ],
    [
      'an alias inside its own anchor, in allOf',
      yaml('&a { allOf: [*a] }'),
      /an alias inside its own anchor: use \$ref/,
    ],
    ['an infinite number', yaml('{ maximum: .inf }'), /\/schema\/maximum: Infinity is not a number of JSON/],
    ['a number that is too large', '{ "a": 1e400 }', /\/a: Infinity is not a number of JSON/],
    ['several documents', `${yaml('{}')}\n---\n{}`, /multiple documents/],
    [
      'a billion laughs',
      [
        'x-a0: &a0 [lol]',
        ...Array.from({ length: 12 }, (_, i) => `x-a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`),
      ].join('\n'),
      /Excessive alias count/,
    ],
    ['far too deep a nesting', `a: ${'['.repeat(5_000)}`, /./],
  ])('refuses %s', (_name, text, message) => {
    expect(() => McpOpenApi.fromString(text)).toThrow(/^McpOpenApi\.fromString\(\) is neither JSON nor YAML: /);
    expect(() => McpOpenApi.fromString(text)).toThrow(message);
  });
});

describe('schemas', () => {
  test('named __proto__', () => {
    const content = parseText(
      JSON.stringify(query({ $ref: '#/components/schemas/__proto__' })).replace(
        /}$/,
        ',"components":{"schemas":{"__proto__":{"type":"string"}}}}',
      ),
    );
    expect(converted(content, 'it').inputSchema).toMatchObject({
      properties: { p: { $ref: '#/$defs/schema' } },
      $defs: { schema: { type: 'string' } },
    });
  });

  test('with a property named __proto__ are refused', () => {
    const content = parseText(JSON.stringify(query({ properties: { x: {} } })).replace('"x"', '"__proto__"'));
    expect(() => converted(content, 'it')).toThrow(
      `${REFUSED}#/paths/~1a/get: /inputSchema/properties/p/properties/__proto__ is not allowed as a key`,
    );
  });

  test('nested too deep are refused', () => {
    let schema: object = { type: 'string' };
    for (let depth = 0; depth < 2_000; depth++) schema = { items: schema };
    expect(() => converted(query(schema), 'it')).toThrow(/it: #\/paths\/~1a\/get: .*nested more than/);
  });

  test('with circular allOf in a response have no output schema', () => {
    const schemas = {
      A: { allOf: [{ $ref: '#/components/schemas/B' }] },
      B: { type: 'object', allOf: [{ $ref: '#/components/schemas/A' }] },
    };
    const responses = { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/B' } } } } };
    const { outputSchema, warnings } = converted(document({ responses }, { components: { schemas } }), 'it');
    expect(outputSchema).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('refers to itself')]);
  });

  test('with several types, null among them', () => {
    expect(converted(query({ type: ['string', 'null'], enum: ['a', null] }), 'it').inputSchema.properties).toEqual({
      p: { type: ['string', 'null'], enum: ['a', null] },
    });
  });
});

test('names a summary that is too long for a title', () => {
  const { title, warnings } = converted(document({ summary: 'x'.repeat(257), description: 'y' }), 'it');
  expect(title).toBeUndefined();
  expect(warnings).toEqual(['#/paths/~1a/get/summary: has 257 characters, a title has at most 256: left out']);
});
