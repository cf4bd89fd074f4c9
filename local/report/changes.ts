/** A resource that an update of the app changed. */
export interface AppliedChange {
  /** Construct path. */
  readonly path: string;
  /** CloudFormation resource type. */
  readonly type: string;
  /** What changed: only the code of a function, anything else of the resource, or whether it exists. */
  readonly what: 'code' | 'configuration' | 'added' | 'removed';
}

/** Number of changes that are named. */
const MAX_CHANGES = 5;

/** Returns the line that `--watch` prints after an update. */
export function changesText(changes: readonly AppliedChange[]): string {
  if (changes.length === 0) return 'updated: the resources of the app are unchanged';
  const named = changes.slice(0, MAX_CHANGES).map(({ path, what }) => `${path} (${what})`);
  const more = changes.length - named.length;
  return `updated ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
