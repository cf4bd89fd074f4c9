import { DEFAULTS, ENV } from '../../src/private/contract.js';
import { LIST_POLL_MS } from '../notifications/list-change-poller.js';
import { numberEnv } from '../shared/env.js';

/** When the parts of one session's life happen; milliseconds, `endsAt` in epoch milliseconds. */
export interface SessionTiming {
  /** Between two pings, which renew the lease too. */
  readonly pingMs: number;
  /** How long a record is good for without renewal: three pings, so that one failed renewal ends nobody. */
  readonly leaseMs: number;
  /** Without a message from the client, ping replies left aside, and without a running call. */
  readonly idleMs: number;
  /** The longest silence on the stream: proxies on the way cut quieter ones, the strictest after 30 s. */
  readonly keepAliveMs: number;
  /** Between two looks at the catalog; longer than a catalog is served unread, so that two looks never see the same reading. */
  readonly watchMs: number;
  /** Before `endsAt`, while running calls may finish and no new one is taken. */
  readonly drainMs: number;
  /** The session ends at this time at the latest. */
  readonly endsAt: number;
}

/** Kept of the invocation's time for removing queue and record and for closing the stream. */
const CLEAN_UP_MS = 5_000;
const MAX_DRAIN_MS = 15_000;

/** The timing of a session that starts now, in an invocation which has `remainingMs` left. */
export function sessionTiming(remainingMs: number, now = Date.now()): SessionTiming {
  const pingMs = numberEnv(ENV.PING_SECONDS, DEFAULTS.PING_SECONDS) * 1000;
  const maxMs = numberEnv(ENV.MAX_SESSION_SECONDS, DEFAULTS.MAX_SESSION_SECONDS) * 1000;
  const lifeMs = Math.max(0, Math.min(maxMs, remainingMs - CLEAN_UP_MS));
  return {
    pingMs,
    leaseMs: 3 * pingMs,
    idleMs: numberEnv(ENV.IDLE_SECONDS, DEFAULTS.IDLE_SECONDS) * 1000,
    keepAliveMs: 15_000,
    watchMs: LIST_POLL_MS,
    drainMs: Math.min(MAX_DRAIN_MS, lifeMs / 4),
    endsAt: now + lifeMs,
  };
}
