import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { expect, test } from 'vitest';
import type { AwsAccess } from '../../../local/deployed/aws-access.js';
import { ServerStack } from '../../../local/deployed/server-stack.js';

const A = 'https://a.execute-api.us-east-1.amazonaws.com/prod/mcp';
const B = 'https://b.execute-api.us-east-1.amazonaws.com/prod/mcp';
const CDN = 'https://mcp.example.com/mcp';
const ONE = { McpUrl0123ABCD: A };
const TWO = { OrdersMcpUrl0123ABCD: A, BillingMcpUrl0123ABCD: B };
const FUNCTIONS = ['McpHttpFunction0123ABCD', 'OrdersMcpHttpFunction0123ABCD', 'BillingMcpHttpFunction0123ABCD'];

async function find(outputs: Readonly<Record<string, string>>, url?: string) {
  const cloudFormation = Object.assign(Object.create(CloudFormationClient.prototype), {
    send: async ({ constructor: { name } }: object) =>
      name === 'DescribeStacksCommand'
        ? {
            Stacks: [
              {
                StackName: 'Shop',
                Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
              },
            ],
          }
        : {
            StackResourceSummaries: FUNCTIONS.map((LogicalResourceId) => ({
              LogicalResourceId,
              PhysicalResourceId: `Shop-${LogicalResourceId}`,
              ResourceType: 'AWS::Lambda::Function',
            })),
          },
  });
  const aws = { cloudFormation } as unknown as AwsAccess;
  const stack = await ServerStack.find('Shop', aws, url === undefined ? undefined : new URL(url));
  return `${stack.mcpUrl.href} ${stack.functionNames.get('HttpFunction')}`;
}

test.each([
  ['the server of a stack', ONE, undefined, `${A} Shop-McpHttpFunction0123ABCD`],
  ['the server of a stack at another address, such as that of a CDN', ONE, CDN, `${CDN} Shop-McpHttpFunction0123ABCD`],
  ['one of several servers', TWO, B, `${B} Shop-BillingMcpHttpFunction0123ABCD`],
  ['a server whose output has another name', { ServerAddress: A }, undefined, expect.stringContaining(A)],
])('finds %s', async (_, outputs, url, expected) => {
  expect(await find(outputs, url)).toEqual(expected);
});

test.each([
  ['a stack without a server', { Bucket: 'docs' }, undefined, 'has no MCP server'],
  ['several servers without a URL', TWO, undefined, 'has several servers: choose one with --url'],
  ['several servers and another URL', TWO, CDN, `has several servers, and none at ${CDN}: choose one with --url`],
])('rejects %s', async (_, outputs, url, message) => {
  await expect(find(outputs as Record<string, string>, url)).rejects.toThrow(`stack Shop ${message}`);
});
