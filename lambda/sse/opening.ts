import { randomBytes } from 'node:crypto';
import { METRICS, PATHS } from '../../src/private/contract.js';
import type { Catalog } from '../registry/catalog.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { SessionQueue } from './queue.js';
import { SessionStore } from './store.js';
import type { SessionTiming } from './timing.js';

/** As many sessions as the server allows are open. */
export class OverCapacity extends Error {
  constructor(limit: number) {
    super(`too many open sessions: this server allows ${limit} at once; try again later, or use ${PATHS.MCP}`);
  }
}

/** What is asked for. */
export interface SessionRequest {
  /** Who opens the session: the only caller whose messages it will take. */
  readonly principal?: string;
  readonly maxSessions: number;
  readonly timing: SessionTiming;
  readonly catalog: () => Promise<Catalog>;
}

/** What a session holds outside of this process, until it is removed. */
export interface SessionResources {
  readonly id: string;
  readonly store: SessionStore;
  readonly queue: SessionQueue;
}

/**
 * Makes what a session holds: record first, then queue, so that nothing is ever made that no record tells of. Leaves
 * nothing behind where it fails.
 */
export async function openSession({
  principal,
  maxSessions,
  timing,
  catalog,
}: SessionRequest): Promise<SessionResources> {
  const store = new SessionStore();
  const id = randomBytes(16).toString('hex');
  const now = Date.now();
  await store.reserve({ id, principal, now, leaseUntil: now + timing.leaseMs, endsAt: timing.endsAt });
  let queue: SessionQueue | undefined;
  try {
    // counted after the own record is written: of two that come at once both may be refused, but never one too many let in
    const open = await store.countLive(now);
    if (open > maxSessions) throw new OverCapacity(maxSessions);
    queue = await SessionQueue.create();
    await catalog(); // a registry that cannot be read is told by a status, before the stream begins
    if (!(await store.attach(id, queue.url, Date.now() + timing.leaseMs)))
      throw new Error('the session record is gone');
    measure([
      { name: METRICS.SESSIONS_OPENED, value: 1 },
      { name: METRICS.ACTIVE_SESSIONS, value: open },
    ]);
    return { id, store, queue };
  } catch (error) {
    for (const removal of await Promise.allSettled([store.remove(id), queue?.remove()])) {
      if (removal.status === 'rejected') log.warn('a session that could not be opened left something', removal.reason);
    }
    throw error;
  }
}
