import { expect, test } from 'vitest';
import { ListChangeDetector } from '../../../lambda/notifications/list-changes.js';

const digest = (tools: string, resources = 'r', prompts = 'p') => ({ tools, resources, prompts });

test('nothing is told without a change', () => {
  const changes = new ListChangeDetector(digest('1'));
  expect(changes.look(digest('1'))).toEqual([]);
  expect(changes.look(digest('1'))).toEqual([]);
});

test('a burst is told once, when it is over, and only the kinds that changed', () => {
  const changes = new ListChangeDetector(digest('1'));
  expect(changes.look(digest('2'))).toEqual([]);
  expect(changes.look(digest('3', 'r2'))).toEqual([]);
  expect(changes.look(digest('3', 'r2'))).toEqual(['tools', 'resources']);
  expect(changes.look(digest('3', 'r2'))).toEqual([]);
});

test('a change that was taken back is not told', () => {
  const changes = new ListChangeDetector(digest('1'));
  changes.look(digest('2'));
  expect(changes.look(digest('1'))).toEqual([]);
  expect(changes.look(digest('1'))).toEqual([]);
});

test('a burst without end is told now and then', () => {
  const changes = new ListChangeDetector(digest('0'));
  const told = Array.from({ length: 10 }, (_, i) => changes.look(digest(String(i + 1))).length);
  expect(told).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
});
