import { expect, test } from 'vitest';
import { readPosition, writePosition } from '../../../lambda/notifications/stream-position.js';

const lists = { tools: 'tools-digest-1', resources: 'resources-digest-1', prompts: 'prompts-digest-1' };
const updates = '1700000000000-abc';

test('a position comes back as it went; a list that changed meanwhile differs from what it is', () => {
  const id = writePosition({ updates, lists });
  expect(id).toMatch(/^[\w-]+$/);
  expect(readPosition(id, lists)).toEqual({ updates, lists });
  const now = { ...lists, tools: 'other-digest' };
  expect(readPosition(id, now)!.lists).toEqual({ ...lists, tools: 'tools-di' });
});

test.each([
  ['nothing', ''],
  ['an id of somebody else', '42'],
  ['JSON of another kind', Buffer.from('[]').toString('base64url')],
  ['a key that is none', Buffer.from('{"updates":"~"}').toString('base64url')],
  ['too much', 'A'.repeat(3_000)],
])('%s is no position', (_, id) => expect(readPosition(id, lists)).toBeUndefined());
