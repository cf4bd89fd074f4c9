import { expect, test } from 'vitest';
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
