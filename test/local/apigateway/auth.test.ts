import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ECHO, route, send, startTestApi, type TestApi } from './support.js';

const credentials = { accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'token' };
const userArn = 'arn:aws:sts::123456789012:assumed-role/Caller/session';

/** Sends a request with the signature of an AWS SDK. */
async function sendSigned(
  url: string,
  {
    method = 'GET',
    body,
    service = 'execute-api',
    region = 'us-east-1',
    date = new Date(),
    key = credentials,
    tamper = (request: HttpRequest) => request,
  }: {
    method?: string;
    body?: string;
    service?: string;
    region?: string;
    date?: Date;
    key?: typeof credentials;
    tamper?: (request: HttpRequest) => HttpRequest;
  } = {},
) {
  const { pathname, searchParams, host, port, hostname } = new URL(url);
  const query: Record<string, string[]> = {};
  for (const [name, value] of searchParams) query[name] = [...(query[name] ?? []), value];
  const signer = new SignatureV4({ service, region, credentials: key, sha256: Sha256 });
  const headers = { host, ...(body ? { 'content-type': 'application/json' } : {}) };
  const request = new HttpRequest({
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: pathname,
    query,
    headers,
    body,
  });
  const signed = tamper((await signer.sign(request, { signingDate: date })) as HttpRequest);
  return send(`http://${host}${signed.path}${new URL(url).search}`, {
    method,
    headers: signed.headers,
    body: signed.body,
  });
}

describe.each([true, false])('AWS_IAM with enforceAuth %s', (enforceAuth) => {
  let test: TestApi;
  let authorizations: string[];
  beforeAll(async () => {
    const iam = { authorization: { type: 'AWS_IAM' as const } };
    test = await startTestApi(
      [route('/register/{id}', 'echo', iam), route('/closed', 'echo', iam)],
      {},
      {
        enforceAuth,
        credentialsOf: (id) => (id === 'ASIATEST' ? { credentials, userArn, userId: 'AROATEST:session' } : undefined),
        authorizeIam: (arn, methodArn) => {
          authorizations.push(`${arn} ${methodArn}`);
          return !methodArn.endsWith('/closed');
        },
      },
    );
    authorizations = [];
    test.lambda.define('echo', ECHO);
  });
  afterAll(() => test.stop());

  it('passes the caller of a signed request to the function', async () => {
    const { status, json: event } = await sendSigned(`${test.server.url}/register/tool-a?cursor=a%2Fb&x=2&x=1`, {
      method: 'PUT',
      body: '{"a":"ü"}',
    });
    expect(status).toBe(200);
    expect(event.requestContext.identity).toMatchObject({
      userArn,
      caller: 'AROATEST:session',
      user: 'AROATEST:session',
      accessKey: 'ASIATEST',
      accountId: '123456789012',
    });
    expect(Object.keys(event.headers).map((name) => name.toLowerCase())).not.toContain('authorization');
    expect(authorizations).toContain(
      `${userArn} arn:aws:execute-api:us-east-1:123456789012:api123/prod/PUT/register/tool-a`,
    );
  });

  it('verifies escaped paths and bodies', async () => {
    const { status } = await sendSigned(`${test.server.url}/register/a%20b`, { method: 'POST', body: '{}' });
    expect(status).toBe(200);
  });

  it('rejects a caller without permission', async () => {
    const { status, json, headers } = await sendSigned(`${test.server.url}/closed`);
    expect(status).toBe(403);
    expect(headers['x-amzn-errortype']).toBe('AccessDeniedException');
    expect(json.Message).toBe(
      `User: ${userArn} is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:123456789012:api123/prod/GET/closed`,
    );
  });

  it.each<[string, Parameters<typeof sendSigned>[1], string]>([
    ['an unknown key', { key: { ...credentials, accessKeyId: 'AKIAUNKNOWN' } }, 'UnrecognizedClientException'],
    ['a wrong token', { key: { ...credentials, sessionToken: 'other' } }, 'UnrecognizedClientException'],
    ['a wrong secret', { key: { ...credentials, secretAccessKey: 'guess' } }, 'InvalidSignatureException'],
    ['another service', { service: 's3' }, 'InvalidSignatureException'],
    ['another region', { region: 'eu-west-1' }, 'InvalidSignatureException'],
    ['an old date', { date: new Date(Date.now() - 600_000) }, 'InvalidSignatureException'],
    [
      'another body',
      { method: 'POST', body: '{"a":1}', tamper: (request) => Object.assign(request, { body: '{"a":2}' }) },
      'InvalidSignatureException',
    ],
    [
      'a body without its signed hash',
      {
        method: 'POST',
        body: '{"a":1}',
        tamper: (request) => {
          delete request.headers['x-amz-content-sha256'];
          return request;
        },
      },
      'InvalidSignatureException',
    ],
    [
      'another path',
      { tamper: (request) => Object.assign(request, { path: '/prod/register/other' }) },
      'InvalidSignatureException',
    ],
    [
      'another signed header',
      {
        tamper: (request) => {
          request.headers['x-amz-date'] = request.headers['x-amz-date'].replace(/\d\dZ$/, '00Z');
          return request;
        },
        date: new Date(Math.floor(Date.now() / 60_000) * 60_000 + 1000),
      },
      'InvalidSignatureException',
    ],
    [
      'an incomplete header',
      {
        tamper: (request) => {
          request.headers.authorization = request.headers.authorization.split(', Signature=')[0];
          return request;
        },
      },
      'IncompleteSignatureException',
    ],
  ])('rejects a signature with %s', async (_, options, errorType) => {
    const { status, headers } = await sendSigned(`${test.server.url}/register/tool-a`, options);
    expect([status, headers['x-amzn-errortype']]).toEqual([403, errorType]);
  });

  it(`${enforceAuth ? 'rejects an unsigned request' : 'accepts an unsigned request as local'}`, async () => {
    const { status, json } = await send(`${test.server.url}/closed`);
    if (enforceAuth) {
      expect([status, json]).toEqual([403, { message: 'Missing Authentication Token' }]);
    } else {
      expect(status).toBe(200);
      expect(json.requestContext.identity).toMatchObject({ userArn: 'local', caller: 'local' });
    }
  });
});

