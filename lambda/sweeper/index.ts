import type { Context } from 'aws-lambda';
import { ENV, METRICS } from '../../src/private/contract.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { limitCalls, remainingMs } from '../shared/time-limits.js';
import { SessionStore } from '../sse/store.js';
import { sweepQueues, sweepRecords } from './sweep.js';

/** Longest duration of a session: Lambda's limit of 15 minutes for an invocation. */
const SESSION_MS = 900_000;
/** Allows for clock differences. */
const MARGIN_MS = 60_000;
/** Longest duration of an invocation, and the time reserved for logging a failure, milliseconds. */
const MAX_MS = 60_000;
const RESPONSE_MS = 1_000;

/** Runs on a schedule. Removes the queues and session records of functions that were killed before they could clean up. */
export function handler(_event?: unknown, context?: Context): Promise<void> {
  return limitCalls(remainingMs(context, MAX_MS) - RESPONSE_MS, sweep);
}

async function sweep(): Promise<void> {
  const now = Date.now();
  const sweptByLease = await sweepRecords(now);
  const sweptByAge = await sweepQueues(requireEnv(ENV.SERVER_ID), now - SESSION_MS - MARGIN_MS);
  measure([
    { name: METRICS.QUEUES_SWEPT, value: sweptByLease + sweptByAge },
    // a session reports this metric when it opens; the sweep reports it when none opens
    { name: METRICS.ACTIVE_SESSIONS, value: await new SessionStore().countLive(now) },
  ]);
  log.info('sweep finished', { queues: sweptByLease + sweptByAge });
}
