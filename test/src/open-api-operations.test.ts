import { describe, expect, test } from 'vitest';
import { converted, document, fromFile } from './open-api/support';

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