describe.each([true, false])('API keys with enforceAuth %s', (enforceAuth) => {
  let test: TestApi;
  beforeAll(async () => {
    test = await startTestApi(
      [route('/keyed', 'echo', { apiKeyRequired: true })],
      { apiKeys: [{ id: 'key1', value: 'sesame' }] },
      { enforceAuth },
    );
    test.lambda.define('echo', ECHO);
  });
  afterAll(() => test.stop());

  it('passes the key to the function, and rejects a wrong one', async () => {
    const { json } = await send(`${test.server.url}/keyed`, { headers: { 'x-api-key': 'sesame' } });
    expect(json.requestContext.identity).toMatchObject({ apiKey: 'sesame', apiKeyId: 'key1' });
    const wrong = await send(`${test.server.url}/keyed`, { headers: { 'x-api-key': 'guess' } });
    expect([wrong.status, wrong.json]).toEqual([403, { message: 'Forbidden' }]);
  });

  it(`${enforceAuth ? 'rejects a request without a key' : 'accepts a request without a key as local'}`, async () => {
    const { status, json } = await send(`${test.server.url}/keyed`);
    if (enforceAuth) expect([status, json]).toEqual([403, { message: 'Forbidden' }]);
    else expect(json.requestContext.identity).toMatchObject({ apiKeyId: 'local' });
  });
});

