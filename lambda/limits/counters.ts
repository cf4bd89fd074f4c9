import type { CallLimit } from '../../src/private/registration.js';

const MICROSECONDS = 1_000_000;
const SECONDS_OF_DAY = 86_400;
/** Above every count of a day, so that a day and its count are one exact number. */
const DAY_FACTOR = 10_000_000_000;

/**
 * A counter of one limit, as an attribute of the caller's item. DynamoDB cannot choose the higher of two values, so a counter has two
 * updates with conditions that exclude each other: one for a counter that is out of date, one that counts on.
 */
export interface Counter {
  readonly attribute: string;
  /** The name of the limit in messages. */
  readonly limit: string;
  readonly value: number;
  /** The counter is out of date at this value, and below it. */
  readonly staleAt: number;
  /** The value after the first call. */
  readonly first: number;
  /** What a call adds. */
  readonly step: number;
  /** The highest value at which another call is allowed. */
  readonly most: number;
  /** Seconds after which a call is allowed again, for a value above `most`. */
  readonly retryAfter: (value: number) => number;
}

/** The counters of a limit. `suffix` is a part of their attributes. */
export function countersOf(
  { rate, burst, dailyCalls }: CallLimit,
  name: string,
  suffix: string,
  now: number,
): Counter[] {
  const counters: Counter[] = [];
  if (rate !== undefined) counters.push(rateCounter({ rate, burst }, name, suffix, now));
  if (dailyCalls !== undefined) counters.push(dayCounter(dailyCalls, name, suffix, now));
  return counters;
}

/**
 * The generic cell rate algorithm: the value is the time, in microseconds, at which the calls so far would be due at the rate. A call is
 * allowed if it is ahead of that by less than the burst.
 */
function rateCounter(
  { rate, burst = Math.max(1, Math.ceil(rate)) }: { readonly rate: number; readonly burst?: number },
  name: string,
  suffix: string,
  now: number,
): Counter {
  const step = Math.round(MICROSECONDS / rate);
  const staleAt = now * 1_000;
  const most = staleAt + (burst - 1) * step;
  return {
    attribute: `rate${suffix}`,
    limit: `${name}.rate`,
    value: rate,
    staleAt,
    first: staleAt + step,
    step,
    most,
    retryAfter: (value) => Math.max(1, Math.ceil((value - most) / MICROSECONDS)),
  };
}

/** The calls of a day in UTC: the value is the number of the day, and the count in its lower digits. */
function dayCounter(dailyCalls: number, name: string, suffix: string, now: number): Counter {
  const seconds = Math.floor(now / 1_000);
  const today = Math.floor(seconds / SECONDS_OF_DAY);
  const staleAt = today * DAY_FACTOR;
  return {
    attribute: `day${suffix}`,
    limit: `${name}.dailyCalls`,
    value: dailyCalls,
    staleAt,
    first: staleAt + 1,
    step: 1,
    most: staleAt + dailyCalls - 1,
    retryAfter: () => (today + 1) * SECONDS_OF_DAY - seconds,
  };
}
