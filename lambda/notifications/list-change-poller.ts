import type { Catalog } from '../registry/catalog.js';
import { log } from '../shared/log.js';
import { pause } from '../shared/pause.js';
import { type Digest, ListChangeDetector, type ListKind } from './list-changes.js';

/** Default interval between reads of the catalog. Longer than the catalog's cache time, so that each read can find a change. */
export const LIST_POLL_MS = 2_500;

/**
 * Polling for a `subscriptions/listen` request, whose client expects list changes soon. Each poll is a small read: 7 a second cost about
 * 0.003 USD an hour. A burst of changes, such as a deployment's, is announced when it ends or after `burstMs`.
 */
export const FAST_POLLING = { everyMs: 150, burstMs: 2_000 } as const;
/** Interval between reads of the catalog during a burst of changes, as a share of the usual interval, and the shortest one. */
const BURST_POLL_SHARE = 2 / 3;
const MIN_BURST_POLL_MS = 100;

interface ListChangePollOptions {
  readonly catalog: () => Promise<Catalog>;
  readonly signal: AbortSignal;
  /** Announces a changed list. Receives the current digest of all lists. */
  readonly notify: (kind: ListKind, digest: Digest) => Promise<void> | void;
  /** The digest last announced to the client; the current one by default. */
  readonly announced?: Digest;
  /** Whether the client cannot have read a list yet, so that it needs no notification. */
  readonly unread?: () => boolean;
  readonly everyMs?: number;
  /** How long a burst of changes may delay the notification, which is due when a read finds no further change. 0 by default: no delay. */
  readonly burstMs?: number;
}

/** Announces list changes until the signal aborts, each kind once per burst. */
export async function pollListChanges(options: ListChangePollOptions): Promise<void> {
  const { catalog, signal, notify, announced, unread, everyMs = LIST_POLL_MS, burstMs = 0 } = options;
  let changes = new ListChangeDetector(announced ?? (await catalog()).digest);
  const burstPollMs = Math.max(MIN_BURST_POLL_MS, everyMs * BURST_POLL_SHARE);
  let lastRevision: number | undefined;
  let burstEndsAt: number | undefined;
  while (await pause(burstEndsAt === undefined ? everyMs : burstPollMs, signal)) {
    try {
      const { revision, digest } = await catalog();
      if (unread?.()) changes = new ListChangeDetector(digest);
      if (revision !== lastRevision) {
        lastRevision = revision;
        burstEndsAt ??= Date.now() + burstMs;
        if (Date.now() < burstEndsAt) continue;
      }
      burstEndsAt = undefined;
      for (const kind of changes.observe(digest)) await notify(kind, digest);
    } catch (error) {
      log.warn('polling for list changes failed', error as Error);
    }
  }
}
