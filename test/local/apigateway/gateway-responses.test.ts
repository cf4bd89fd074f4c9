// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of mapping templates
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../../local/services/apigateway/definition.js';
import { mockResponse } from '../../../local/services/apigateway/mock.js';
import { arnOf } from '../lambda/support.js';
import { ECHO, route, send, startTestApi, type TestApi } from './support.js';

/** Denies with context, rejects, fails or returns no policy: as the header `x-do` says. */
const AUTHORIZER = `export const handler = async ({ methodArn, headers }) => {
  const action = headers['x-do'];
  if (action === 'reject') throw new Error('Unauthorized');
  if (action === 'fail') throw new Error('the issuer is not available');
  if (action === 'nonsense') return {};
  const Statement = [{ Action: 'execute-api:Invoke', Effect: action === 'deny' ? 'Deny' : 'Allow', Resource: methodArn }];
  return { principalId: 'ann', policyDocument: { Statement }, context: { challenge: 'Bearer "x"', level: 3, ok: true } };
};`;
const custom: Partial<Route> = { authorization: { type: 'CUSTOM', authorizerId: 'a' } };
const text = (value: string) => ({ contentType: 'application/json', text: value });
const header = (value: string) => ({ headers: { 'x-own': value } });

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi(
    [
      route('/own', 'echo', custom),
      route('/key', 'echo', { apiKeyRequired: true }),
      route('/iam', 'echo', { authorization: { type: 'AWS_IAM' } }),
      route('/once', 'echo', { throttle: { rateLimit: 0.0001, burstLimit: 1 } }),
      route('/gone', 'gone'),
      route('/text', 'text'),
    ],
    {
      stageVariables: { color: 'green' },
      authorizers: { a: { type: 'REQUEST', functionArn: arnOf('authorizer'), ttlSeconds: 0 } },
      gatewayResponses: {
        UNAUTHORIZED: { statusCode: 401, headers: { 'WWW-Authenticate': '\'Bearer realm="api"\'' } },
        ACCESS_DENIED: {
          statusCode: 403,
          headers: {
            'WWW-Authenticate': 'context.authorizer.challenge',
            'x-none': 'context.authorizer.none',
            'x-query': 'method.request.querystring.q',
            'x-header': 'method.request.header.X-Do',
            'x-color': 'stageVariables.color',
          },
          template: text(
            '{"by":"$context.authorizer.principalId","level":${context.authorizer.level},"m":$context.error.messageString}',
          ),
        },
        AUTHORIZER_CONFIGURATION_ERROR: { statusCode: 503, headers: { 'Retry-After': "'5'" } },
        INVALID_API_KEY: header("'key'"),
        MISSING_AUTHENTICATION_TOKEN: {
          statusCode: 404,
          ...header("'missing'"),
          template: { contentType: 'text/plain', text: 'no $context.path' },
        },
        THROTTLED: { headers: { 'Retry-After': "'1'" } },
        REQUEST_TOO_LARGE: header("'large'"),
        UNSUPPORTED_MEDIA_TYPE: header("'media'"),
        BAD_REQUEST_BODY: header("'body'"),
        INTEGRATION_FAILURE: header("'failure'"),
        DEFAULT_4XX: header("'4xx'"),
        DEFAULT_5XX: header("'5xx'"),
      },
    },
    { enforceAuth: true },
  );
  test.lambda.define('echo', ECHO);
  test.lambda.define('authorizer', AUTHORIZER);
  test.lambda.define('text', "export const handler = async () => 'no proxy response';");
});
afterAll(() => test.stop());

const own = (action: string, path = '/own') => send(`${test.server.url}${path}`, { headers: { 'x-do': action } });

describe('Lambda authorizers', () => {
  it('pass their context to the function, as text', async () => {
    const { authorizer } = (await own('allow')).json.requestContext;
    expect(authorizer).toMatchObject({ principalId: 'ann', challenge: 'Bearer "x"', level: '3', ok: 'true' });
  });

  it('pass their context to the gateway response when they deny', async () => {
    const { status, headers, json } = await own('deny', '/own?q=7');
    expect(status).toBe(403);
    expect(headers).toMatchObject({
      'www-authenticate': 'Bearer "x"',
      'x-query': '7',
      'x-header': 'deny',
      'x-color': 'green',
    });
    expect(headers).not.toHaveProperty('x-none');
    expect(json).toEqual({ by: 'ann', level: 3, m: expect.stringContaining('explicit deny') });
  });

  it('return 401 with static headers when they throw Unauthorized', async () => {
    const { status, headers, json } = await own('reject');
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="api"']);
    expect(json).toEqual({ message: 'Unauthorized' });
  });

  it.each(['fail', 'nonsense'])('are unavailable when they %s', async (action) => {
    const { status, headers } = await own(action);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
  });
});

