import { Token } from 'aws-cdk-lib';

/** Whether two accounts or regions are known at synth, and not the same. */
export function differ(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}
