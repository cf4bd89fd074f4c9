/** Kinds of list whose changes a client can be notified of. */
export type ListKind = 'tools' | 'resources' | 'prompts';
/** A hash of each list, as `Catalog.digest`. */
export type Digest = Readonly<Record<ListKind, string>>;

export const LIST_KINDS: readonly ListKind[] = ['tools', 'resources', 'prompts'];
/** Consecutive observations with a change after which an ongoing burst is announced. */
const MAX_UNSETTLED = 5;

/**
 * Decides which list changes to announce. A burst of changes ends with the first observation that finds nothing new, and is announced
 * once. Only the kinds that differ from the last announcement count, so a change that was reverted is not announced.
 */
export class ListChangeDetector {
  private observed: Digest;
  private unsettled = 0;

  constructor(private announced: Digest) {
    this.observed = announced;
  }

  /** Records an observation of the catalog. Returns the kinds to announce. */
  observe(digest: Digest): ListKind[] {
    const changing = differing(this.observed, digest).length > 0;
    this.observed = digest;
    const changed = differing(this.announced, digest);
    this.unsettled = changing ? this.unsettled + 1 : 0;
    if (changed.length === 0 || (changing && this.unsettled < MAX_UNSETTLED)) return [];
    this.announced = digest;
    this.unsettled = 0;
    return changed;
  }
}

function differing(a: Digest, b: Digest): ListKind[] {
  return LIST_KINDS.filter((kind) => a[kind] !== b[kind]);
}
