import type { IConstruct } from 'constructs';

/** An error in the user's code, with the path of the construct. */
export function invalid(scope: IConstruct, message: string): Error {
  return new Error(`${scope.node.path}: ${message}`);
}
