/**
 * Languages whose maps have another order in every run (Java's `Map.of`). What is written as JSON text from them would change
 * the template, and deploy again, at every synth.
 */
const UNORDERED = /^Java\//;

/**
 * A map that the app's code wrote, with its keys in an order that is the same in every run: as they were written, or by
 * their names where the app's language (`JSII_AGENT`, set by jsii's runtimes) does not keep that.
 */
export function inStableOrder<T>(value: T): T {
  return UNORDERED.test(process.env.JSII_AGENT ?? '') ? (sorted(value) as T) : value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
