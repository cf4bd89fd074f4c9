import { describe, expect, test } from 'vitest';
import { validateDefinition, validateRegistration } from '../../../src/private/validation';

const lambdaArn = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
const TOOL = { type: 'tool', name: 'orders' };
const GET = { type: 'apiGateway', method: 'GET', path: '/orders' };

const errors = (body: object) =>
  (validateDefinition(body).errors ?? []).map(({ path, message }) => `${path} ${message}`);
const eventErrors = (event: unknown, more: object = {}) => errors({ ...TOOL, ...more, event });

test.each([
  [{ type: 'request' }],
  [{ type: 'apiGateway', method: 'GET', path: '/' }],
  [
    {
      type: 'httpApi',
      method: 'DELETE',
      path: '/a/{b}/{c+}',
      query: ['q', { name: 'f', style: 'deepObject', explode: true }],
    },
  ],
  [{ type: 'apiGateway', method: 'POST', path: '/%20/{x}', headers: ['X-A'], cookies: ['c'], body: { type: 'rest' } }],
  [{ ...GET, pathParameters: [{ name: 'b', argument: 'b_2', style: 'matrix' }], path: '/{b}' }],
  [{ ...GET, body: { type: 'argument', name: 'a', contentType: 'image/png' } }],
  [
    {
      ...GET,
      body: { type: 'rest', contentType: 'application/x-www-form-urlencoded', fields: [{ name: 'a', style: 'json' }] },
    },
  ],
  [{ ...GET, body: { type: 'none' } }],
  [{ type: 'appSync', typeName: 'Query', fieldName: 'order' }],
  [{ type: 'bedrockAgent', actionGroup: 'orders', function: 'get_order' }],
  [{ type: 'sqs' }],
  [{ type: 'template', template: { a: '{{arguments}}', b: ['{{caller.id}}'], c: 'x{y}' } }],
])('accepts %j, at synth and at run time', (event) => {
  expect(validateDefinition({ ...TOOL, event }).definition).toMatchObject({ event });
  expect(validateRegistration({ ...TOOL, lambdaArn, event }).definition).toMatchObject({ event });
});

test('leaves out the default', () => {
  expect(validateDefinition({ ...TOOL, event: { type: 'arguments' } }).definition).not.toHaveProperty('event');
});

test.each([
  [null, '/event must be a JSON object with a type; got null'],
  ['request', '/event must be a JSON object with a type; got "request"'],
  [
    {},
    '/event/type must be "arguments" or "request" or "apiGateway" or "httpApi" or "appSync" or "bedrockAgent" or "sqs" or "template"; got undefined',
  ],
  [{ type: 'toString' }, '/event/type must be "arguments" or'],
  [{ type: 'request', method: 'GET' }, '/event/method unknown key "method": a request event has the keys type'],
  [{ type: 'apiGateway' }, '/event/method is required in an apiGateway event'],
  [{ ...GET, method: 'get' }, '/event/method must be "GET" or "HEAD" or'],
  [{ ...GET, path: 'orders' }, '/event/path must begin with a slash, such as "/orders/{orderId}"; got "orders"'],
  [{ ...GET, path: '/a?b=c' }, 'write the query as query'],
  [{ ...GET, path: '/a/{b' }, '/event/path "/a/{b" has an unmatched brace'],
  [{ ...GET, path: '/a b' }, 'percent-encode them'],
  [{ ...GET, path: '/a/../b' }, '/event/path "/a/../b" has a segment "." or ".."'],
  [{ ...GET, path: '/%2e%2E/b' }, 'has a segment "." or ".."'],
  [{ ...GET, path: '/{}' }, 'has a parameter without a name'],
  [{ ...GET, path: '/{a}/{a}' }, '/event/path "{a}" is a duplicate'],
  [{ ...GET, path: '/{a+}/b' }, '/event/path "{a+}" must be the end of the path'],
  [{ ...GET, path: `/${'x'.repeat(1024)}` }, 'at most 1024 are allowed'],
  [{ ...GET, pathParameters: ['x'] }, '/event/pathParameters/0 "x" is not in the path: its parameters are none'],
  [{ ...GET, query: ['a', { name: 'a' }] }, '/event/query/1 "a" is a duplicate'],
  [{ ...GET, query: [{ name: 'a', style: 'simple' }] }, '/event/query/0/style must be "form" or'],
  [{ ...GET, query: ['a\nb'] }, '/event/query/0 has a control character'],
  [{ ...GET, headers: ['a b'] }, '/event/headers/0 must be the name of a header'],
  [{ ...GET, headers: ['X-A\r\nHost'] }, '/event/headers/0 must be the name of a header'],
  [{ ...GET, cookies: ['a=b'] }, '/event/cookies/0 must be the name of a cookie'],
  [{ ...GET, body: 'rest' }, '/event/body must be a JSON object with a type'],
  [{ ...GET, body: { type: 'all' } }, '/event/body/type must be "rest" or "argument" or "none"; got "all"'],
  [{ ...GET, body: { type: 'argument' } }, '/event/body/name is required in a body of type argument'],
  [
    { ...GET, body: { type: 'rest', contentType: 'image/png' } },
    'must be JSON or a URL-encoded form in a body of type rest',
  ],
  [{ ...GET, body: { type: 'rest', contentType: 'multipart/form-data' } }, 'must not be multipart'],
  [{ ...GET, body: { type: 'rest', fields: ['a'] } }, '/event/body/fields needs "contentType"'],
  [{ type: 'appSync', typeName: 'Query', fieldName: 'a b' }, '/event/fieldName must be a GraphQL name'],
  [{ type: 'bedrockAgent', actionGroup: 'a', function: '' }, '/event/function must be 1 to 100 of the characters'],
  [{ type: 'template', template: 'x' }, '/event/template must be a JSON object'],
  [
    { type: 'template', template: { a: ['{{argument}}'] } },
    '/event/template/a/0 "{{argument}}" has an unknown placeholder: the placeholders are {{arguments}}, {{arguments.NAME}}, {{caller}}, {{caller.id}} and {{time}}',
  ],
])('refuses %j', (event, message) => {
  expect(eventErrors(event).join('\n')).toContain(message);
  const registration = validateRegistration({ ...TOOL, lambdaArn, event });
  expect(registration.errors?.map(({ path, message }) => `${path} ${message}`)).toEqual(eventErrors(event));
});