describe('Lambda authorizers', () => {
  let test: TestApi;
  const AUTHORIZER = `
    let calls = 0;
    const output = (principalId, Effect, Resource) => ({
      principalId,
      policyDocument: { Version: '2012-10-17', Statement: [{ Effect, Action: 'execute-api:Invoke', Resource }] },
      context: { calls: ++calls, admin: true },
    });
    export const handler = async (event) => {
      const token = event.authorizationToken ?? event.queryStringParameters.token;
      if (token === 'none') throw new Error('Unauthorized');
      if (token === 'broken') throw new Error('no database');
      if (token === 'empty') return {};
      if (token === 'deny') return output('denied', 'Deny', event.methodArn);
      if (token === 'elsewhere') return output('other', 'Allow', event.methodArn + '/elsewhere');
      if (token === 'read') return output('reader', 'Allow', event.methodArn.replace(/(prod).*$/, '$1/GET/*'));
      return { ...output('user|' + token, 'Allow', '*'), ...(token === 'arn' ? { context: { event: JSON.stringify(event) } } : {}) };
    };`;

  beforeAll(async () => {
    const by = (authorizerId: string) => ({ authorization: { type: 'CUSTOM' as const, authorizerId } });
    test = await startTestApi(
      [
        route('/token/{id}', 'echo', by('token')),
        route('/request', 'echo', by('request')),
        route('/fresh', 'echo', by('fresh')),
      ],
      {
        authorizers: {
          token: {
            type: 'TOKEN',
            functionArn: 'authorizer',
            identitySource: 'method.request.header.Authorization',
            identityValidationExpression: '[a-z]+',
            ttlSeconds: 300,
          },
          request: {
            type: 'REQUEST',
            functionArn: 'authorizer',
            identitySource: 'method.request.querystring.token',
            ttlSeconds: 300,
          },
          fresh: { type: 'TOKEN', functionArn: 'authorizer', ttlSeconds: 0 },
        },
      },
    );
    test.lambda.define('echo', ECHO);
    test.lambda.define('authorizer', AUTHORIZER);
  });
  afterAll(() => test.stop());

  const withToken = (authorization: string, path = '/token/1', method = 'GET') =>
    send(`${test.server.url}${path}`, { method, headers: { authorization } });

  it('passes principal and context to the function', async () => {
    const { status, json } = await withToken('alice');
    expect(status).toBe(200);
    expect(json.requestContext.authorizer).toMatchObject({ principalId: 'user|alice', admin: 'true' });
  });

  it('receives the event of its type', async () => {
    const { json } = await withToken('arn', '/token/7', 'POST');
    expect(JSON.parse(json.requestContext.authorizer.event)).toEqual({
      type: 'TOKEN',
      authorizationToken: 'arn',
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:api123/prod/POST/token/7',
    });
    const request = await send(`${test.server.url}/request?token=arn`);
    expect(JSON.parse(request.json.requestContext.authorizer.event)).toMatchObject({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:api123/prod/GET/request',
      resource: '/request',
      httpMethod: 'GET',
      queryStringParameters: { token: 'arn' },
      requestContext: { stage: 'prod' },
    });
  });

  it('caches the output by identity for the TTL, and evaluates the cached policy for each method', async () => {
    const calls = async (token: string, path: string) =>
      (await withToken(token, path)).json.requestContext.authorizer.calls;
    const first = await calls('bob', '/token/1');
    expect(await calls('bob', '/token/2')).toBe(first);
    expect(await calls('carol', '/token/1')).not.toBe(first);
    const fresh = await calls('bob', '/fresh');
    expect(await calls('bob', '/fresh')).not.toBe(fresh);
    expect((await withToken('read', '/token/1')).status).toBe(200);
    expect((await withToken('read', '/token/1', 'POST')).status).toBe(403);
  });

  it.each([
    ['none', 401, { message: 'Unauthorized' }],
    ['UPPER', 401, { message: 'Unauthorized' }],
    ['broken', 500, { message: null }],
    ['empty', 500, { message: null }],
    [
      'deny',
      403,
      { Message: 'User is not authorized to access this resource with an explicit deny in an identity-based policy' },
    ],
    ['elsewhere', 403, { Message: 'User is not authorized to access this resource' }],
  ])('returns the response of API Gateway for the token %s', async (token, status, body) => {
    const response = await withToken(token);
    expect([response.status, response.json]).toEqual([status, body]);
  });

  it('returns 401 without the identity source', async () => {
    expect((await send(`${test.server.url}/token/1`)).status).toBe(401);
    expect((await send(`${test.server.url}/request`)).status).toBe(401);
  });
});

describe.each([
  ['COGNITO_USER_POOLS', 'pool'],
  ['CUSTOM', 'gone'],
] as const)('a %s authorizer that does not run here', (type, authorizerId) => {
  const start = (enforceAuth: boolean) =>
    startTestApi([route('/x', 'echo', { authorization: { type, authorizerId } })], {}, { enforceAuth });

  it('accepts requests as the caller local', async () => {
    const test = await start(false);
    test.lambda.define('echo', ECHO);
    const { json } = await send(`${test.server.url}/x`);
    expect(json.requestContext.authorizer).toEqual({ claims: { sub: 'local' } });
    await test.stop();
  });

  it('rejects requests if authorization is enforced', async () => {
    const test = await start(true);
    expect((await send(`${test.server.url}/x`, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    await test.stop();
  });
});
