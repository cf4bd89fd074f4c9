import { ENV, METRICS } from '../../src/private/contract.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { SessionStore } from '../sse/store.js';
import { sweepQueues, sweepRecords } from './sweep.js';

/** The longest that an invocation runs, and so a session lives: Lambda's 15 minutes. */
const SESSION_MS = 900_000;
/** Between the making of a queue's name and the start of its invocation's clock, and differences of clocks. */
const MARGIN_MS = 60_000;

/** On a schedule: removes what invocations left that were killed before they could clean up. */
export async function handler(): Promise<void> {
  const now = Date.now();
  const ofRecords = await sweepRecords(now);
  const byAge = await sweepQueues(requireEnv(ENV.SERVER_ID), now - SESSION_MS - MARGIN_MS);
  measure([
    { name: METRICS.QUEUES_SWEPT, value: ofRecords + byAge },
    // sessions tell their number when they open; this tells it when none does
    { name: METRICS.ACTIVE_SESSIONS, value: await new SessionStore().countLive(now) },
  ]);
  log.info('swept', { queues: ofRecords + byAge });
}
