import { Token } from 'aws-cdk-lib';

/** Whether two accounts or regions are known at synthesis, and different. */
export function knownToDiffer(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}
