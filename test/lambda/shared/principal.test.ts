import { describe, expect, test } from 'vitest';
import { principalOf } from '../../../lambda/shared/principal.js';
import { proxyEvent } from './events.js';

const principalFor = (requestContext: object) => principalOf(proxyEvent({ requestContext }));

test.each([
  ['an unauthenticated caller', {}, null],
  [
    'an IAM caller',
    { identity: { userArn: 'arn:aws:iam::123456789012:user/ann' } },
    { id: 'arn:aws:iam::123456789012:user/ann' },
  ],
  ['an API key, by its id', { identity: { apiKeyId: 'k1', apiKey: 'secret' } }, { id: 'k1' }],
  [
    'a Lambda authorizer, with its context as claims',
    { authorizer: { principalId: 'ann', tenant: 'acme', integrationLatency: 3 }, identity: { apiKeyId: 'k1' } },
    { id: 'ann', claims: { tenant: 'acme' } },
  ],
  ['a Lambda authorizer without context', { authorizer: { principalId: 'ann' } }, { id: 'ann' }],
  [
    'a Cognito user',
    { authorizer: { claims: { sub: 'u-1', email: 'a@b.c' } } },
    { id: 'u-1', claims: { sub: 'u-1', email: 'a@b.c' } },
  ],
  [
    'a caller of oauth(), with the claims that it selects',
    {
      authorizer: {
        principalId: 'https://issuer|ada',
        clientId: 'cursor',
        scope: 'read write',
        groups: '["a,b","c d"]',
        callerClaims: '{"tier":"gold"}',
        integrationLatency: 3,
      },
    },
    {
      id: 'https://issuer|ada',
      claims: { tier: 'gold' },
      scopes: ['read', 'write'],
      groups: ['a,b', 'c d'],
      clientId: 'cursor',
    },
  ],
  [
    'a caller of oauth() without scopes, groups and claims',
    { authorizer: { principalId: 'https://issuer|ada', scope: '', groups: '[]', callerClaims: '{}' } },
    { id: 'https://issuer|ada', scopes: [], groups: [] },
  ],
  [
    'groups that are not a JSON array of text, as none',
    { authorizer: { principalId: 'ann', groups: 'admins', scope: 7 } },
    { id: 'ann', claims: { groups: 'admins', scope: 7 } },
  ],
  [
    'a Cognito user, with the groups that API Gateway joins',
    { authorizer: { claims: { sub: 'u-1', scope: 'a b', 'cognito:groups': 'ops,dev', client_id: 'app' } } },
    {
      id: 'u-1',
      claims: { sub: 'u-1', scope: 'a b', 'cognito:groups': 'ops,dev', client_id: 'app' },
      scopes: ['a', 'b'],
      groups: ['ops', 'dev'],
      clientId: 'app',
    },
  ],
  ['a Lambda authorizer that returns a number', { authorizer: { principalId: 42 } }, { id: '42' }],
  [
    'a user of an identity pool, whose role session all users share',
    {
      identity: {
        cognitoIdentityId: 'us-east-1:0a1b',
        userArn: 'arn:aws:sts::123456789012:assumed-role/Users/CognitoIdentityCredentials',
      },
    },
    { id: 'us-east-1:0a1b' },
  ],
  ['a Lambda authorizer with an empty id', { authorizer: { principalId: '', tenant: 'acme' } }, null],
  ['a Lambda authorizer with a blank id', { authorizer: { principalId: ' ' } }, null],
  ['a Lambda authorizer with an id of another type', { authorizer: { principalId: { name: 'ann' } } }, null],
  ['a Cognito token without sub', { authorizer: { claims: { email: 'a@b.c' } } }, null],
  [
    'nothing in place of an empty id: neither the API key nor the ARN',
    { authorizer: { principalId: '' }, identity: { apiKeyId: 'k1', userArn: 'arn:aws:iam::123456789012:user/ann' } },
    null,
  ],
])('identifies %s', (_, requestContext, principal) => {
  expect(principalFor(requestContext)).toEqual(principal);
});

describe('a role session', () => {
  const ROLE = 'arn:aws:sts::123456789012:assumed-role/Agents';
  const idFor = (sessionName: string) =>
    principalFor({ identity: { userArn: `${ROLE}/${sessionName}`, apiKeyId: null } })?.id;

  test.each(['ann@example.com', 'my-function', 'i-0123456789abcdef0', 'run-42', '0123456789abcdef0123456789abcdef'])(
    'is identified by role and session name: %s',
    (name) => expect(idFor(name)).toBe(`${ROLE}/${name}`),
  );

  test.each([
    'aws-sdk-js-1760000000000',
    'aws-sdk-js-session-1760000000000',
    'botocore-session-1760000000',
    'aws-sdk-java-1760000000000',
    'aws-go-sdk-1760000000000000000',
    '1760000000000000000',
  ])('is identified by its role if an SDK generated the name: %s', (name) => expect(idFor(name)).toBe(ROLE));

  test.each(['admin', 'ann=ops,admin@example.com', 'aws-sdk-js-1760000000000'])(
    'has no identity of another role, whatever name it chooses: %s',
    (name) => expect(idFor(name)).toMatch(/^arn:aws:sts::123456789012:assumed-role\/Agents(\/|$)/),
  );

  test('of another partition has an identity too', () => {
    const role = 'arn:aws-cn:sts::123456789012:assumed-role/Agents';
    expect(principalFor({ identity: { userArn: `${role}/botocore-session-1760000000` } })?.id).toBe(role);
  });
});
