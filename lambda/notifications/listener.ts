import { randomBytes } from 'node:crypto';
import { DEFAULTS, ENV, METRICS, SESSIONS } from '../../src/private/contract.js';
import { numberEnv } from '../shared/env.js';
import { type Lease, LeaseStore, ownedBy } from '../shared/leases.js';
import { exceedsShare, isFull, ShareReached, shareOwner, type Usage } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { pause } from '../shared/pause.js';
import { pollInterval } from './poll-interval.js';

const RENEW_MS = 20_000;
/** Three renewal intervals: a listener survives a failed renewal. */
const LEASE_MS = 3 * RENEW_MS;
/** Time reserved before the deadline for closing the stream and removing the record. */
const CLEAN_UP_MS = 5_000;

/** The server's limit of open listeners is reached. */
export class TooManyListeners extends Error {
  /** @param retryAfter seconds after which a place is free at the latest: clients may end their listeners earlier */
  constructor(
    limit: number,
    readonly retryAfter: number,
  ) {
    super(`too many listeners: this server allows ${limit} at once; try again later`);
  }
}

interface ListenerOptions {
  /** Identifies the client's stream: a new listener with the same id replaces the previous one. Random by default. */
  readonly id?: string;
  /** The principal that listens. Its share counts. */
  readonly principal?: string;
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
  readonly renewMs?: number;
  /** Whether the listener is still needed. Called after each renewal of the lease. */
  readonly shouldContinue?: () => Promise<boolean>;
}

/**
 * An open stream of notifications on `/mcp`, which occupies a running function. Lambda does not report that a client has disconnected.
 * The listener of such a client ends when its time is up, or when the client opens the next one.
 */
export class Listener {
  private readonly ended = new AbortController();

  private constructor(
    private readonly records: ListenerRecords,
    private readonly id: string,
    private readonly holder: string,
    private readonly endsAt: number,
    private readonly active: number,
    private readonly options: ListenerOptions,
  ) {}

  /**
   * Opens a listener and renews its lease until it ends.
   *
   * @throws {@link TooManyListeners} if the server's limit is reached
   * @throws {@link ShareReached} if the caller has its share
   */
  static async open(options: ListenerOptions): Promise<Listener> {
    const records = new ListenerRecords();
    const holder = randomBytes(16).toString('hex');
    const id = options.id ?? holder;
    const now = Date.now();
    const lifeMs = numberEnv(ENV.MAX_LISTENER_SECONDS, DEFAULTS.MAX_LISTENER_SECONDS) * 1000;
    const endsAt = Math.min(now + lifeMs, options.deadline - CLEAN_UP_MS);
    const owner = shareOwner(options.principal);
    const value = numberEnv(ENV.MAX_LISTENERS, DEFAULTS.MAX_LISTENERS);
    const others = async () => {
      const usage = { limit: 'listeners', value, ...(await records.usage(owner, id, now)) } as const;
      const refused = await refusal(usage, records, id);
      if (refused) measure([{ name: METRICS.LISTENERS_REJECTED, value: 1 }]);
      return { usage, refused };
    };
    // checked before, so that requests that are refused take no places
    const before = await others();
    if (before.refused) throw before.refused;
    try {
      await records.acquire(id, holder, { now, leaseUntil: now + LEASE_MS, endsAt }, owner);
      // counted after this record is written: of two listeners that open at once, both may be rejected, but the limit is never exceeded
      const { usage, refused } = await others();
      if (refused) throw refused;
      const active = usage.taken + 1;
      measure([{ name: METRICS.ACTIVE_LISTENERS, value: active }]);
      const listener = new Listener(records, id, holder, endsAt, active, options);
      void listener.renewUntilEnd();
      return listener;
    } catch (error) {
      await release(records, id, holder);
      throw error;
    }
  }

  /** Aborts when the listener has to end. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** The interval of its polling: `baseMs`, or more if the server has many listeners. */
  pollInterval(baseMs: number): number {
    return pollInterval(baseMs, this.active);
  }

  /** Ends the listener and removes its record. */
  async close(): Promise<void> {
    this.ended.abort();
    await release(this.records, this.id, this.holder);
  }

  private async renewUntilEnd(): Promise<void> {
    const { renewMs = RENEW_MS, shouldContinue } = this.options;
    for (;;) {
      const left = this.endsAt - Date.now();
      if (left <= 0) return this.ended.abort();
      if (!(await pause(Math.min(left, renewMs), this.signal))) return;
      try {
        const renewed = await this.records.renew(this.id, this.holder, Date.now() + LEASE_MS);
        if (!renewed || (shouldContinue && !(await shouldContinue()))) return this.ended.abort();
      } catch (error) {
        log.warn('renewing a listener lease failed', error as Error);
      }
    }
  }
}

async function refusal(usage: Usage, records: ListenerRecords, id: string): Promise<Error | undefined> {
  const { taken, value } = usage;
  if (isFull(usage)) return new TooManyListeners(value, await secondsUntilFree(records, id, taken - value + 1));
  return exceedsShare(usage) ? new ShareReached(usage, await secondsUntilFree(records, id, 1)) : undefined;
}

/** Removes a record. It occupies a place until its lease expires if that fails. */
async function release(records: ListenerRecords, id: string, holder: string): Promise<void> {
  await records.release(id, holder).catch((error) => log.warn('removing a listener record failed', error));
}

/** Seconds after which `places` other listeners have ended. A listener whose client has disconnected ends when its time is up. */
async function secondsUntilFree(records: ListenerRecords, id: string, places: number): Promise<number> {
  const ends = await records.endTimes(id);
  const until = ends.sort((a, b) => a - b)[places - 1] ?? Date.now() + LEASE_MS;
  return Math.max(1, Math.ceil((until - Date.now()) / 1000));
}

/** The records of open listeners, by which the server counts them. */
export class ListenerRecords extends LeaseStore {
  constructor() {
    super(SESSIONS.LISTENERS);
  }

  /** Writes a listener's record. It replaces the record of a previous holder of the id. */
  acquire(id: string, holder: string, lease: Lease, owner?: string): Promise<void> {
    return this.put(id, lease, { holder: { S: holder }, ...ownedBy(owner) });
  }

  /** Extends the lease. Resolves to false if the record is gone or belongs to another holder. */
  renew(id: string, holder: string, leaseUntil: number): Promise<boolean> {
    return this.update(
      id,
      'SET leaseUntil = :leaseUntil',
      { ':leaseUntil': { N: String(leaseUntil) } },
      heldBy(holder),
    );
  }

  /** Removes the record if it still belongs to this holder. */
  async release(id: string, holder: string): Promise<void> {
    await this.delete(id, heldBy(holder));
  }
}

function heldBy(holder: string) {
  return { expression: 'holder = :holder', values: { ':holder': { S: holder } } };
}
