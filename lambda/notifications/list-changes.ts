/** Kinds of list that a client may be told of. */
export type ListKind = 'tools' | 'resources' | 'prompts';
/** A hash of each list, as `Catalog.digest`. */
export type Digest = Readonly<Record<ListKind, string>>;

export const KINDS: readonly ListKind[] = ['tools', 'resources', 'prompts'];
/** Looks after which a burst of changes that will not end is told all the same. */
const MAX_UNSETTLED = 5;

/**
 * Tells which lists to announce as changed: once per burst, which ends with the first look that finds nothing new; only
 * the kinds that differ from what the client was last told; nothing if a change was taken back.
 */
export class ListChangeDetector {
  private seen: Digest;
  private unsettled = 0;

  constructor(private announced: Digest) {
    this.seen = announced;
  }

  /** One look at the catalog; the kinds to announce now. */
  look(digest: Digest): ListKind[] {
    const moving = differing(this.seen, digest).length > 0;
    this.seen = digest;
    const changed = differing(this.announced, digest);
    this.unsettled = moving ? this.unsettled + 1 : 0;
    if (changed.length === 0 || (moving && this.unsettled < MAX_UNSETTLED)) return [];
    this.announced = digest;
    this.unsettled = 0;
    return changed;
  }
}

function differing(a: Digest, b: Digest): ListKind[] {
  return KINDS.filter((kind) => a[kind] !== b[kind]);
}
