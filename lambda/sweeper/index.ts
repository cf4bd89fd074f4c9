import type { Context } from 'aws-lambda';
import { ENV, METRICS } from '../../src/private/contract.js';
import { removeUnused } from '../registration/unused.js';
import { removeWithdrawn } from '../registration/withdrawn.js';
import { optionalEnv, requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { limitCalls, remainingMs } from '../shared/time-limits.js';
import { SessionStore } from '../sse/store.js';
import { sweepQueues, sweepRecords } from '../sse/sweep.js';

/** Longest duration of a session: Lambda's limit of 15 minutes for an invocation. */
const SESSION_MS = 900_000;
/** Allows for clock differences. */
const MARGIN_MS = 60_000;
/** Longest duration of an invocation, and the time reserved for logging a failure, milliseconds. */
const MAX_MS = 60_000;
const RESPONSE_MS = 1_000;
/** Time that is left for the queues when the permissions have been checked, milliseconds. */
const RESERVED_MS = 30_000;

/**
 * Runs on a schedule. Removes the queues and session records of functions that were killed before they could clean up, permissions that
 * owners of functions have withdrawn, and permissions that no registration uses.
 */
export function handler(_event?: unknown, context?: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> {
  const timeMs = remainingMs(context, MAX_MS) - RESPONSE_MS;
  return limitCalls(timeMs, () => sweep(Date.now() + timeMs - RESERVED_MS));
}

async function sweep(permissionsUntil: number): Promise<void> {
  // both parts run, whichever fails
  const [permissions, queues] = await Promise.allSettled([sweepPermissions(permissionsUntil), sweepSessions()]);
  for (const part of [permissions, queues]) if (part.status === 'rejected') throw part.reason;
  log.info('sweep finished', { queues: countOf(queues), permissions: countOf(permissions) });
}

/** Returns the number of removed statements. */
async function sweepPermissions(until: number): Promise<number> {
  return (await removeWithdrawn(until)) + (await removeUnused(until));
}

/** Returns the number of deleted queues; undefined for a server without SSE sessions. */
async function sweepSessions(): Promise<number | undefined> {
  if (optionalEnv(ENV.SESSION_TABLE) === undefined) return undefined;
  const now = Date.now();
  const sweptByLease = await sweepRecords(now);
  const sweptByAge = await sweepQueues(requireEnv(ENV.SERVER_ID), now - SESSION_MS - MARGIN_MS);
  measure([
    { name: METRICS.QUEUES_SWEPT, value: sweptByLease + sweptByAge },
    // a session reports this metric when it opens; the sweep reports it when none opens
    { name: METRICS.ACTIVE_SESSIONS, value: await new SessionStore().countLive(now) },
  ]);
  return sweptByLease + sweptByAge;
}

function countOf<T>(result: PromiseSettledResult<T>): T | undefined {
  return result.status === 'fulfilled' ? result.value : undefined;
}
