import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Documents, toolsOf } from '../../src/private/openapi';
import { parseText } from '../../src/private/openapi/parser';

const FOLDER = 'test/src/open-api';
const SETTINGS = { eventType: 'apiGateway', basePath: '', outputSchemas: true } as const;

/** The tool of one operation, and what it lacks. */
function converted(content: unknown, operation: string) {
  const [result] = toolsOf(new Documents(content, ''), [operation], SETTINGS);
  return { ...result!.tool, warnings: result!.warnings };
}

function fromFile(file: string, operation: string) {
  const documents = new Documents(
    parseText(readFileSync(`${FOLDER}/${file}`, 'utf8')),
    basename(file),
    resolve(dirname(`${FOLDER}/${file}`)),
  );
  const [result] = toolsOf(documents, [operation], SETTINGS);
  return { ...result!.tool, warnings: result!.warnings };
}

/** A document of one operation. */
function document(operation: object, options: { [key: string]: any } = {}) {
  const { version = '3.1.0', path = '/a', method = 'get', ...rest } = options;
  return { openapi: version, paths: { [path]: { [method]: { operationId: 'it', ...operation } } }, ...rest };
}

describe('an OpenAPI 3.0 document in JSON', () => {
  test('has query parameters of each style, headers and cookies', () => {
    const { inputSchema, event } = fromFile('orders.json', 'listOrders');
    expect(event).toEqual({
      type: 'apiGateway',
      method: 'GET',
      path: '/orders',
      query: [
        'customer',
        { name: 'status', explode: false },
        { name: 'filter', style: 'deepObject' },
        { name: 'page[size]', argument: 'page_size' },
      ],
      headers: ['X-Request-Id'],
      cookies: ['currency'],
      body: { type: 'none' },
    });
    expect(inputSchema).toEqual({
      type: 'object',
      properties: {
        customer: { type: 'string', examples: ['c-7'] },
        status: { type: 'array', items: { $ref: '#/$defs/Status' } },
        filter: { type: 'object', properties: { city: { type: 'string' } } },
        page_size: { type: 'integer', exclusiveMinimum: 0 },
        'X-Request-Id': { type: 'string', format: 'uuid' },
        currency: { type: 'string' },
      },
      required: ['customer'],
      additionalProperties: false,
      $defs: { Status: { type: ['string', 'null'], enum: ['OPEN', 'SHIPPED', null] } },
    });
  });

  test('has a JSON body without readOnly properties, and a response without writeOnly ones', () => {
    const { inputSchema, outputSchema, event, warnings } = fromFile('orders.json', 'createOrder');
    expect(event.body).toEqual({ type: 'rest' });
    expect(Object.keys(inputSchema.properties as object)).toEqual(['pin', 'customer', 'status', 'total']);
    expect(inputSchema.required).toEqual(['customer', 'pin']);
    expect(inputSchema).not.toHaveProperty('additionalProperties');
    expect(Object.keys(outputSchema!.properties as object)).toEqual(['id', 'customer', 'status', 'total']);
    expect(outputSchema!.required).toEqual(['id', 'customer']);
    expect(warnings).toEqual([]);
  });

  test('rewrites a pattern for the flag u, and leaves out XML and extensions', () => {
    const { properties } = fromFile('orders.json', 'createOrder').inputSchema as any;
    expect(properties.pin).toEqual({ type: 'string', writeOnly: true, pattern: '^\\d{4}-\\d$' });
    expect(properties.total).toEqual({ type: 'number' });
  });

  test('has one name in path and body', () => {
    const { name, inputSchema, event } = fromFile('orders.json', 'orders.replace');
    expect(name).toBe('orders_replace');
    expect(event).toMatchObject({ pathParameters: [{ name: 'id', argument: 'id_path' }], body: { type: 'rest' } });
    expect(inputSchema).toEqual({
      type: 'object',
      properties: {
        id_path: { type: 'string', description: 'The order id' },
        id: { type: 'integer' },
        note: { type: ['string', 'null'] },
      },
      required: ['id_path', 'id'],
      additionalProperties: false,
    });
  });

  test('has an operation without operationId', () => {
    const { name, title, description } = fromFile('orders.json', 'delete_orders_id');
    expect({ name, title, description }).toEqual({
      name: 'delete_orders_id',
      title: 'Delete an order',
      description: 'Deprecated. Delete an order',
    });
  });

  test.each([
    ['listOrders', { readOnlyHint: true }],
    ['orderExists', { readOnlyHint: true }],
    ['createOrder', { readOnlyHint: false }],
    ['orders.replace', { readOnlyHint: false, idempotentHint: true }],
    ['delete_orders_id', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
  ])('has annotations of %s by its method', (operation, annotations) => {
    expect(fromFile('orders.json', operation).annotations).toEqual(annotations);
  });

  test('has no output schema without a JSON object', () => {
    expect(fromFile('orders.json', 'orders.replace').outputSchema).toBeUndefined();
    expect(fromFile('payments.yaml', 'payByForm').outputSchema).toBeUndefined();
  });
});

describe('an OpenAPI 3.1 document in YAML', () => {
  test('has alternatives, with their discriminator as constants', () => {
    const { inputSchema, event } = fromFile('payments.yaml', 'pay');
    const kind = (rule: object) => ({ properties: { kind: rule }, required: ['kind'] });
    expect(inputSchema).toMatchObject({
      properties: {
        body: {
          description: 'The payment',
          oneOf: [
            { allOf: [{ $ref: '#/$defs/Card' }, kind({ enum: ['card', 'debit'] })] },
            { allOf: [{ $ref: '#/$defs/Invoice' }, kind({ const: 'invoice' })] },
            { $ref: '#/$defs/Voucher' },
          ],
        },
      },
      required: ['body'],
      additionalProperties: false,
    });
    expect(event.body).toEqual({ type: 'argument', name: 'body', contentType: 'application/vnd.payments+json' });
  });

  test('keeps what is beside a reference', () => {
    const { Card } = fromFile('payments.yaml', 'pay').inputSchema.$defs as any;
    expect(Card.properties.number).toEqual({ $ref: '#/$defs/Digits', description: 'The number' });
  });

  test('has one output schema for all successful responses', () => {
    expect(fromFile('payments.yaml', 'pay').outputSchema).toEqual({
      type: 'object',
      anyOf: [
        { allOf: [{ $ref: '#/$defs/Receipt' }, { properties: { message: { type: ['string', 'null'] } } }] },
        { $ref: '#/$defs/Receipt' },
      ],
      $defs: { Receipt: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } } },
    });
  });

  test('has a form, with the encoding of its fields', () => {
    expect(fromFile('payments.yaml', 'payByForm').event.body).toEqual({
      type: 'rest',
      contentType: 'application/x-www-form-urlencoded',
      fields: [
        { name: 'tags', style: 'spaceDelimited' },
        { name: 'address', style: 'json' },
        { name: 'metadata', style: 'deepObject' },
      ],
    });
  });

  test('has a text, beside parameters with its name and with JSON', () => {
    const { inputSchema, event } = fromFile('payments.yaml', 'setNote');
    expect(event).toMatchObject({
      query: [
        { name: 'body', argument: 'body_query' },
        { name: 'options', style: 'json' },
      ],
      body: { type: 'argument', name: 'body', contentType: 'text/plain' },
    });
    expect(inputSchema).toMatchObject({ properties: { body: { type: 'string', maxLength: 80 } }, required: ['id'] });
  });

  test('has binary data as base64, and an undeclared path parameter with a warning', () => {
    const { inputSchema, event, warnings } = fromFile('payments.yaml', 'setPhoto');
    expect(inputSchema.properties).toEqual({
      id: { type: 'string' },
      body: { type: 'string', contentEncoding: 'base64' },
    });
    expect(event.body).toEqual({ type: 'argument', name: 'body', contentType: 'image/png' });
    expect(warnings).toEqual([
      'payments.yaml#/paths/~1payments~1{id}~1photo: the path parameter "id" is not declared: its argument is a string',
    ]);
  });
});

