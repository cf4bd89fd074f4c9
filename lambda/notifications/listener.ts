import { randomBytes } from 'node:crypto';
import { DEFAULTS, ENV, METRICS, SESSIONS } from '../../src/private/contract.js';
import { numberEnv } from '../shared/env.js';
import { type Lease, LeaseStore } from '../shared/leases.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { pause } from '../shared/pause.js';

const RENEW_MS = 20_000;
/** Three renewals: one that fails ends nobody. */
const LEASE_MS = 3 * RENEW_MS;
/** Kept of the invocation's time for closing the stream and giving the place back. */
const CLEAN_UP_MS = 5_000;

/** As many listeners as the server allows are there. */
export class TooManyListeners extends Error {
  /** Seconds after which a place is free that was lost without a word. */
  readonly retryAfter = LEASE_MS / 1000;

  constructor(limit: number) {
    super(`too many listeners: this server allows ${limit} at once; try again later`);
  }
}

/** What is asked for. */
export interface ListenerRequest {
  /** Who listens, where a second listener takes the place of the first one; each on its own where absent. */
  readonly id?: string;
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
  readonly renewMs?: number;
  /** Whether there is still somebody to listen; asked with each renewal. */
  readonly wanted?: () => Promise<boolean>;
}

/**
 * A place among the listeners, each of which holds a running function. Lambda is not told when a client hangs up: what ends a
 * listener nobody hears is its time, or its client's next one.
 */
export class Listener {
  private readonly over = new AbortController();

  private constructor(
    private readonly places: ListenerRecords,
    private readonly id: string,
    private readonly holder: string,
    private readonly endsAt: number,
    private readonly request: ListenerRequest,
  ) {}

  /** Takes a place. Throws {@link TooManyListeners} where there is none. */
  static async open(request: ListenerRequest): Promise<Listener> {
    const places = new ListenerRecords();
    const holder = randomBytes(16).toString('hex');
    const id = request.id ?? holder;
    const now = Date.now();
    const lifeMs = numberEnv(ENV.MAX_LISTENER_SECONDS, DEFAULTS.MAX_LISTENER_SECONDS) * 1000;
    const endsAt = Math.min(now + lifeMs, request.deadline - CLEAN_UP_MS);
    await places.take(id, holder, { now, leaseUntil: now + LEASE_MS, endsAt });
    // counted after the own record is written: of two that come at once both may be refused, but never one too many let in
    const there = await places.countLive(now);
    const limit = numberEnv(ENV.MAX_LISTENERS, DEFAULTS.MAX_LISTENERS);
    if (there > limit) {
      await places.release(id, holder);
      measure([{ name: METRICS.LISTENERS_REJECTED, value: 1 }]);
      throw new TooManyListeners(limit);
    }
    measure([{ name: METRICS.ACTIVE_LISTENERS, value: there }]);
    const listener = new Listener(places, id, holder, endsAt, request);
    void listener.keep();
    return listener;
  }

  /** Aborted when the listener shall end. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** Ends it, and gives the place back. */
  async close(): Promise<void> {
    this.over.abort();
    await this.places
      .release(this.id, this.holder)
      .catch((error) => log.warn('a listener’s record could not be removed', error));
  }

  private async keep(): Promise<void> {
    const { renewMs = RENEW_MS, wanted } = this.request;
    for (;;) {
      const left = this.endsAt - Date.now();
      if (left <= 0) return this.over.abort();
      if (!(await pause(Math.min(left, renewMs), this.signal))) return;
      try {
        const kept = await this.places.renew(this.id, this.holder, Date.now() + LEASE_MS);
        if (!kept || (wanted && !(await wanted()))) return this.over.abort();
      } catch (error) {
        log.warn('a listener’s lease could not be renewed', error as Error);
      }
    }
  }
}

/** The records of listeners on `/mcp`, by which they are counted. */
export class ListenerRecords extends LeaseStore {
  constructor() {
    super(SESSIONS.LISTENERS);
  }

  /** Takes a place. Whoever had it under that id has lost it. */
  take(id: string, holder: string, lease: Lease): Promise<void> {
    return this.put(id, lease, { holder: { S: holder } }, { replace: true });
  }

  /** Extends the lease. False if the place is gone or somebody else's. */
  renew(id: string, holder: string, leaseUntil: number): Promise<boolean> {
    return this.update(
      id,
      'SET leaseUntil = :leaseUntil',
      { ':leaseUntil': { N: String(leaseUntil) } },
      heldBy(holder),
    );
  }

  /** Gives the place back, unless it is somebody else's by now. */
  async release(id: string, holder: string): Promise<void> {
    await this.delete(id, heldBy(holder));
  }
}

function heldBy(holder: string) {
  return { expression: 'holder = :holder', values: { ':holder': { S: holder } } };
}
