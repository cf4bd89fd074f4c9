import { expect, test } from 'vitest';
import { bodyText, errorResponse, header, headersOf, methodNotAllowed, selfPath } from '../../../lambda/shared/http.js';
import { proxyEvent } from './events.js';

test('finds headers case-insensitively and joins repeated ones', () => {
  const event = proxyEvent({
    headers: { 'X-One': 'a', accept: 'last' },
    multiValueHeaders: { Accept: ['application/json', 'text/event-stream'] },
  });
  expect(header(event, 'x-one')).toBe('a');
  expect(header(event, 'ACCEPT')).toBe('application/json, text/event-stream');
  expect(header(event, 'absent')).toBeUndefined();
  expect(headersOf(event)).toEqual({ 'x-one': 'a', accept: 'application/json, text/event-stream' });
});

test('decodes base64 bodies', () => {
  const body = Buffer.from('{"text":"grüße"}').toString('base64');
  expect(bodyText(proxyEvent({ body, isBase64Encoded: true }))).toBe('{"text":"grüße"}');
  expect(bodyText(proxyEvent({ body: 'plain' }))).toBe('plain');
  expect(bodyText(proxyEvent())).toBe('');
});

test.each([
  ['the stage of the API', { resource: '/sse', path: '/sse', requestContext: { path: '/prod/sse' } }, '/prod/message'],
  [
    'a custom domain',
    { resource: '/sse', path: '/tools/sse', requestContext: { path: '/tools/sse' } },
    '/tools/message',
  ],
  ['the root of a custom domain', { resource: '/sse', path: '/sse', requestContext: { path: '/sse' } }, '/message'],
  ['a trailing slash', { resource: '/sse', path: '/sse/', requestContext: { path: '/prod/sse/' } }, '/prod/message'],
  [
    'a path with a variable',
    { resource: '/register/{id}', path: '/register/tool-a', requestContext: { path: '/prod/register/tool-a' } },
    '/prod/message',
  ],
])('selfPath keeps %s', (_, event, expected) => {
  expect(selfPath(proxyEvent(event), '/message')).toBe(expected);
});

test('creates error responses, with details only if there are any', () => {
  expect(errorResponse(400, 'bad', [{ path: '/name', message: 'is missing' }])).toEqual({
    statusCode: 400,
    headers: { 'content-type': 'application/json' },
    body: '{"error":"bad","details":[{"path":"/name","message":"is missing"}]}',
  });
  expect(errorResponse(503, 'busy', [], { 'retry-after': '5' })).toMatchObject({
    headers: { 'retry-after': '5' },
    body: '{"error":"busy"}',
  });
  expect(methodNotAllowed(['GET', 'POST'])).toMatchObject({ statusCode: 405, headers: { allow: 'GET, POST' } });
});
