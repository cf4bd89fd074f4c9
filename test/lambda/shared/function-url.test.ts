import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  cameFromFunctionUrl,
  type FunctionUrlEvent,
  isFunctionUrlEvent,
  restEvent,
} from '../../../lambda/shared/function-url.js';
import { bodyText, header, headersOf } from '../../../lambda/shared/http.js';
import { corsHeaders, originAllowed } from '../../../lambda/shared/origin.js';
import { principalOf } from '../../../lambda/shared/principal.js';
import { AUTHORIZATION, ENV } from '../../../src/private/contract.js';
import { functionUrlEvent, iamCaller, proxyEvent, URL_HOST } from './events.js';

const ROUTES = ['/mcp', '/mcp/{toolset}', '/register/{id}'];
const translate = (...args: Parameters<typeof functionUrlEvent>) => restEvent(functionUrlEvent(...args), ROUTES);

afterEach(() => vi.unstubAllEnvs());

test('translates a request', () => {
  const event = functionUrlEvent({
    rawPath: '/mcp',
    rawQueryString: 'a=1&a=2&b=%20x+y&__proto__=z',
    headers: { accept: 'application/json,text/event-stream', 'content-type': 'application/json' },
    cookies: ['a=1', 'b=2'],
    body: '{"id":1}',
  });
  expect(restEvent(event, ROUTES)).toMatchObject({
    resource: '/mcp',
    path: '/mcp',
    httpMethod: 'POST',
    headers: {
      accept: 'application/json,text/event-stream',
      'content-type': 'application/json',
      cookie: 'a=1; b=2',
      host: URL_HOST,
    },
    multiValueHeaders: { accept: ['application/json,text/event-stream'], cookie: ['a=1; b=2'] },
    queryStringParameters: { a: '2', b: ' x y', ['__proto__']: 'z' },
    multiValueQueryStringParameters: { a: ['1', '2'], b: [' x y'] },
    pathParameters: null,
    body: '{"id":1}',
    isBase64Encoded: false,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc123',
      authorizer: null,
      domainName: URL_HOST,
      identity: { sourceIp: '192.0.2.1', userAgent: 'agent/1', userArn: null, apiKeyId: null, cognitoIdentityId: null },
      path: '/mcp',
      requestId: 'b1c2',
      stage: '$default',
    },
  });
});

test.each([
  ['/mcp', '/mcp', null],
  ['/mcp/', '/mcp', null],
  ['/mcp/orders', '/mcp/{toolset}', { toolset: 'orders' }],
  ['/mcp/orders/', '/mcp/{toolset}', { toolset: 'orders' }],
  ['/register/tool-a%2Fb%20c', '/register/{id}', { id: 'tool-a/b c' }],
  ['/register/tool-%zz', '/register/{id}', { id: 'tool-%zz' }],
  ['/register/__proto__', '/register/{id}', { id: '__proto__' }],
  ['/mcp//', '', null],
  ['//mcp', '', null],
  ['/MCP', '', null],
  ['/%6dcp', '', null],
  ['/mcp/orders/more', '', null],
  ['/prod/mcp', '', null],
  ['/{toolset}', '', null],
  ['/register', '', null],
  ['/', '', null],
  ['', '', null],
])('finds the route of %s', (rawPath, resource, pathParameters) => {
  expect(translate({ rawPath })).toMatchObject({ resource, path: rawPath, pathParameters });
});

test('joins repeated headers, and decodes a body in base64', () => {
  const event = translate({ headers: { 'mcp-name': 'a,b' }, body: 'Z3LDvMOfZQ==', isBase64Encoded: true });
  expect(header(event, 'Mcp-Name')).toBe('a,b');
  expect(headersOf(event)['mcp-name']).toBe('a,b');
  expect(bodyText(event)).toBe('grüße');
  expect(bodyText(translate())).toBe('');
});

