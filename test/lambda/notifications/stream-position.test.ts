import { expect, test } from 'vitest';
import { readPosition, writePosition } from '../../../lambda/notifications/stream-position.js';

const lists = { tools: 'tools-digest-1', resources: 'resources-digest-1', prompts: 'prompts-digest-1' };
const updates = '1700000000000-abc';

test('reads what it wrote; the digest of a changed list differs from the current one', () => {
  const id = writePosition({ updates, lists });
  expect(id).toMatch(/^[\w-]+$/);
  expect(readPosition(id, lists)).toEqual({ updates, lists });
  const current = { ...lists, tools: 'other-digest' };
  expect(readPosition(id, current)!.lists).toEqual({ ...lists, tools: 'tools-di' });
});

test.each([
  ['an empty id', ''],
  ['a foreign id', '42'],
  ['other JSON', Buffer.from('[]').toString('base64url')],
  ['an invalid event key', Buffer.from('{"updates":"~"}').toString('base64url')],
  ['an id that is too long', 'A'.repeat(3_000)],
])('rejects %s', (_, id) => expect(readPosition(id, lists)).toBeUndefined());
