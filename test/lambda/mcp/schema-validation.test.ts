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
  ['no problem of a valid value', { id: 'o-1', amount: 2, lines: [{ sku: 'a' }] }, []],
  ['a missing property', {}, [/^\(root\): .*"id"/]],
  ['a wrong type', { id: 7 }, [/^\/id: .*"number".*"string"/]],
  ['the pointer to a nested value', { id: 'o-1', lines: [{ sku: 'a' }, {}] }, [/^\/lines\/1: .*"sku"/]],
  ['an unknown property', { id: 'o-1', colour: 'red' }, [/^\/colour: Not allowed here/]],
  ['the values of an enumeration', { id: 'o-1', mode: 'x' }, [/^\/mode: .*"fast","slow"/]],
  ['all problems at once', { id: 7, amount: 0 }, [/^\/id:/, /^\/amount:/]],
  ['the root for a problem of the whole value', 'text', [/^\(root\): .*"object"/]],
])('reports %s', (_, value, expected) => {
  const problems = schemaProblems(order, value);
  expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

test('reports at most ten problems', () => {
  const problems = schemaProblems({ type: 'array', items: { type: 'string' } }, Array(30).fill(1));
  expect(problems).toHaveLength(11);
  expect(problems.at(-1)).toBe('and 20 more');
});

test('validates by 2020-12, or by the dialect that the schema declares', () => {
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

test('does not modify the schema', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'string' } } };
  const before = JSON.stringify(schema);
  schemaProblems(schema, { a: 1 });
  expect(JSON.stringify(schema)).toBe(before);
});