describe('the caller', () => {
  test.each([
    ['a user', 'arn:aws:iam::123456789012:user/ann', 'arn:aws:iam::123456789012:user/ann'],
    ['a role session', 'arn:aws:sts::123456789012:assumed-role/A/ann', 'arn:aws:sts::123456789012:assumed-role/A/ann'],
    [
      'a role session whose name an SDK generated, by its role',
      'arn:aws:sts::123456789012:assumed-role/A/botocore-session-1760000000',
      'arn:aws:sts::123456789012:assumed-role/A',
    ],
  ])('is %s', (_, arn, id) => {
    const event = translate({ authorizer: iamCaller(arn) });
    expect(principalOf(event)).toEqual({ id });
    expect(event.requestContext.identity).toMatchObject({
      accessKey: 'AKIAEXAMPLE',
      accountId: '123456789012',
      caller: 'AIDAEXAMPLE',
      user: 'AIDAEXAMPLE',
      userArn: arn,
    });
  });

  test('is the identity of an identity pool, if Lambda states one', () => {
    const { iam } = iamCaller('arn:aws:sts::123456789012:assumed-role/Users/CognitoIdentityCredentials');
    const authorizer = { iam: { ...iam, cognitoIdentity: { identityId: 'us-east-1:0a1b', identityPoolId: 'p' } } };
    expect(principalOf(translate({ authorizer }))).toEqual({ id: 'us-east-1:0a1b' });
  });

  test.each<[string, Parameters<typeof functionUrlEvent>[0]]>([
    ['no authorization', {}],
    ['null', { authorizer: null }],
    ['an empty authorizer', { authorizer: {} }],
    ['an empty caller', { authorizer: { iam: {} } }],
    [
      'other shapes, which Lambda does not send',
      {
        authorizer: {
          principalId: 'ann',
          claims: { sub: 'ann' },
          jwt: { claims: { sub: 'ann' } },
          lambda: {},
        } as never,
      },
    ],
    [
      'headers',
      {
        headers: {
          'x-amzn-principal': 'ann',
          'x-amz-user-arn': 'arn:aws:iam::123456789012:user/ann',
          'x-api-key': 'k1',
          authorization: 'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261127/us-east-1/lambda/aws4_request',
          'x-forwarded-host': 'evil.example',
        },
      },
    ],
  ])('is unknown with %s', (_, overrides) => {
    expect(principalOf(translate(overrides))).toBeNull();
  });
});

test('recognizes payload format 2.0, and nothing else', () => {
  expect(isFunctionUrlEvent(functionUrlEvent())).toBe(true);
  expect(isFunctionUrlEvent(proxyEvent())).toBe(false);
  expect(isFunctionUrlEvent({ ...proxyEvent(), version: '1.0' } as APIGatewayProxyEvent)).toBe(false);
  expect(cameFromFunctionUrl(translate())).toBe(true);
  expect(cameFromFunctionUrl(proxyEvent())).toBe(false);
});

describe('origins', () => {
  const from = (origin: string, headers: Record<string, string> = {}) => translate({ headers: { origin, ...headers } });

  test('accepts its own, which Lambda states, and no other that headers name', () => {
    expect(originAllowed(from(`https://${URL_HOST}`))).toBe(true);
    expect(originAllowed(from(`http://${URL_HOST}`, { 'x-forwarded-proto': 'http' }))).toBe(false);
    expect(originAllowed(from('https://evil.example', { host: 'evil.example' }))).toBe(false);
    expect(originAllowed(from('https://evil.example', { 'x-forwarded-host': 'evil.example' }))).toBe(false);
  });

  test('leaves CORS to Lambda with IAM authorization only', () => {
    vi.stubEnv(ENV.ALLOWED_ORIGINS, 'https://app.example');
    vi.stubEnv(ENV.AUTHORIZATION, AUTHORIZATION.NONE);
    expect(corsHeaders(from('https://app.example'))).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
    });
    vi.stubEnv(ENV.AUTHORIZATION, AUTHORIZATION.IAM);
    expect(originAllowed(from('https://app.example'))).toBe(true);
    expect(corsHeaders(from('https://app.example'))).toEqual({});
    expect(corsHeaders(proxyEvent({ headers: { Origin: 'https://app.example' } }))).not.toEqual({});
  });
});

test('translates every request, and keeps all that it contains', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('__proto__', 'constructor', '', '%', '/', '{id}'),
  );
  const name = text.map((each) => each.toLowerCase());
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'x'),
    rawPath: fc.array(text.map((each) => encodeURI(each))).map((each) => `/${each.join('/')}`),
    rawQueryString: text,
    headers: fc.dictionary(name, text),
    cookies: fc.option(fc.array(text), { nil: undefined }),
    body: fc.option(text, { nil: undefined }),
    isBase64Encoded: fc.boolean(),
  });
  fc.assert(
    fc.property(request, (overrides) => {
      const event = translate(overrides as Partial<FunctionUrlEvent>);
      expect(event).toMatchObject({ httpMethod: overrides.method, path: overrides.rawPath });
      expect(['', ...ROUTES]).toContain(event.resource);
      expect(event.body).toBe(overrides.body ?? null);
      expect(principalOf(event)).toBeNull();
      expect(Object.getPrototypeOf(event.headers)).toBe(Object.prototype);
      for (const [key, value] of Object.entries(overrides.headers)) {
        if (key !== 'cookie') expect(header(event, key)).toBe(value);
      }
      for (const [key, value] of new URLSearchParams(overrides.rawQueryString)) {
        expect(Object.getOwnPropertyDescriptor(event.multiValueQueryStringParameters, key)?.value).toContain(value);
      }
    }),
    { seed: 17, numRuns: 500 },
  );
});
