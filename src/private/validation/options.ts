import type { Construct } from 'constructs';
import { invalid } from '../errors';

/**
 * Rejects names that TypeScript, Python and Java reject by their type; JavaScript and `any` do not.
 *
 * @param owner what has the names, for the message
 * @param kind what a name stands for
 */
export function checkNames(
  scope: Construct,
  owner: string,
  kind: string,
  given: readonly string[],
  known: readonly string[],
): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const use = known.length > 1 ? `one of ${known.join(', ')}` : known[0];
  throw invalid(scope, `${owner} has an unknown ${kind} '${unknown}'; use ${use}`);
}

/** Rejects options that an endpoint does not have. */
export function checkOptions<T extends object>(
  scope: Construct,
  endpoint: string,
  options: T,
  known: ReadonlyArray<keyof T & string>,
): void {
  const given = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  checkNames(scope, `endpoint: ${endpoint}`, 'option', given, known);
}
