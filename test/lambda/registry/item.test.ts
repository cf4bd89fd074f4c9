import { expect, test, vi } from 'vitest';
import { readEach, toRegistration } from '../../../lambda/registry/item.js';
import { log } from '../../../lambda/shared/log.js';
import { tool } from '../mcp/registrations.js';
import { itemOf } from '../mcp/tables.js';

const nested = (levels: number) => `{"type":"tool","name":"a","_meta":${'['.repeat(levels)}${']'.repeat(levels)}}`;

test.each([
  ['is not JSON', '{'],
  ['is nested too deeply', nested(200_000)],
])('skips and logs an item whose definition %s', (_, definition) => {
  const error = vi.spyOn(log, 'error').mockImplementation(() => undefined);
  const items = [{ ...itemOf(tool('broken')), definition }, itemOf(tool('lookup')), itemOf(tool('search'))];
  expect(readEach(items, (item) => toRegistration(item)).map(({ id }) => id)).toEqual(['tool-lookup', 'tool-search']);
  expect(error).toHaveBeenCalledExactlyOnceWith('skipping an unreadable registration', {
    error: expect.any(Error),
    type: 'tool',
    name: 'broken',
  });
  vi.restoreAllMocks();
});

test('reads a definition with the most levels that a registration can have', () => {
  expect(toRegistration({ ...itemOf(tool('a')), definition: nested(64) }).name).toBe('a');
});
