import { expect, test } from 'vitest';
import { pollInterval } from '../../../lambda/notifications/poll-interval.js';

test('leaves the interval as it is for few clients', () => {
  expect([1, 50, 75].map((clients) => pollInterval(150, clients))).toEqual([150, 150, 150]);
});

test('grows with the number of clients', () => {
  expect([150, 450, 10_000].map((clients) => pollInterval(150, clients))).toEqual([300, 900, 20_000]);
  expect([450, 10_000].map((clients) => pollInterval(2_500, clients))).toEqual([2_500, 20_000]);
});

test('keeps clients that connect one after the other below the reads that DynamoDB serves for one item', () => {
  let readsPerSecond = 0;
  for (let clients = 1; clients <= 10_000; clients++) readsPerSecond += 1000 / pollInterval(150, clients);
  expect(readsPerSecond).toBeLessThan(3_000);
});
