import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ECHO, route, send, startFront, type TestFront } from './support.js';

const credentials = { accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'token' };
const userArn = 'arn:aws:sts::123456789012:assumed-role/Caller/session';

/** Sends a request that is signed as every AWS SDK signs. */
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
  let test: TestFront;
  let asked: string[];
  beforeAll(async () => {
    const iam = { authorization: { type: 'AWS_IAM' as const } };
    test = await startFront(
      [route('/register/{id}', 'echo', iam), route('/closed', 'echo', iam)],
      {},
      {
        enforceAuth,
        credentialsOf: (id) => (id === 'ASIATEST' ? { credentials, userArn, userId: 'AROATEST:session' } : undefined),
        authorizeIam: (arn, methodArn) => {
          asked.push(`${arn} ${methodArn}`);
          return !methodArn.endsWith('/closed');
        },
      },
    );
    asked = [];
    test.lambda.define('echo', ECHO);
  });
  afterAll(() => test.stop());

  it('knows the caller of a signed request', async () => {
    const { status, json: event } = await sendSigned(`${test.front.url}/register/tool-a?cursor=a%2Fb&x=2&x=1`, {
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
    expect(asked).toContain(`${userArn} arn:aws:execute-api:us-east-1:123456789012:api123/prod/PUT/register/tool-a`);
  });

  it('verifies escaped paths and bodies', async () => {
    const { status } = await sendSigned(`${test.front.url}/register/a%20b`, { method: 'POST', body: '{}' });
    expect(status).toBe(200);
  });

  it('refuses whom the policies do not allow', async () => {
    const { status, json, headers } = await sendSigned(`${test.front.url}/closed`);
    expect(status).toBe(403);
    expect(headers['x-amzn-errortype']).toBe('AccessDeniedException');
    expect(json.Message).toBe(
      `User: ${userArn} is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:123456789012:api123/prod/GET/closed`,
    );
  });

  it.each<[string, Parameters<typeof sendSigned>[1], string]>([
    ['an unknown key', { key: { ...credentials, accessKeyId: 'AKIANOBODY' } }, 'UnrecognizedClientException'],
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
      'another body behind the signed hash of none',
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
      'half a header',
      {
        tamper: (request) => {
          request.headers.authorization = request.headers.authorization.split(', Signature=')[0];
          return request;
        },
      },
      'IncompleteSignatureException',
    ],
  ])('refuses a signature with %s', async (_, options, errorType) => {
    const { status, headers } = await sendSigned(`${test.front.url}/register/tool-a`, options);
    expect([status, headers['x-amzn-errortype']]).toEqual([403, errorType]);
  });

  it(`${enforceAuth ? 'refuses' : 'lets through, as local,'} a request without a signature`, async () => {
    const { status, json } = await send(`${test.front.url}/closed`);
    if (enforceAuth) {
      expect([status, json]).toEqual([403, { message: 'Missing Authentication Token' }]);
    } else {
      expect(status).toBe(200);
      expect(json.requestContext.identity).toMatchObject({ userArn: 'local', caller: 'local' });
    }
  });
});

describe.each([true, false])('API keys with enforceAuth %s', (enforceAuth) => {
  let test: TestFront;
  beforeAll(async () => {
    test = await startFront(
      [route('/keyed', 'echo', { apiKeyRequired: true })],
      { apiKeys: [{ id: 'key1', value: 'sesame' }] },
      { enforceAuth },
    );
    test.lambda.define('echo', ECHO);
  });
  afterAll(() => test.stop());

  it('knows the key, refuses a wrong one', async () => {
    const { json } = await send(`${test.front.url}/keyed`, { headers: { 'x-api-key': 'sesame' } });
    expect(json.requestContext.identity).toMatchObject({ apiKey: 'sesame', apiKeyId: 'key1' });
    const wrong = await send(`${test.front.url}/keyed`, { headers: { 'x-api-key': 'guess' } });
    expect([wrong.status, wrong.json]).toEqual([403, { message: 'Forbidden' }]);
  });

  it(`${enforceAuth ? 'refuses' : 'lets through, as local,'} a request without a key`, async () => {
    const { status, json } = await send(`${test.front.url}/keyed`);
    if (enforceAuth) expect([status, json]).toEqual([403, { message: 'Forbidden' }]);
    else expect(json.requestContext.identity).toMatchObject({ apiKeyId: 'local' });
  });
});

describe('Lambda authorizers', () => {
  let test: TestFront;
  const AUTHORIZER = `
    let calls = 0;
    const answer = (principalId, Effect, Resource) => ({
      principalId,
      policyDocument: { Version: '2012-10-17', Statement: [{ Effect, Action: 'execute-api:Invoke', Resource }] },
      context: { calls: ++calls, admin: true },
    });
    export const handler = async (event) => {
      const token = event.authorizationToken ?? event.queryStringParameters.token;
      if (token === 'none') throw new Error('Unauthorized');
      if (token === 'broken') throw new Error('no database');
      if (token === 'empty') return {};
      if (token === 'deny') return answer('denied', 'Deny', event.methodArn);
      if (token === 'elsewhere') return answer('lost', 'Allow', event.methodArn + '/elsewhere');
      if (token === 'read') return answer('reader', 'Allow', event.methodArn.replace(/(prod).*$/, '$1/GET/*'));
      return { ...answer('user|' + token, 'Allow', '*'), ...(token === 'arn' ? { context: { event: JSON.stringify(event) } } : {}) };
    };`;

  beforeAll(async () => {
    const by = (authorizerId: string) => ({ authorization: { type: 'CUSTOM' as const, authorizerId } });
    test = await startFront(
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
    send(`${test.front.url}${path}`, { method, headers: { authorization } });

  it('gives the function principal and context', async () => {
    const { status, json } = await withToken('alice');
    expect(status).toBe(200);
    expect(json.requestContext.authorizer).toMatchObject({ principalId: 'user|alice', admin: 'true' });
  });

  it('asks with the event of its type', async () => {
    const { json } = await withToken('arn', '/token/7', 'POST');
    expect(JSON.parse(json.requestContext.authorizer.event)).toEqual({
      type: 'TOKEN',
      authorizationToken: 'arn',
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:api123/prod/POST/token/7',
    });
    const request = await send(`${test.front.url}/request?token=arn`);
    expect(JSON.parse(request.json.requestContext.authorizer.event)).toMatchObject({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:api123/prod/GET/request',
      resource: '/request',
      httpMethod: 'GET',
      queryStringParameters: { token: 'arn' },
      requestContext: { stage: 'prod' },
    });
  });

  it('remembers a decision for its time, by identity, and judges each method by it', async () => {
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
  ])('answers as API Gateway to the token %s', async (token, status, body) => {
    const answer = await withToken(token);
    expect([answer.status, answer.json]).toEqual([status, body]);
  });

  it('answers 401 without the identity', async () => {
    expect((await send(`${test.front.url}/token/1`)).status).toBe(401);
    expect((await send(`${test.front.url}/request`)).status).toBe(401);
  });

  it('does not start with an authorizer that cannot run', async () => {
    const start = (authorization: { type: 'CUSTOM' | 'COGNITO_USER_POOLS'; authorizerId: string }) =>
      test.front.define({ apiId: 'a', stage: 'prod', routes: [route('/x', 'echo', { authorization })] });
    expect(() => start({ type: 'COGNITO_USER_POOLS', authorizerId: 'pool' })).toThrow(
      'ANY /x has a Cognito authorizer: user pools do not run locally',
    );
    expect(() => start({ type: 'CUSTOM', authorizerId: 'gone' })).toThrow('authorizer gone');
  });
});
