import { afterEach, beforeEach, expect, test } from 'vitest';
import { guardRequest } from '../../../lambda/shared/request-guard.js';
import { ENV } from '../../../src/private/contract.js';
import { proxyEvent } from './events.js';

beforeEach(() => {
  process.env[ENV.ALLOWED_ORIGINS] = 'https://app.example';
});
afterEach(() => {
  delete process.env[ENV.ALLOWED_ORIGINS];
});

const ask = (httpMethod: string, headers: Record<string, string> = {}) =>
  guardRequest(proxyEvent({ httpMethod, headers: { Host: 'server.example', ...headers } }), ['GET', 'POST']);

test('programs with a method of the route come in', () => {
  expect(ask('POST')).toBeUndefined();
  expect(ask('GET', { Origin: 'https://app.example' })).toBeUndefined();
});

test('another method is 405, which pages may read', () => {
  expect(ask('DELETE', { Origin: 'https://app.example' })).toMatchObject({
    statusCode: 405,
    headers: { allow: 'GET, POST', 'access-control-allow-origin': 'https://app.example' },
  });
  expect(ask('OPTIONS')).toMatchObject({ statusCode: 405 });
});

test('a preflight of an allowed origin is answered', () => {
  const preflight = {
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'mcp-protocol-version',
  };
  expect(ask('OPTIONS', { Origin: 'https://app.example', ...preflight })).toMatchObject({
    statusCode: 204,
    headers: {
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'mcp-protocol-version',
    },
  });
  expect(ask('OPTIONS', { Origin: 'https://evil.example', ...preflight })).toMatchObject({ statusCode: 403 });
});
