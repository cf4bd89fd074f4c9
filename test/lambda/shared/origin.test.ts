import { afterEach, expect, test } from 'vitest';
import { corsHeaders, originAllowed, originRefused } from '../../../lambda/shared/origin.js';
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
  ['none', undefined, true],
  ["the server's own", `https://${host}`, true],
  ['its own host by plain http', `http://${host}`, false],
  ['another host', 'https://evil.example', false],
  ['a host that begins like ours', `https://${host}.evil.example`, false],
  ['the opaque origin', 'null', false],
  ['no URL', 'not a url', false],
  ['an empty one', '', false],
])('origin %s', (_, origin, allowed) => {
  expect(originAllowed(from(origin))).toBe(allowed);
});

test('an allowed origin passes and may read the answer', () => {
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

test('a refused origin gets 403', () => {
  expect(originRefused()).toMatchObject({ statusCode: 403 });
});
