import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isExactNumber,
  nonJsonNumbers,
  parseExact,
  plainTwin,
  simplestNumber,
  withExactNumbers,
} from '../../../lambda/shared/exact-json.js';

const roundTrip = (text: string) => JSON.stringify(parseExact(text));

describe('parseExact', () => {
  test.each([
    '725653563933458432',
    '9007199254740993',
    '-9007199254740993',
    '0.1234567890123456789',
    '1e400',
    '1E2',
    '1.50',
    '-0',
    '0.0000001',
    '123456789012345678901234567890.123456789',
  ])('keeps %s, at the root and inside', (number) => {
    expect(roundTrip(number)).toBe(number);
    expect(roundTrip(`{"a":[${number}],"b":${number}}`)).toBe(`{"a":[${number}],"b":${number}}`);
  });

  test.each(['0', '-1', '1.5', '42', '9007199254740991', '1e+21', '"9007199254740993"', '"a\\\\"', '"\\"1.0"'])(
    'reads %s as JSON.parse does',
    (text) => {
      expect(parseExact(text)).toEqual(JSON.parse(text));
      expect(isExactNumber(parseExact(text))).toBe(false);
    },
  );

  test('ignores digits in strings', () => {
    const text = '{"id":"9007199254740993","escaped":"\\"1.0\\\\","n":1}';
    expect(parseExact(text)).toEqual(JSON.parse(text));
    expect(roundTrip('{"quote":"\\\\","n":1.0}')).toBe('{"quote":"\\\\","n":1.0}');
  });

  test.each(['', '01', '1.', '{"a":1.0', '[1e]', 'NaN', '{"a":9007199254740993,}'])('rejects %j', (text) => {
    expect(() => parseExact(text)).toThrow(SyntaxError);
  });

  test('keeps every number of any JSON text', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?$/);
    const structure = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        digits,
        fc.string().map((s) => JSON.stringify(s)),
        tie('array'),
        tie('object'),
      ),
      array: fc.array(tie('value')).map((items) => `[${items.join()}]`),
      object: fc
        .uniqueArray(
          fc.tuple(
            fc.string({ minLength: 1 }).filter((k) => !/^\d+$/.test(k)),
            tie('value'),
          ),
          { selector: ([key]) => key },
        )
        .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`),
    })).value;
    fc.assert(
      fc.property(structure, (text) => {
        expect(roundTrip(text as string)).toBe(text);
      }),
    );
  });
});

describe('plainTwin', () => {
  test('has JavaScript numbers in place of exact ones', () => {
    expect(plainTwin(parseExact('{"a":[9007199254740993,1],"b":{"c":1.0}}'))).toEqual({
      a: [9007199254740992, 1],
      b: { c: 1 },
    });
    expect(plainTwin(parseExact('1e2'))).toBe(100);
  });

  test('is the value itself if there is nothing to replace', () => {
    const value = { a: [1, { b: null }], c: 'x' };
    expect(plainTwin(value)).toBe(value);
  });

  test('keeps a key __proto__ as data', () => {
    const twin = plainTwin(parseExact('{"__proto__":{"n":1.0},"n":1.0}')) as object;
    expect(JSON.stringify(twin)).toBe('{"__proto__":{"n":1},"n":1}');
    expect(Object.getPrototypeOf(twin)).toBe(Object.prototype);
  });
});

test.each([
  ['1.0', '1'],
  ['1.50e3', '1500'],
  ['9007199254740993', '9007199254740993'],
  ['0.1234567890123456789', '0.1234567890123456789'],
  ['1e400', '1e400'],
  ['"1.0"', '"1.0"'],
])('simplestNumber writes %s as %s', (text, expected) => {
  expect(JSON.stringify(simplestNumber(parseExact(text)))).toBe(expected);
});

describe('withExactNumbers', () => {
  test.each(['1.0', '{"a":[9007199254740993,1],"b":{"c":1.0}}', '[[1e2],"1.0",null]'])('restores %s', (text) => {
    const exact = parseExact(text);
    expect(JSON.stringify(withExactNumbers(plainTwin(exact), exact))).toBe(text);
  });

  test('keeps what differs from the original', () => {
    const original = parseExact('{"a":1.0,"b":[1.0],"toString":1.0}');
    expect(JSON.stringify(withExactNumbers({ a: 2, b: {}, c: 1 }, original))).toBe('{"a":2,"b":{},"c":1}');
  });
});

describe('nonJsonNumbers', () => {
  test.each([
    ['NaN', ['NaN']],
    ['{"a":[NaN,-Infinity,NaN],"b":Infinity}', ['NaN', '-Infinity', 'Infinity']],
    ['{"a":"\\"NaN","b":NaN}', ['NaN']],
  ])('finds those of %s', (text, expected) => {
    expect(nonJsonNumbers(text)).toEqual(expected);
  });

  test.each(['{"a":"NaN"}', 'Infinity War', '{"a":NaN', 'NaNs', '1'])('finds none in %s', (text) => {
    expect(nonJsonNumbers(text)).toEqual([]);
  });
});
