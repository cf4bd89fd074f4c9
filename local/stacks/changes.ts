import { isObject } from '../../src/private/validation/checks.js';

/** What an update did to a resource. */
export interface ResourceChange {
  readonly change: 'added' | 'updated' | 'replaced' | 'removed';
  readonly type: string;
  /** Construct path. */
  readonly path: string;
  /** Names of the changed properties of an updated resource; of registrations, members of the definition. */
  readonly properties?: readonly string[];
}

/** Property of registrations: the definition as JSON. */
const DEFINITION = 'Definition';

type Properties = Readonly<Record<string, unknown>>;

/** Returns the names of the properties that differ. */
export function changedProperties(before: Properties, after: Properties): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    if (JSON.stringify(before[name]) === JSON.stringify(after[name])) return [];
    const [old, current] = name === DEFINITION ? [parse(before[name]), parse(after[name])] : [];
    return old && current ? changedProperties(old, current) : [name];
  });
}

function parse(value: unknown): Properties | undefined {
  try {
    const parsed: unknown = JSON.parse(String(value));
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
