import { describe, expect, it, test } from 'vitest';
import { exceedsShare, isFull, shareOwner } from '../../../lambda/shared/limits.js';

const usage = (value: number, taken: number, held: number | undefined) =>
  ({ limit: 'sessions', value, taken, held }) as const;

describe('exceedsShare', () => {
  it('limits callers that hold over a quarter while more than three quarters are taken', () => {
    expect(exceedsShare(usage(100, 76, 26))).toBe(true);
    expect(exceedsShare(usage(100, 75, 75))).toBe(false);
    expect(exceedsShare(usage(100, 99, 25))).toBe(false);
    expect(exceedsShare(usage(100, 99, 0))).toBe(false);
  });

  it('does not apply without an identity', () => {
    expect(exceedsShare(usage(100, 99, undefined))).toBe(false);
    expect([isFull(usage(100, 99, undefined)), isFull(usage(100, 100, undefined))]).toEqual([false, true]);
  });
});

test('shareOwner() counts the sessions of a role together', () => {
  const role = 'arn:aws:sts::111122223333:assumed-role/path/to/agents';
  expect([shareOwner(`${role}/one`), shareOwner(`${role}/two`)]).toEqual([role, role]);
  expect(shareOwner('arn:aws:iam::111122223333:user/ann')).toBe('arn:aws:iam::111122223333:user/ann');
  expect([shareOwner('auth0|7'), shareOwner(undefined)]).toEqual(['auth0|7', undefined]);
});
