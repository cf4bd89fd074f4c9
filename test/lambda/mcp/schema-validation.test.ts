import { expect, test } from 'vitest';
import { schemaProblems } from '../../../lambda/mcp/schema-validation.js';

const order = {
  type: 'object',
  properties: {
    id: { type: 'string', pattern: '^o-' },
    amount: { type: 'integer', minimum: 1 },
    lines: { type: 'array', items: { $ref: '#/$defs/line' } },
    mode: { enum: ['fast', 'slow'] },
  },
  required: ['id'],
  additionalProperties: false,
  $defs: { line: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] } },
};

test.each([
  ['nothing', { id: 'o-1', amount: 2, lines: [{ sku: 'a' }] }, []],
  ['what is missing', {}, [/^\(the whole value\): .*"id"/]],
  ['a type', { id: 7 }, [/^\/id: .*"number".*"string"/]],
  ['a place deep inside', { id: 'o-1', lines: [{ sku: 'a' }, {}] }, [/^\/lines\/1: .*"sku"/]],
  ['an unknown property', { id: 'o-1', colour: 'red' }, [/^\/colour: Not allowed here/]],
  ['an enumeration, naming its values', { id: 'o-1', mode: 'x' }, [/^\/mode: .*"fast","slow"/]],
  ['everything at once', { id: 7, amount: 0 }, [/^\/id:/, /^\/amount:/]],
  ['the whole', 'text', [/^\(the whole value\): .*"object"/]],
])('names %s', (_, value, expected) => {
  const problems = schemaProblems(order, value);
  expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

test('does not flood the model', () => {
  const problems = schemaProblems({ type: 'array', items: { type: 'string' } }, Array(30).fill(1));
  expect(problems).toHaveLength(11);
  expect(problems.at(-1)).toBe('and 20 more');
});

test('knows 2020-12 and the dialect that a schema declares', () => {
  const tuple = { prefixItems: [{ type: 'string' }], items: false };
  expect(schemaProblems(tuple, ['a', 'b'])).not.toEqual([]);
  const draft7 = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    items: [{ type: 'string' }],
    additionalItems: false,
  };
  expect(schemaProblems(draft7, ['a', 'b'])).not.toEqual([]);
  expect(schemaProblems(draft7, ['a'])).toEqual([]);
});

test('leaves a schema as it is for listing', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'string' } } };
  const before = JSON.stringify(schema);
  schemaProblems(schema, { a: 1 });
  expect(JSON.stringify(schema)).toBe(before);
});
