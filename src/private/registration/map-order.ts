/**
 * Languages whose maps have a random order in each run (Java's `Map.of`). Without sorting, JSON text from them would change the template
 * at every synthesis.
 */
const UNORDERED = /^Java\//;

/**
 * A map of the app, with its keys in a stable order: the original order, or sorted if the app's language (`JSII_AGENT`, set by the jsii
 * runtimes) does not preserve the order.
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
