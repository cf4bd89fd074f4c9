import { expect, test } from 'vitest';
import { Liveness } from '../../../lambda/sse/liveness.js';

test('reports a disconnected client after two unanswered pings', () => {
  const liveness = new Liveness();
  expect(liveness.beforePing(0, 1000)).toBe(false); // no ping sent yet
  expect(liveness.beforePing(0, 2000)).toBe(false); // one missed
  expect(liveness.beforePing(0, 3000)).toBe(true);
});

test('restarts the count after a message', () => {
  const liveness = new Liveness();
  liveness.beforePing(0, 1000);
  liveness.beforePing(0, 2000);
  expect(liveness.beforePing(2500, 3000)).toBe(false);
  expect(liveness.beforePing(2500, 4000)).toBe(false);
  expect(liveness.beforePing(2500, 5000)).toBe(true);
});

test('does not count a ping that the client could not answer', () => {
  const liveness = new Liveness();
  const excused = (sentAt: number) => sentAt === 2000;
  expect(liveness.beforePing(0, 1000, excused)).toBe(false);
  expect(liveness.beforePing(0, 2000, excused)).toBe(false);
  expect(liveness.beforePing(0, 3000, excused)).toBe(false); // the ping at 2000 is excused
  expect(liveness.beforePing(0, 4000, excused)).toBe(false);
  expect(liveness.beforePing(0, 5000, excused)).toBe(true);
});
