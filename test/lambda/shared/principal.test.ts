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

  test('of another partition has an identity too', () => {
    const role = 'arn:aws-cn:sts::123456789012:assumed-role/Agents';
    expect(principalFor({ identity: { userArn: `${role}/botocore-session-1760000000` } })?.id).toBe(role);
  });
});
