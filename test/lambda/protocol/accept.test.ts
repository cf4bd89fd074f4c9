import { expect, test } from 'vitest';
import { accepts, explicitAccept } from '../../../lambda/protocol/accept.js';

const BOTH = 'application/json, text/event-stream';

test.each<[string | undefined, string | undefined]>([
  [undefined, BOTH],
  ['', BOTH],
  [' ', BOTH],
  ['*/*', BOTH],
  ['application/*, text/*', BOTH],
  ['text/event-stream, application/json', BOTH],
  ['APPLICATION/JSON;charset=utf-8 ,Text/Event-Stream; q=0.1', BOTH],
  ['text/html, */*;q=0.2', BOTH],
  ['application/json', 'application/json'],
  ['text/*', 'text/event-stream'],
  ['*/*, text/event-stream;q=0', 'application/json'],
  ['*/*;q=0.0, application/json', 'application/json'],
  ['text/html', 'text/html'],
  ['*/*;q=0', '*/*;q=0'],
])('Accept: %s means %s', (header, expected) => {
  expect(explicitAccept(header)).toBe(expected);
});

test('the most specific range decides', () => {
  expect(accepts('text/*;q=0, text/event-stream', 'text/event-stream')).toBe(true);
  expect(accepts('*/*, text/*;q=0', 'text/event-stream')).toBe(false);
  expect(accepts('*/*, text/*;q=0', 'application/json')).toBe(true);
});
