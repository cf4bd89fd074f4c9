import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { invalid } from '../errors';
import type { RegistrationType } from '../registration';
import { registrationId } from '../registration-id';
import { ServerInternals } from '../server-internals';

/**
 * The construct id of a registration that a server's `add…` method defines: its registration id.
 *
 * @throws if the name is taken; the construct tree's own error would not name the rule
 */
export function constructIdOf(server: IConstruct, type: RegistrationType, name: string): string {
  if (Token.isUnresolved(name)) {
    throw invalid(
      server,
      `the name of a ${type} must not contain a token: it is part of a construct id, which must be known at synth`,
    );
  }
  ServerInternals.of(server).requireFree(`${type} named`, name, server);
  return registrationId(type, name);
}
