import { afterEach, expect, test } from 'vitest';
import { corsHeaders, originAllowed, originForbidden } from '../../../lambda/shared/origin.js';
import { ENV } from '../../../src/private/contract.js';
import { proxyEvent } from './events.js';

const host = 'abc.execute-api.us-east-1.amazonaws.com';
const from = (origin?: string) =>
  proxyEvent({
    headers: { Host: host, 'X-Forwarded-Proto': 'https', ...(origin === undefined ? {} : { Origin: origin }) },
  });

afterEach(() => {
  delete process.env[ENV.ALLOWED_ORIGINS];
});

test.each([
  ['an absent origin', undefined, true],
  ["the server's own origin", `https://${host}`, true],
  ['its own host over plain HTTP', `http://${host}`, false],
  ['another host', 'https://evil.example', false],
  ['a host that starts with its own', `https://${host}.evil.example`, false],
  ['the opaque origin', 'null', false],
  ['an invalid URL', 'not a url', false],
  ['an empty origin', '', false],
])('checks %s', (_, origin, allowed) => {
  expect(originAllowed(from(origin))).toBe(allowed);
});

test('allows the configured origins and lets them read the response', () => {
  process.env[ENV.ALLOWED_ORIGINS] = 'https://app.example, https://other.example';
  expect(originAllowed(from('https://other.example'))).toBe(true);
  expect(originAllowed(from('https://third.example'))).toBe(false);
  expect(corsHeaders(from('https://app.example'))).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    vary: 'Origin',
  });
  expect(corsHeaders(from('https://third.example'))).toEqual({});
  expect(corsHeaders(from())).toEqual({});
});

test('responds to a forbidden origin with 403', () => {
  expect(originForbidden()).toMatchObject({ statusCode: 403 });
});
