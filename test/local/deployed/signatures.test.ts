import { describe, expect, it, test } from 'vitest';
import { summaryOf, toolArguments } from '../../../local/deployed/signatures.js';
import { parseArguments } from '../../../local/deployed/tool-arguments.js';

test.each([
  [undefined, '()'],
  [{ properties: { a: { type: 'string' }, b: { type: 'integer' } }, required: ['b'] }, '(b: integer, a?: string)'],
  [{ properties: { a: { enum: ['x', 'y'] } } }, '(a?: "x" | "y")'],
  [{ properties: { a: { type: ['string', 'null'] } } }, '(a?: string | null)'],
  [{ properties: { a: { type: 'array', items: { type: ['string', 'number'] } } } }, '(a?: (string | number)[])'],
  [
    { properties: { a: { type: 'object', properties: { b: { type: 'boolean' } }, required: ['b'] } } },
    '(a?: { b: boolean })',
  ],
  [{ properties: { a: { enum: [1, 2, 3, 4, 5, 6] } } }, '(a?: 1 | 2 | 3 | 4 | 5 | …)'],
  [{ properties: { a: true, b: { anyOf: [{ type: 'string' }, { const: 1 }] } } }, '(a?: any, b?: string | 1)'],
])('toolArguments(%j) is %s', (schema, expected) => {
  expect(toolArguments(schema)).toBe(expected);
});

test('summaryOf returns the first line with text', () => {
  expect(summaryOf('\n  Finds orders.\nMore.')).toBe('Finds orders.');
});

describe('parseArguments', () => {
  const inputSchema = {
    properties: {
      id: { type: 'string' },
      count: { type: 'integer' },
      strict: { type: 'boolean' },
      tags: { type: 'array' },
      either: { type: ['string', 'null'] },
    },
  };
  const parse = (...pairs: string[]) => parseArguments({ name: 'find', inputSchema }, pairs);

  it('reads each value as its type', () => {
    expect(
      parse('id=007', 'count=3', 'strict=true', 'tags=["a"]', 'either=null', 'other={"a":1}', 'free=text'),
    ).toEqual({
      id: '007',
      count: 3,
      strict: true,
      tags: ['a'],
      either: null,
      other: { a: 1 },
      free: 'text',
    });
  });

  it('reads JSON after :=', () => expect(parse('id:=7', 'a:={"b":[1]}')).toEqual({ id: 7, a: { b: [1] } }));
  it('keeps = in values', () => expect(parse('id=a=b')).toEqual({ id: 'a=b' }));

  it.each([
    ['count=1.5', 'count must be integer, but is "1.5"'],
    ['strict=yes', 'strict must be boolean, but is "yes"'],
    ['a:={', 'a is not valid JSON'],
  ])('rejects %s', (pair, message) => expect(() => parse(pair)).toThrow(message));
});
