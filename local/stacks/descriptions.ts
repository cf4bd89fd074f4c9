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

/** Returns the name of the stack that defines an API. */
export function stackOfApi(apiId: string, stacks: ReadonlyMap<string, Stack>): string | undefined {
  return [...stacks].find(([, stack]) =>
    stack.ofType('AWS::ApiGateway::RestApi').some(({ returnValues }) => returnValues.physicalId === apiId),
  )?.[0];
}
