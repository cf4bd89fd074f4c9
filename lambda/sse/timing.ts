import { DEFAULTS, ENV } from '../../src/private/contract.js';
import { LIST_POLL_MS } from '../notifications/list-change-poller.js';
import { numberEnv } from '../shared/env.js';

/** Intervals and limits of one session, milliseconds. */
export interface SessionTiming {
  /** Interval of pings and of lease renewals. */
  readonly pingMs: number;
  /** Duration of a lease: three ping intervals, so that a session survives a failed renewal. */
  readonly leaseMs: number;
  /** Time without a running call and without a message from the client, other than responses to pings, after which the session ends. */
  readonly idleMs: number;
  /** Longest silence on the stream. Proxies close idle connections, the strictest of them after 30 s. */
  readonly keepAliveMs: number;
  /** Interval between reads of the catalog, as {@link LIST_POLL_MS}. */
  readonly listPollMs: number;
  /** Time before `endsAt` in which running calls may finish and new ones are rejected. */
  readonly drainMs: number;
  /** When the session ends at the latest, epoch milliseconds. */
  readonly endsAt: number;
}

/** Time reserved before the invocation's end for closing the stream and removing queue and record. */
const CLEAN_UP_MS = 5_000;
const MAX_DRAIN_MS = 15_000;

/** The timing of a session that starts now, in an invocation with `remainingMs` left. */
export function sessionTiming(remainingMs: number, now = Date.now()): SessionTiming {
  const pingMs = numberEnv(ENV.PING_SECONDS, DEFAULTS.PING_SECONDS) * 1000;
  const maxMs = numberEnv(ENV.MAX_SESSION_SECONDS, DEFAULTS.MAX_SESSION_SECONDS) * 1000;
  const lifeMs = Math.max(0, Math.min(maxMs, remainingMs - CLEAN_UP_MS));
  return {
    pingMs,
    leaseMs: 3 * pingMs,
    idleMs: numberEnv(ENV.IDLE_SECONDS, DEFAULTS.IDLE_SECONDS) * 1000,
    keepAliveMs: 15_000,
    listPollMs: LIST_POLL_MS,
    drainMs: Math.min(MAX_DRAIN_MS, lifeMs / 4),
    endsAt: now + lifeMs,
  };
}
