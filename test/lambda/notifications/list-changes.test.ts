import { expect, test } from 'vitest';
import { ListChangeDetector } from '../../../lambda/notifications/list-changes.js';

const digest = (tools: string, resources = 'r', prompts = 'p') => ({ tools, resources, prompts });

test('announces nothing without a change', () => {
  const changes = new ListChangeDetector(digest('1'));
  expect(changes.observe(digest('1'))).toEqual([]);
  expect(changes.observe(digest('1'))).toEqual([]);
});

test('announces a burst once, when it ends, and only the kinds that changed', () => {
  const changes = new ListChangeDetector(digest('1'));
  expect(changes.observe(digest('2'))).toEqual([]);
  expect(changes.observe(digest('3', 'r2'))).toEqual([]);
  expect(changes.observe(digest('3', 'r2'))).toEqual(['tools', 'resources']);
  expect(changes.observe(digest('3', 'r2'))).toEqual([]);
});

test('does not announce a change that was reverted', () => {
  const changes = new ListChangeDetector(digest('1'));
  changes.observe(digest('2'));
  expect(changes.observe(digest('1'))).toEqual([]);
  expect(changes.observe(digest('1'))).toEqual([]);
});

test('announces an endless burst at intervals', () => {
  const changes = new ListChangeDetector(digest('0'));
  const announced = Array.from({ length: 10 }, (_, i) => changes.observe(digest(String(i + 1))).length);
  expect(announced).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
});
