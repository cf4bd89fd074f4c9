import { METRICS, PATHS } from '../../src/private/contract.js';
import type { Catalog } from '../registry/catalog.js';
import { exceedsShare, isFull, isNearlyFull, ShareReached, shareOwner, type Usage } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { newSessionId } from '../shared/session-id.js';
import { SessionQueue } from './queue.js';
import { SessionStore } from './store.js';
import type { SessionTiming } from './timing.js';

/** The server's limit of open SSE sessions is reached. */
export class TooManySessions extends Error {
  constructor(limit: number) {
    super(`too many open sessions: this server allows ${limit} at once; try again later, or use ${PATHS.MCP}`);
  }
}

interface OpenSessionOptions {
  /** The principal that opens the session. Messages of other callers are rejected. */
  readonly principal?: string;
  readonly maxSessions: number;
  readonly timing: SessionTiming;
  readonly catalog: () => Promise<Catalog>;
}

function refuse(usage: Usage, { leaseMs }: SessionTiming): void {
  if (isFull(usage)) throw new TooManySessions(usage.value);
  if (exceedsShare(usage)) throw new ShareReached(usage, Math.ceil(leaseMs / 1000));
}

/** The AWS resources of a session, which are removed when it ends. */
export interface SessionResources {
  readonly id: string;
  readonly store: SessionStore;
  readonly queue: SessionQueue;
  /** The number of open sessions of the server, this one included. */
  readonly openSessions: number;
}

/**
 * Creates the record and the queue of a session. The record comes first, so that the sweep finds everything that is created after it.
 * The calls that do not depend on each other run in parallel.
 * Removes both if a later step fails.
 *
 * @throws {@link TooManySessions} if the server's limit is reached
 * @throws {@link ShareReached} if the caller has its share
 */
export async function openSession({
  principal,
  maxSessions,
  timing,
  catalog,
}: OpenSessionOptions): Promise<SessionResources> {
  const store = new SessionStore();
  const id = newSessionId();
  const now = Date.now();
  const owner = shareOwner(principal);
  // the owners are read only when the shares of callers apply: the number alone is a small response
  const usage = async (own: 0 | 1): Promise<Usage> => {
    const places = { limit: 'sessions', value: maxSessions } as const;
    const taken = (await store.countLive(now)) - own;
    if (owner === undefined || !isNearlyFull({ ...places, taken })) return { ...places, taken, held: undefined };
    return { ...places, ...(await store.usage(owner, id, now)) };
  };
  const reading = catalog();
  reading.catch(() => undefined); // a refused request does not await it
  // checked before, so that requests that are refused take no places, and after this record is written: see below
  refuse(await usage(0), timing);
  let creating: Promise<SessionQueue> | undefined;
  try {
    await store.reserve({ id, principal, now, leaseUntil: now + timing.leaseMs, endsAt: timing.endsAt });
    creating = SessionQueue.create();
    // counted after this record is written: of two sessions that open at once, both may be rejected, but the limit is never exceeded
    const checking = usage(1).then((others) => {
      refuse(others, timing);
      return others.taken + 1;
    });
    // the catalog is read before the stream begins, while a failure to read the registry can still set the HTTP status
    const [open, queue] = await Promise.all([checking, creating, reading]);
    if (!(await store.attach(id, queue.url, Date.now() + timing.leaseMs))) {
      throw new Error('the session record was removed while the session was being opened');
    }
    measure([
      { name: METRICS.SESSIONS_OPENED, value: 1 },
      { name: METRICS.ACTIVE_SESSIONS, value: open },
    ]);
    return { id, store, queue, openSessions: open };
  } catch (error) {
    const removingQueue = creating?.then(
      (queue) => queue.remove(),
      () => undefined,
    );
    for (const removal of await Promise.allSettled([store.remove(id), removingQueue])) {
      if (removal.status === 'rejected') log.warn('cleaning up after a failed open failed', removal.reason);
    }
    throw error;
  }
}
