import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { expect, it } from 'vitest';
import type { AwsAccess } from '../../../local/deployed/aws-access.js';
import { ServerStack } from '../../../local/deployed/server-stack.js';

/** A stack with the given outputs and resources. */
function access(outputs: Record<string, string>, resources: Record<string, string>): AwsAccess {
  const cloudFormation = new CloudFormationClient({ region: 'us-east-1' });
  cloudFormation.send = (async (command: unknown) =>
    command instanceof DescribeStacksCommand
      ? {
          Stacks: [
            {
              StackName: 'Orders',
              Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
            },
          ],
        }
      : {
          StackResourceSummaries: Object.entries(resources).map(([LogicalResourceId, ResourceType]) => ({
            LogicalResourceId,
            ResourceType,
          })),
        }) as never;
  return { cloudFormation } as unknown as AwsAccess;
}

const FUNCTION = { McpHttpFunction0A1B2C3D: 'AWS::Lambda::Function' };

it.each([
  ['a REST API', 'restApi', { McpApi0A1B2C3D: 'AWS::ApiGateway::RestApi' }],
  ['a function URL', 'functionUrl', { McpHttpFunctionFunctionUrl0A1B2C3D: 'AWS::Lambda::Url' }],
  ['a REST API beside the function URL of a tool', 'restApi', { StockFunctionUrl0A1B2C3D: 'AWS::Lambda::Url' }],
  ['a REST API beside another server', 'restApi', { OtherMcpHttpFunctionFunctionUrl0A1B2C3D: 'AWS::Lambda::Url' }],
])('recognizes the endpoint of a server with %s', async (_, endpoint, resources) => {
  const outputs = { McpUrlA78CE359: 'https://mcp.example.com/mcp' };
  expect(await ServerStack.find('Orders', access(outputs, { ...FUNCTION, ...resources }))).toMatchObject({ endpoint });
});
