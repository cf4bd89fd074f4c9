import { expect, test } from 'vitest';
import { differences } from '../../../lambda/audit/difference.js';

test('names each member that differs by its JSON pointer', () => {
  const before = { name: 'a', inputSchema: { properties: { id: { type: 'string' }, 'a/b': 1 } }, icons: [1] };
  const after = { name: 'a', inputSchema: { properties: { id: { type: 'number' } } }, icons: [1, 2], title: 'A' };
  expect(differences(before, after)).toEqual({
    changes: [
      { path: '/inputSchema/properties/id/type', before: '"string"', after: '"number"' },
      { path: '/inputSchema/properties/a~1b', before: '1' },
      { path: '/icons', before: '[1]', after: '[1,2]' },
      { path: '/title', after: '"A"' },
    ],
  });
});

test('a new definition differs in each member', () => {
  expect(differences(undefined, { name: 'a', inputSchema: { type: 'object' } }).changes).toEqual([
    { path: '/name', after: '"a"' },
    { path: '/inputSchema', after: '{"type":"object"}' },
  ]);
});

test('shortens long values and long lists', () => {
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`k${i}`, 'v'.repeat(1_000)]));
  const { changes, moreChanges } = differences({}, many);
  expect(changes).toHaveLength(20);
  expect(moreChanges).toBe(5);
  expect(changes[0]!.after).toBe(`"${'v'.repeat(511)}…`);
});
