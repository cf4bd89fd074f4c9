import type { StackDescription } from '../services/cloudformation/describe-stacks.js';
import type { DeclaredAlarm } from '../services/cloudwatch/service.js';
import type { Stack } from './stack.js';

/** Returns a stack as CloudFormation describes it. @param outputs with local addresses */
export function describeStack(
  stack: Stack | undefined,
  outputs: Readonly<Record<string, unknown>> | undefined,
): StackDescription | undefined {
  return stack && { id: stack.identity.id, outputs: outputs ?? {}, resources: stack.described };
}

/** Returns the alarms of the stacks. */
export function alarmsOf(stacks: Iterable<Stack>): DeclaredAlarm[] {
  return [...stacks]
    .flatMap((stack) => stack.accepted)
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    .map(({ physicalId, properties }) => ({ name: physicalId, properties }));
}

/** Finds a resource by its physical id. */
export function findResource(
  stacks: ReadonlyMap<string, Stack>,
  type: string,
  physicalId: string,
): { readonly stackName: string; readonly path: string } | undefined {
  for (const [stackName, stack] of stacks) {
    const found = stack.ofType(type).find(({ returnValues }) => returnValues.physicalId === physicalId);
    if (found) return { stackName, path: found.path };
  }
  return undefined;
}
