import type { IConstruct } from 'constructs';

/** An error of the user's, naming where it is in the construct tree. */
export function invalid(scope: IConstruct, message: string): Error {
  return new Error(`${scope.node.path}: ${message}`);
}