describe('gateway responses', () => {
  it.each([
    ['a wrong API key', () => own('', '/key'), 403, 'key'],
    ['an unknown path', () => own('', '/nowhere'), 404, 'missing'],
    ['an unsigned request', () => own('', '/iam'), 404, 'missing'],
    [
      'a body that is too large',
      () => send(`${test.server.url}/gone`, { method: 'POST', body: Buffer.alloc(11_000_000) }),
      413,
      'large',
    ],
    [
      'an unknown content encoding',
      () => send(`${test.server.url}/gone`, { method: 'POST', body: 'x', headers: { 'content-encoding': 'br' } }),
      415,
      'media',
    ],
    [
      'an invalid body',
      () => send(`${test.server.url}/gone`, { method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } }),
      400,
      'body',
    ],
    ['a function that was not invoked', () => own('', '/gone'), 500, 'failure'],
    ['a function without a proxy response', () => own('', '/text'), 502, '5xx'],
  ])('apply to %s', async (_, request, status, value) => {
    const response = await request();
    expect([response.status, response.headers['x-own']]).toEqual([status, value]);
  });

  it('render templates of other content types', async () => {
    const { headers, text } = await own('', '/nowhere');
    expect([headers['content-type'], text]).toEqual(['text/plain', 'no /prod/nowhere']);
  });

  it('apply to throttled requests', async () => {
    await own('', '/once');
    const { status, headers } = await own('', '/once');
    expect([status, headers['retry-after']]).toEqual([429, '1']);
  });
});

describe('MOCK integrations', () => {
  const mock = (path: string, integration: object): Route => ({
    ...route(path, ''),
    mock: mockResponse(integration),
  });
  let api: TestApi;
  beforeAll(async () => {
    const ok = (body: string) => ({ StatusCode: '200', ResponseTemplates: { 'application/json': body } });
    api = await startTestApi([
      mock('/literal', {
        RequestTemplates: { 'application/json': '{"statusCode":200}' },
        IntegrationResponses: [
          {
            ...ok('{"stage":"$context.stage","from":"${context.identity.sourceIp}"}'),
            ResponseParameters: {
              'method.response.header.Cache-Control': "'max-age=300'",
              'method.response.header.X-Request': 'context.requestId',
            },
          },
        ],
      }),
      mock('/teapot', {
        RequestTemplates: { 'application/json': '{"statusCode": 418}' },
        IntegrationResponses: [ok('{}'), { StatusCode: '418', SelectionPattern: '4\\d\\d' }],
      }),
      mock('/code', { IntegrationResponses: [ok('#set($a = 1)$a')] }),
    ]);
  });
  afterAll(() => api.stop());

  it('return their literal body, with context variables and headers', async () => {
    const { status, headers, json } = await send(`${api.server.url}/literal`);
    expect(status).toBe(200);
    expect(json).toEqual({ stage: 'prod', from: expect.stringContaining('127.0.0.1') });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'max-age=300' });
    expect(headers['x-request']).toBe(headers['x-amzn-requestid']);
  });

  it('select the response by the status of the request template', async () => {
    expect((await send(`${api.server.url}/teapot`)).status).toBe(418);
  });

  it('return no body for a template with code', async () => {
    expect((await send(`${api.server.url}/code`)).text).toBe('');
  });
});

describe('custom domains', () => {
  it('serve the API below their base paths, and below the stage', async () => {
    const api = await startTestApi([route('/{proxy+}', 'echo')], { basePaths: ['/shop', ''] });
    api.lambda.define('echo', ECHO);
    const get = async (path: string) => {
      const {
        path: received,
        requestContext,
        pathParameters,
      } = (await send(`http://127.0.0.1:${api.server.port}${path}`)).json;
      return [received, requestContext.path, pathParameters.proxy];
    };
    expect(await get('/shop/items/1')).toEqual(['/shop/items/1', '/shop/items/1', 'items/1']);
    expect(await get('/items')).toEqual(['/items', '/items', 'items']);
    expect(await get('/prod/items')).toEqual(['/items', '/prod/items', 'items']);
    expect(api.server.url).toBe(`http://127.0.0.1:${api.server.port}/shop`);
    await api.stop();
  });

  it('are the only address if the execute-api endpoint is off', async () => {
    const api = await startTestApi([route('/items', 'echo')], { basePaths: ['/shop'], executeApiDisabled: true });
    api.lambda.define('echo', ECHO);
    const status = async (path: string) => (await send(`http://127.0.0.1:${api.server.port}${path}`)).status;
    expect([await status('/shop/items'), await status('/prod/items'), await status('/shopping')]).toEqual([
      200, 403, 403,
    ]);
    await api.stop();
  });
});