test('circular references stay references', () => {
  const { inputSchema, outputSchema } = fromFile('tree.yaml', 'addNode');
  const node = {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string' },
      children: { type: 'array', items: { $ref: '#/$defs/Node' } },
      links: { type: 'array', items: { $ref: '#/$defs/Link' } },
    },
  };
  const $defs = { Node: node, Link: { type: 'object', properties: { target: { $ref: '#/$defs/Node' } } } };
  expect(inputSchema).toEqual({ ...node, $defs });
  expect(outputSchema).toEqual({ ...node, $defs });
});

test('a document of several files', () => {
  const { inputSchema, outputSchema } = fromFile('shop/openapi.yaml', 'getProduct');
  const product = {
    type: 'object',
    properties: {
      id: { $ref: '#/$defs/Id' },
      parts: { type: 'array', items: { $ref: '#/$defs/product' } },
    },
  };
  const Id = { type: 'string', minLength: 3 };
  expect(inputSchema).toMatchObject({ properties: { id: { $ref: '#/$defs/Id' } }, $defs: { Id } });
  expect(outputSchema).toEqual({ ...product, $defs: { Id, product } });
});

describe('parameters', () => {
  test.each([
    ['path', 'simple', undefined, undefined],
    ['path', 'simple', true, { explode: true }],
    ['path', 'label', undefined, { style: 'label' }],
    ['path', 'label', true, { style: 'label', explode: true }],
    ['path', 'matrix', undefined, { style: 'matrix' }],
    ['path', 'matrix', true, { style: 'matrix', explode: true }],
    ['query', 'form', undefined, undefined],
    ['query', 'form', true, undefined],
    ['query', 'form', false, { explode: false }],
    ['query', 'spaceDelimited', undefined, { style: 'spaceDelimited' }],
    ['query', 'pipeDelimited', false, { style: 'pipeDelimited' }],
    ['query', 'pipeDelimited', true, { style: 'pipeDelimited', explode: true }],
    ['query', 'deepObject', true, { style: 'deepObject' }],
    ['header', 'simple', undefined, undefined],
    ['header', 'simple', true, { explode: true }],
    ['cookie', 'form', undefined, undefined],
    ['cookie', 'form', false, { explode: false }],
  ])('in %s, style %s, explode %s', (location, style, explode, mapping) => {
    const parameter = { name: 'p', in: location, style, explode, schema: { type: 'array' } };
    const { event } = converted(
      document({ parameters: [parameter] }, { path: location === 'path' ? '/a/{p}' : '/a' }),
      'it',
    );
    const { pathParameters, query, headers, cookies } = event;
    const lists = { path: pathParameters, query, header: headers, cookie: cookies };
    const plain = location === 'path' ? undefined : ['p'];
    expect(lists[location as 'path']).toEqual(mapping ? [{ name: 'p', ...mapping }] : plain);
  });

  test('of an operation replace those of its path', () => {
    const parameter = (type: string) => ({ name: 'p', in: 'query', schema: { type } });
    const content = {
      openapi: '3.1.0',
      paths: {
        '/a': { parameters: [parameter('string')], get: { operationId: 'it', parameters: [parameter('number')] } },
      },
    };
    expect(converted(content, 'it').inputSchema.properties).toEqual({ p: { type: 'number' } });
  });

  test('with one name in several places', () => {
    const parameters = ['query', 'header', 'cookie'].map((location) => ({ name: 'id', in: location, schema: {} }));
    const path = { name: 'id', in: 'path', required: true, schema: {} };
    const { inputSchema } = converted(document({ parameters: [...parameters, path] }, { path: '/a/{id}' }), 'it');
    expect(Object.keys(inputSchema.properties as object)).toEqual(['id', 'id_query', 'id_header', 'id_cookie']);
  });

  test('with description, deprecated and examples', () => {
    const parameter = {
      name: 'p',
      in: 'query',
      description: 'A p',
      deprecated: true,
      examples: { a: { value: 1 } },
      schema: true,
    };
    expect(converted(document({ parameters: [parameter] }), 'it').inputSchema.properties).toEqual({
      p: { description: 'A p', deprecated: true, examples: [1] },
    });
  });
});

describe('names', () => {
  test.each([
    ['repos/get-by id', 'repos_get-by_id'],
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), `${'a'.repeat(55)}_635361c4`],
    ['注文', '266125dd'],
  ])('%s', (operationId, name) => {
    expect(converted(document({ operationId }), operationId).name).toBe(name);
  });
});

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
