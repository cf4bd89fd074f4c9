import type { Construct } from 'constructs';
import { invalid } from '../errors';

/**
 * Rejects options that an endpoint does not have. TypeScript, Python and Java check them by their type; JavaScript and `any` do not.
 *
 * @param names the options that it has
 */
export function checkOptions<T extends object>(
  scope: Construct,
  endpoint: string,
  options: T,
  names: ReadonlyArray<keyof T & string>,
): void {
  const isKnown = (name: string) => (names as readonly string[]).includes(name);
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !isKnown(name))?.[0];
  if (unknown === undefined) return;
  const known = names.length > 1 ? `one of ${names.join(', ')}` : names[0];
  throw invalid(scope, `endpoint: ${endpoint} has an unknown option '${unknown}'; use ${known}`);
}
