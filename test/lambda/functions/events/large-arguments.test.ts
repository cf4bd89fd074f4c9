import { expect, test } from 'vitest';
import { eventFor, v1, v2 } from './support.js';

const MEGABYTE = 1_000_000;

test('places a long array in a query in time proportional to its length', () => {
  const lines = Array<number>(300_000).fill(1);
  const event = { method: 'GET', path: '/a', query: ['lines'] } as const;
  expect(v1(event, { lines }).multiValueQueryStringParameters.lines).toHaveLength(lines.length);
  expect(v2(event, { lines }).queryStringParameters.lines).toHaveLength(2 * lines.length - 1);
  expect(v1({ method: 'GET', path: '/a' }, { lines }).multiValueQueryStringParameters.lines).toHaveLength(lines.length);
});

test('refuses a deepObject whose names repeat a long key too often', () => {
  const event = { method: 'GET', path: '/a', query: [{ name: 'filter', style: 'deepObject' }] } as const;
  const leaves = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, 1]));
  expect(() => v2(event, { filter: { ['x'.repeat(MEGABYTE)]: leaves } })).toThrow(
    'invalid arguments: "filter" is too large for query parameters',
  );
  expect(Object.keys(v2(event, { filter: leaves }).queryStringParameters)).toHaveLength(1_000);
});

test('refuses a template that repeats large arguments too often', () => {
  const event = { type: 'template', template: { copies: Array<string>(1_000).fill('{{arguments.x}}') } } as const;
  expect(() => eventFor(event, { x: 'x'.repeat(MEGABYTE) })).toThrow(
    'invalid arguments: "arguments" are too large for the event of this function',
  );
  expect(eventFor(event, { x: 'x' }).copies).toHaveLength(1_000);
});
