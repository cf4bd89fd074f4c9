import type { Catalog } from '../registry/catalog.js';
import { log } from '../shared/log.js';
import { pause } from '../shared/pause.js';
import { type Digest, ListChangeDetector, type ListKind } from './list-changes.js';

/** Between two looks at the catalog; longer than a catalog is served unread, so that two looks never see the same reading. */
export const LIST_POLL_MS = 2_500;

/**
 * How a stream looks whose client asked for list changes by name: a small read each time (7 a second cost about 0.003 USD an hour), and a
 * burst of changes, such as a deployment's, is told at its end or after this time.
 */
export const FAST_POLLING = { everyMs: 150, burstMs: 2_000 } as const;
/** Between two looks in a burst of changes. */
const IN_BURST_MS = 100;

/** What a list watch needs. */
export interface ListChangePolling {
  readonly catalog: () => Promise<Catalog>;
  readonly signal: AbortSignal;
  /** Gets each changed list, and what all lists are now. */
  readonly tell: (kind: ListKind, digest: Digest) => Promise<void> | void;
  /** What the client was told last; what the catalog is now where absent. */
  readonly told?: Digest;
  /** Whether the client has seen no list yet, so that nothing can have changed for it. */
  readonly unread?: () => boolean;
  readonly everyMs?: number;
  /** How long a burst of changes may hold the news back: they are told once a look finds nothing new. At once where absent. */
  readonly burstMs?: number;
}

/** Tells of changed lists until the signal: each kind once per burst. */
export async function pollListChanges(watch: ListChangePolling): Promise<void> {
  const { catalog, signal, tell, told, unread, everyMs = LIST_POLL_MS, burstMs = 0 } = watch;
  let changes = new ListChangeDetector(told ?? (await catalog()).digest);
  let seen: number | undefined;
  let burstEnds: number | undefined;
  while (await pause(burstEnds === undefined ? everyMs : IN_BURST_MS, signal)) {
    try {
      const { revision, digest } = await catalog();
      if (unread?.()) changes = new ListChangeDetector(digest);
      if (revision !== seen) {
        seen = revision;
        burstEnds ??= Date.now() + burstMs;
        if (Date.now() < burstEnds) continue;
      }
      burstEnds = undefined;
      for (const kind of changes.look(digest)) await tell(kind, digest);
    } catch (error) {
      log.warn('list changes could not be told', error as Error);
    }
  }
}
