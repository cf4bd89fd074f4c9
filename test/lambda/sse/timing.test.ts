import { afterEach, expect, test } from 'vitest';
import { sessionTiming } from '../../../lambda/sse/timing.js';
import { ENV } from '../../../src/private/contract.js';

afterEach(() => {
  delete process.env[ENV.MAX_SESSION_SECONDS];
  delete process.env[ENV.PING_SECONDS];
});

test('ends a session before the invocation ends', () => {
  expect(sessionTiming(900_000, 0).endsAt).toBe(840_000);
  expect(sessionTiming(60_000, 0).endsAt).toBe(55_000);
  expect(sessionTiming(3_000, 0).endsAt).toBe(0);
});

test('ends a session after the configured duration', () => {
  process.env[ENV.MAX_SESSION_SECONDS] = '120';
  expect(sessionTiming(900_000, 1_000).endsAt).toBe(121_000);
});

test('sets a lease that survives two failed renewals', () => {
  process.env[ENV.PING_SECONDS] = '10';
  const { pingMs, leaseMs } = sessionTiming(900_000);
  expect(leaseMs).toBeGreaterThan(2 * pingMs);
});

test('limits the drain time to a quarter of the session', () => {
  process.env[ENV.MAX_SESSION_SECONDS] = '4';
  expect(sessionTiming(900_000).drainMs).toBe(1_000);
  process.env[ENV.MAX_SESSION_SECONDS] = '840';
  expect(sessionTiming(900_000).drainMs).toBe(15_000);
});
