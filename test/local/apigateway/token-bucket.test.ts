import { expect, it } from 'vitest';
import { TokenBucket } from '../../../local/services/apigateway/token-bucket.js';

it('accepts a burst, then requests at the rate limit', () => {
  let now = 0;
  const bucket = new TokenBucket({ rateLimit: 2, burstLimit: 3 }, () => now);
  const take = (n: number) => Array.from({ length: n }, () => bucket.take());
  expect(take(4)).toEqual([true, true, true, false]);
  now = 499;
  expect(bucket.take()).toBe(false);
  now = 500;
  expect(take(2)).toEqual([true, false]);
  now = 60_000;
  expect(take(4)).toEqual([true, true, true, false]);
});