test.each([
  'Host',
  'host',
  'Connection',
  'Keep-Alive',
  'Proxy-Authorization',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'Content-Length',
  'Content-Type',
  'Authorization',
  'Cookie',
  'Forwarded',
  'X-Forwarded-For',
  'x-forwarded-host',
  'X-Real-IP',
  'CloudFront-Viewer-Address',
  'CF-Connecting-IP',
  'X-Cluster-Client-IP',
  'Fastly-Client-IP',
  'X-Original-Host',
  'X-Amzn-Trace-Id',
  'X-Amz-Security-Token',
  'X-HTTP-Method-Override',
  'X-Original-URL',
])('refuses the header %s', (name) => {
  expect(eventErrors({ ...GET, headers: [name] })).toEqual([
    `/event/headers/0 must not be "${name}": arguments cannot set this header`,
  ]);
  expect(eventErrors({ ...GET, headers: [{ name, argument: 'a' }] })[0]).toContain('/event/headers/0/name must not be');
});

describe('arguments of the mapping', () => {
  const inputSchema = { type: 'object', properties: { orderId: { type: 'string' }, q: {} }, required: ['orderId'] };
  const event = { type: 'apiGateway', method: 'GET', path: '/orders/{orderId}', query: ['q'] };

  test('must be properties of the input schema', () => {
    expect(eventErrors(event, { inputSchema })).toEqual([]);
    expect(
      eventErrors(
        { ...event, path: '/{order}', headers: ['X-A'], cookies: ['c'], body: { type: 'argument', name: 'b' } },
        { inputSchema },
      ),
    ).toEqual([
      '/event/path the argument "order" does not exist: the properties of inputSchema are "orderId", "q"',
      '/event/headers/0 the argument "X-A" does not exist: the properties of inputSchema are "orderId", "q"',
      '/event/cookies/0 the argument "c" does not exist: the properties of inputSchema are "orderId", "q"',
      '/event/body/name the argument "b" does not exist: the properties of inputSchema are "orderId", "q"',
    ]);
    expect(eventErrors({ type: 'template', template: { a: ['{{arguments.x}}'] } }, { inputSchema })).toEqual([
      '/event/template/a/0 the argument "x" does not exist: the properties of inputSchema are "orderId", "q"',
    ]);
  });

  test('must be required in the path', () => {
    expect(eventErrors({ ...event, path: '/{q}' }, { inputSchema })).toEqual([
      '/event/path the argument "q" must be required, because it is part of the path',
    ]);
  });

  test('are not known if the schema allows other properties', () => {
    for (const more of [{ additionalProperties: true }, { allOf: [{}] }, { patternProperties: {} }]) {
      expect(eventErrors({ ...event, path: '/{x}' }, { inputSchema: { ...inputSchema, ...more } })).toEqual([]);
    }
    expect(eventErrors(event)).toEqual([]);
  });

  test('are the variables of a resource template, and the arguments of a prompt', () => {
    const template = { type: 'resource', name: 'o', uriTemplate: 'o://{orderId}{?q}' };
    expect(errors({ ...template, event })).toEqual([]);
    expect(errors({ ...template, event: { ...event, query: ['x'] } })).toEqual([
      '/event/query/0 the argument "x" does not exist: the variables of uriTemplate are "orderId", "q"',
    ]);
    const prompt = { type: 'prompt', name: 'o', arguments: [{ name: 'orderId' }, { name: 'q' }] };
    expect(errors({ ...prompt, event })).toEqual([
      '/event/path the argument "orderId" must be required, because it is part of the path',
    ]);
  });
});

describe('the request event is needed', () => {
  test('for input requests', () => {
    const message =
      '/asksClient needs "event": { "type": "request" }: with any other event, the function does not receive the input responses';
    expect(errors({ ...TOOL, asksClient: ['elicitation'] })).toEqual([message]);
    expect(eventErrors(GET, { asksClient: ['elicitation'] })).toEqual([message]);
    expect(eventErrors({ type: 'request' }, { asksClient: ['elicitation'] })).toEqual([]);
  });

  test('for a function that completes its own arguments', () => {
    const prompt = { type: 'prompt', name: 'p', lambdaArn, completionHandler: lambdaArn };
    expect(validateRegistration(prompt).errors).toMatchObject([
      { path: '/completionHandler', message: expect.stringContaining('needs "event"') },
    ]);
    expect(validateRegistration({ ...prompt, event: { type: 'request' } }).errors).toBeUndefined();
    expect(validateRegistration({ ...prompt, completionHandler: `${lambdaArn}-2` }).errors).toBeUndefined();
  });

  test('for a function behind an envelope that lists resources', () => {
    const template = { type: 'resource', name: 'o', uriTemplate: 'o://{id}', listable: true };
    expect(errors({ ...template, event: { ...GET, path: '/{id}' } })[0]).toContain('/listable needs "event"');
    expect(errors(template)).toEqual([]);
  });
});
