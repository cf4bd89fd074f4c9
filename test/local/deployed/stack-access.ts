import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { AwsAccess } from '../../../local/deployed/aws-access.js';

/** A CloudFormation stack. */
export interface DeployedStack {
  readonly outputs: Readonly<Record<string, string>>;
  /** Types of the resources by logical id. The physical ids are `Shop-<logical id>`. */
  readonly resources: Readonly<Record<string, string>>;
}

/** Returns access to an account with a stack named `Shop`. */
export function stackAccess({ outputs, resources }: DeployedStack): AwsAccess {
  const cloudFormation = new CloudFormationClient({ region: 'us-east-1' });
  cloudFormation.send = (async (command: unknown) =>
    command instanceof DescribeStacksCommand
      ? {
          Stacks: [
            {
              StackName: 'Shop',
              Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
            },
          ],
        }
      : {
          StackResourceSummaries: Object.entries(resources).map(([LogicalResourceId, ResourceType]) => ({
            LogicalResourceId,
            PhysicalResourceId: `Shop-${LogicalResourceId}`,
            ResourceType,
          })),
        }) as never;
  return { cloudFormation } as unknown as AwsAccess;
}
