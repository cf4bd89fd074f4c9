import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { invalid } from '../errors';
import type { RegistrationType } from '../registration';

/** Who has which name or URI on a server; the server need not be of this app. */
const TAKEN = new WeakMap<IConstruct, Map<string, string>>();

/**
 * The construct id of a registration that a server's `add…` method makes: its id in the registry. Complains about a name that
 * is taken in our words, before the construct tree does in its own.
 */
export function constructIdOf(server: IConstruct, type: RegistrationType, name: string): string {
  if (Token.isUnresolved(name)) {
    throw invalid(
      server,
      `the name of a ${type} may not hold a token: it is part of an id that must be known at synth`,
    );
  }
  refuseTaken(server, `${type} named`, name, server);
  return `${type}-${name}`;
}

/** Notes that `construct` has a name or URI on `server`, or refuses it because another one has it. */
export function take(server: IConstruct, what: string, value: string, construct: IConstruct): void {
  refuseTaken(server, what, value, construct);
  const taken = TAKEN.get(server) ?? new Map<string, string>();
  TAKEN.set(server, taken.set(`${what} ${value}`, construct.node.path));
}

function refuseTaken(server: IConstruct, what: string, value: string, scope: IConstruct): void {
  const holder = TAKEN.get(server)?.get(`${what} ${value}`);
  if (holder !== undefined) {
    throw invalid(scope, `a ${what} '${value}' is already on this server, defined at ${holder}; choose another one`);
  }
}
