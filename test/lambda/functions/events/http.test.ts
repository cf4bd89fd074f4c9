import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTrace } from '../../../../lambda/shared/request-trace.js';
import { ANONYMOUS, v1, v2 } from './support.js';

const { AWS_REGION, _X_AMZN_TRACE_ID } = process.env;
beforeAll(() => Object.assign(process.env, { AWS_REGION: 'eu-west-1', _X_AMZN_TRACE_ID: 'Root=1-2-3' }));
afterAll(() => {
  for (const [name, value] of Object.entries({ AWS_REGION, _X_AMZN_TRACE_ID })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const ORDER = { method: 'GET', path: '/orders/{orderId}' } as const;
const HOST = 'mcp.execute-api.eu-west-1.amazonaws.com';

test('has the trace of the message, of which a session handles several in one invocation', () => {
  const event = inTrace({ xray: 'Root=4-5-6' }, () => v1(ORDER, { orderId: '1' })) as { headers: object };
  expect(event.headers).toMatchObject({ 'X-Amzn-Trace-Id': 'Root=4-5-6' });
});

describe('payload format 1.0', () => {
  test('has every field of a REST API', () => {
    const event = v1(
      { ...ORDER, query: ['q'], headers: ['X-Tenant'], cookies: ['theme'] },
      {
        orderId: 'A 1?ü',
        q: ['a', 'b&c'],
        'X-Tenant': 'acme',
        theme: 'dark; admin=1',
        page: 2,
      },
    );
    const headers = {
      'X-Tenant': 'acme',
      Accept: 'application/json, */*;q=0.5',
      'User-Agent': 'cdk-mcp-lambda',
      Host: HOST,
      'X-Amzn-Trace-Id': 'Root=1-2-3',
      'X-Forwarded-For': '0.0.0.0',
      'X-Forwarded-Port': '443',
      'X-Forwarded-Proto': 'https',
      Cookie: 'theme=dark%3B%20admin%3D1',
    };
    const claims = { sub: 'ann', iss: 'https://id.example', scope: 'orders/read', level: '3' };
    expect(event).toEqual({
      resource: '/orders/{orderId}',
      path: '/orders/A%201%3F%C3%BC',
      httpMethod: 'GET',
      headers,
      multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      queryStringParameters: { q: 'b&c', page: '2' },
      multiValueQueryStringParameters: { q: ['a', 'b&c'], page: ['2'] },
      pathParameters: { orderId: 'A 1?ü' },
      stageVariables: null,
      requestContext: {
        resourceId: 'mcp',
        resourcePath: '/orders/{orderId}',
        httpMethod: 'GET',
        extendedRequestId: 'i-1',
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        path: '/orders/A%201%3F%C3%BC',
        accountId: '123456789012',
        protocol: 'HTTP/1.1',
        stage: '$default',
        domainPrefix: 'mcp',
        requestTimeEpoch: expect.any(Number),
        requestId: 'i-1',
        identity: {
          cognitoIdentityPoolId: null,
          accountId: null,
          cognitoIdentityId: null,
          caller: null,
          sourceIp: '0.0.0.0',
          principalOrgId: null,
          accessKey: null,
          cognitoAuthenticationType: null,
          cognitoAuthenticationProvider: null,
          userArn: null,
          userAgent: 'cdk-mcp-lambda',
          user: null,
        },
        domainName: HOST,
        deploymentId: 'mcp',
        apiId: 'mcp',
        authorizer: { ...claims, principalId: 'ann', claims },
      },
      body: null,
      isBase64Encoded: false,
    });
  });

  test('has null where a REST API has nothing', () => {
    expect(v1({ method: 'GET', path: '/' }, {}, ANONYMOUS)).toMatchObject({
      path: '/',
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      body: null,
    });
  });
});

describe('payload format 2.0', () => {
  test('has every field of an HTTP API and a function URL', () => {
    const event = v2(
      { method: 'POST', path: '/orders/{orderId}', query: ['q'], headers: ['X-Tenant'], cookies: ['theme', 'lang'] },
      { orderId: 'A 1?ü', q: ['a', 'b,c&d'], 'X-Tenant': 'acme', theme: 'dark', lang: 'de', note: 'ü' },
    );
    const claims = { sub: 'ann', iss: 'https://id.example', scope: 'orders/read', level: '3' };
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /orders/{orderId}',
      rawPath: '/orders/A%201%3F%C3%BC',
      rawQueryString: 'q=a&q=b%2Cc%26d',
      cookies: ['theme=dark', 'lang=de'],
      headers: {
        'x-tenant': 'acme',
        accept: 'application/json, */*;q=0.5',
        'user-agent': 'cdk-mcp-lambda',
        'content-type': 'application/json',
        'content-length': '13',
        host: HOST,
        'x-amzn-trace-id': 'Root=1-2-3',
        'x-forwarded-for': '0.0.0.0',
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
      },
      queryStringParameters: { q: 'a,b,c&d' },
      pathParameters: { orderId: 'A 1?ü' },
      requestContext: {
        accountId: '123456789012',
        apiId: 'mcp',
        domainName: HOST,
        domainPrefix: 'mcp',
        http: {
          method: 'POST',
          path: '/orders/A%201%3F%C3%BC',
          protocol: 'HTTP/1.1',
          sourceIp: '0.0.0.0',
          userAgent: 'cdk-mcp-lambda',
        },
        requestId: 'i-1',
        routeKey: 'POST /orders/{orderId}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:/),
        timeEpoch: expect.any(Number),
        authorizer: {
          jwt: { claims, scopes: ['orders/read'] },
          lambda: { ...claims, principalId: 'ann' },
        },
      },
      body: '{"note":"ü"}',
      isBase64Encoded: false,
    });
  });

  test('leaves out what an HTTP API leaves out', () => {
    const event = v2({ method: 'GET', path: '/' }, {}, ANONYMOUS);
    for (const key of ['cookies', 'queryStringParameters', 'pathParameters', 'body'])
      expect(event).not.toHaveProperty(key);
    expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false });
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  test('has the ARN of a signing caller', () => {
    const arn = 'arn:aws:sts::123456789012:assumed-role/Agent/session';
    const iam = { ...ANONYMOUS, principal: { id: arn } };
    expect(v2(ORDER, { orderId: 'x' }, iam).requestContext.authorizer.iam).toMatchObject({
      accountId: '123456789012',
      userArn: arn,
    });
    expect(v1(ORDER, { orderId: 'x' }, iam).requestContext.identity).toMatchObject({
      accountId: '123456789012',
      userArn: arn,
    });
  });
});

describe('arguments without a place', () => {
  const args = { orderId: 'A', n: 1, on: true, nothing: null, list: [1, 2], object: { a: 1 } };

  test.each(['POST', 'PUT', 'PATCH'] as const)('go to the body of %s', (method) => {
    const { body, queryStringParameters, headers } = v1({ ...ORDER, method }, args);
    const { orderId: _, ...rest } = args;
    expect(JSON.parse(body)).toEqual(rest);
    expect(queryStringParameters).toBeNull();
    expect(headers['Content-Type']).toBe('application/json');
  });

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'] as const)('go to the query of %s', (method) => {
    const event = v1({ ...ORDER, method }, args);
    expect(event.body).toBeNull();
    expect(event.multiValueQueryStringParameters).toEqual({
      n: ['1'],
      on: ['true'],
      list: ['1', '2'],
      object: ['{"a":1}'],
    });
  });

  test('go to the query if the body is one argument, or none', () => {
    const post = { method: 'POST', path: '/orders' } as const;
    const order = { sku: 'S' };
    const one = v1({ ...post, body: { type: 'argument', name: 'order' } }, { order, dryRun: true });
    expect(one).toMatchObject({ body: '{"sku":"S"}', queryStringParameters: { dryRun: 'true' } });
    expect(v1({ ...post, body: { type: 'argument', name: 'order' } }, {}).body).toBeNull();
    expect(v1({ ...post, body: { type: 'none' } }, { order })).toMatchObject({
      body: null,
      queryStringParameters: { order: '{"sku":"S"}' },
    });
  });

  test('cannot repeat a declared query parameter', () => {
    const event = { method: 'GET', path: '/', query: [{ name: 'status', argument: 'state' }] } as const;
    expect(() => v1(event, { state: 'open', status: 'any' })).toThrow(/"status" is not an argument/);
  });
});

