import { Reference, Stack, Tokenization } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { knownToDiffer } from './environments';

/**
 * A value of this or another stack, as `scope` can read it. CDK passes values only between stacks with the same `env`. Stacks can be deployed to
 * the same environment if the `env` of one of them is incomplete: the value is then an export of its stack.
 */
export function exportedValue(scope: Construct, value: string): string {
  const reference = Tokenization.reverse(value, { failConcat: false });
  if (!reference || !Reference.isReference(reference)) return value;
  const consumer = Stack.of(scope);
  const producer = outermost(Stack.of(reference.target));
  if (consumer.environment === producer.environment) return value;
  if (knownToDiffer(consumer.account, producer.account) || knownToDiffer(consumer.region, producer.region))
    return value;
  consumer.addDependency(producer);
  return producer.exportValue(value);
}

function outermost(stack: Stack): Stack {
  return stack.nestedStackParent ? outermost(stack.nestedStackParent) : stack;
}
