import { afterEach, expect, test } from 'vitest';
import { sessionTiming } from '../../../lambda/sse/timing.js';
import { ENV } from '../../../src/private/contract.js';

afterEach(() => {
  delete process.env[ENV.MAX_SESSION_SECONDS];
  delete process.env[ENV.PING_SECONDS];
});

test('a session ends before Lambda ends it', () => {
  expect(sessionTiming(900_000, 0).endsAt).toBe(840_000);
  expect(sessionTiming(60_000, 0).endsAt).toBe(55_000);
  expect(sessionTiming(3_000, 0).endsAt).toBe(0);
});

test('a session ends after the seconds that the owner set', () => {
  process.env[ENV.MAX_SESSION_SECONDS] = '120';
  expect(sessionTiming(900_000, 1_000).endsAt).toBe(121_000);
});

test('the lease outlives two renewals that failed', () => {
  process.env[ENV.PING_SECONDS] = '10';
  const { pingMs, leaseMs } = sessionTiming(900_000);
  expect(leaseMs).toBeGreaterThan(2 * pingMs);
});

test('the drain is a part of a short session, not all of it', () => {
  process.env[ENV.MAX_SESSION_SECONDS] = '4';
  expect(sessionTiming(900_000).drainMs).toBe(1_000);
  process.env[ENV.MAX_SESSION_SECONDS] = '840';
  expect(sessionTiming(900_000).drainMs).toBe(15_000);
});
