import { expect, test } from 'vitest';
import { page } from '../../../lambda/protocol/pagination.js';
import { tool } from '../mcp/registrations.js';

const tools = ['a', 'b', 'c', 'd', 'e'].map((name) => tool(name));
const names = (registrations: readonly { name: string }[]) => registrations.map(({ name }) => name);

test('returns all entries, page by page', () => {
  const seen: string[][] = [];
  let cursor: string | undefined;
  do {
    const { registrations, nextCursor } = page(tools, cursor, 2);
    seen.push(names(registrations));
    cursor = nextCursor;
  } while (cursor);
  expect(seen).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('returns no cursor with the last page, even if the page is full', () => {
  expect(page(tools, undefined, 5)).not.toHaveProperty('nextCursor');
});

test('continues after the previous page, whatever was added or removed in the meantime', () => {
  const { nextCursor } = page(tools, undefined, 2);
  const changed = [tool('aa'), ...tools.filter(({ name }) => name !== 'b'), tool('bb')].sort((x, y) =>
    x.id < y.id ? -1 : 1,
  );
  expect(names(page(changed, nextCursor, 2).registrations)).toEqual(['bb', 'c']);
});

test.each([
  'x',
  '',
  'bnVsbA',
  Buffer.from('{}').toString('base64url'),
  Buffer.from('{"after":1}').toString('base64url'),
])('rejects the cursor %j', (cursor) => {
  expect(() => page(tools, cursor, 2)).toThrow(expect.objectContaining({ code: -32602 }));
});