describe('bodies', () => {
  const post = { method: 'POST', path: '/' } as const;
  const body = (contentType: string, value: unknown) =>
    v1({ ...post, body: { type: 'argument', name: 'b', contentType } }, { b: value });

  test.each([
    ['application/json', { a: 1 }, '{"a":1}'],
    ['application/merge-patch+json', { a: 1 }, '{"a":1}'],
    ['text/plain', 'x', 'x'],
    ['application/xml', '<a/>', '<a/>'],
    ['application/x-www-form-urlencoded', { 'a b': 'c&d', e: [1, 2] }, 'a%20b=c%26d&e=1&e=2'],
  ])('of type %s', (contentType, value, text) => {
    const event = body(contentType, value);
    expect(event).toMatchObject({ body: text, isBase64Encoded: false });
    expect(event.headers['Content-Type']).toBe(contentType);
  });

  test('of binary types are base64', () => {
    const event = body('image/png', 'iVBORw0KGgo=');
    expect(event).toMatchObject({ body: 'iVBORw0KGgo=', isBase64Encoded: true });
    expect(event.headers['Content-Length']).toBe('8');
    expect(() => body('image/png', 'not base64!')).toThrow('invalid arguments: "b" must be a string of base64');
  });

  test('of forms have the styles of their fields', () => {
    const fields = [
      { name: 'tags', explode: false },
      { name: 'filter', style: 'deepObject', explode: true },
      { name: 'data', style: 'json', explode: false },
    ] as const;
    const event = v1(
      { ...post, body: { type: 'rest', contentType: 'application/x-www-form-urlencoded', fields } },
      { tags: ['a', 'b'], filter: { 'k[x': 1 }, data: { x: 1 } },
    );
    expect(event.body).toBe('tags=a,b&filter%5Bk%5Bx%5D=1&data=%7B%22x%22%3A1%7D');
  });
});
