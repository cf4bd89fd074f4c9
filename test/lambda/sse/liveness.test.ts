import { expect, test } from 'vitest';
import { Liveness } from '../../../lambda/sse/liveness.js';

test('two pings without any message after them prove the client gone', () => {
  const liveness = new Liveness();
  expect(liveness.beforePing(0, 1000)).toBe(false); // nothing asked yet
  expect(liveness.beforePing(0, 2000)).toBe(false); // one missed
  expect(liveness.beforePing(0, 3000)).toBe(true);
});

test('a message in between starts the count again', () => {
  const liveness = new Liveness();
  liveness.beforePing(0, 1000);
  liveness.beforePing(0, 2000);
  expect(liveness.beforePing(2500, 3000)).toBe(false);
  expect(liveness.beforePing(2500, 4000)).toBe(false);
  expect(liveness.beforePing(2500, 5000)).toBe(true);
});
