import fc from 'fast-check';

/** Numbers that JavaScript alters, beside ordinary ones. */
export const NUMBERS = [
  '725653563933458432',
  '9007199254740993',
  '-9007199254740993',
  '0.1234567890123456789',
  '123456789012345678901234567890.123456789',
  '1e400',
  '6.02214076E+23',
  '1e-7',
  '1.0',
  '1.50',
  '-0',
  '-0.0',
  '42',
];

const digits = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?$/),
);
const string = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text));
// JavaScript moves integer keys to the front, and schemas of the MCP SDK drop the key __proto__
const key = fc.string({ minLength: 1 }).filter((text) => !/^\d+$/.test(text) && text !== '__proto__');

const tree = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    digits,
    string,
    fc.constantFrom('true', 'false', 'null'),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('value')).map((items) => `[${items.join()}]`),
  object: fc
    .uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name })
    .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`),
}));

/** Any JSON value as compact text. */
export const jsonText: fc.Arbitrary<string> = tree.value;
