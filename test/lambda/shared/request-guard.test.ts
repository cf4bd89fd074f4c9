import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { guardRequest } from '../../../lambda/shared/request-guard.js';
import { AUTHORIZATION, ENV } from '../../../src/private/contract.js';
import { proxyEvent } from './events.js';

beforeEach(() => {
  process.env[ENV.ALLOWED_ORIGINS] = 'https://app.example';
});
afterEach(() => {
  delete process.env[ENV.ALLOWED_ORIGINS];
});

const guardWithIdentity = (identity: object, httpMethod = 'POST') =>
  guardRequest(proxyEvent({ httpMethod, requestContext: { identity } }), ['POST']);

describe('a request without an identity', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([AUTHORIZATION.IAM, AUTHORIZATION.CUSTOM, AUTHORIZATION.COGNITO, AUTHORIZATION.API_KEY, ''])(
    'is refused with authorization %j',
    (authorization) => {
      vi.stubEnv(ENV.AUTHORIZATION, authorization);
      expect(guardWithIdentity({})).toMatchObject({ statusCode: 403, body: expect.stringContaining('principalId') });
      expect(guardWithIdentity({ apiKeyId: 'k1' })).toBeUndefined();
    },
  );

  test('is accepted with McpAuth.none()', () => {
    vi.stubEnv(ENV.AUTHORIZATION, AUTHORIZATION.NONE);
    expect(guardWithIdentity({})).toBeUndefined();
  });
});

const guard = (httpMethod: string, headers: Record<string, string> = {}) =>
  guardRequest(proxyEvent({ httpMethod, headers: { Host: 'server.example', ...headers } }), ['GET', 'POST']);

test('passes requests with an allowed method', () => {
  expect(guard('POST')).toBeUndefined();
  expect(guard('GET', { Origin: 'https://app.example' })).toBeUndefined();
});

test('responds to other methods with 405, readable by allowed origins', () => {
  expect(guard('DELETE', { Origin: 'https://app.example' })).toMatchObject({
    statusCode: 405,
    headers: { allow: 'GET, POST', 'access-control-allow-origin': 'https://app.example' },
  });
  expect(guard('OPTIONS')).toMatchObject({ statusCode: 405 });
});

test('responds to a preflight of an allowed origin', () => {
  const preflight = {
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'mcp-protocol-version',
  };
  expect(guard('OPTIONS', { Origin: 'https://app.example', ...preflight })).toMatchObject({
    statusCode: 204,
    headers: {
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'mcp-protocol-version',
    },
  });
  expect(guard('OPTIONS', { Origin: 'https://evil.example', ...preflight })).toMatchObject({ statusCode: 403 });
});
