/** The servers of a stack, with the logical ids that the CDK gives their parts. */
import { App, type CfnOutput, CfnResource, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { ServerStack } from '../../../local/deployed/server-stack.js';
import { McpAuth, McpEndpoint, McpLambdaServer } from '../../../src';
import { type DeployedStack, stackAccess } from './stack-access.js';

const FUNCTION_URL = McpEndpoint.functionUrl({ reservedConcurrency: 5 });

/** Returns a stack as deployed: the host names of its outputs begin with the paths of their servers. */
function deployed(define: (stack: Stack) => void): DeployedStack {
  const stack = new Stack(new App(), 'Shop');
  define(stack);
  const outputs: Record<string, string> = {};
  const resources: Record<string, string> = {};
  for (const each of stack.node.findAll()) {
    if (CfnResource.isCfnResource(each)) resources[stack.getLogicalId(each)] = each.cfnResourceType;
    const path = { McpUrl: 'mcp', RegistrationUrl: 'register' }[each.node.id];
    if (path === undefined) continue;
    const host = [...each.node.path.toLowerCase().split('/').slice(1, -1), path].join('.');
    outputs[stack.getLogicalId(each as CfnOutput)] = `https://${host}.lambda-url.us-east-1.on.aws/${path}`;
  }
  return { outputs, resources };
}

/** Finds a server by its address, and returns two of its functions and the host of its Registration API. */
async function find(stack: DeployedStack, host: string) {
  const url = new URL(`https://${host}.mcp.lambda-url.us-east-1.on.aws/mcp`);
  const { functionNames, registrationUrl } = await ServerStack.find('Shop', stackAccess(stack), url);
  return [functionNames.get('HttpFunction'), functionNames.get('RegistrationFunction'), registrationUrl?.host];
}

test.each([
  ['the stack', (stack: Stack) => stack, '', ''],
  ['a construct', (stack: Stack) => new Construct(stack, 'Orders'), 'Orders', 'orders.'],
])('distinguishes servers in %s whose ids differ by a final Mcp', async (_, scopeIn, prefix, host) => {
  const stack = deployed((root) => {
    const scope = scopeIn(root);
    for (const id of ['A', 'AMcp']) new McpLambdaServer(scope, id, { serverName: id, endpoint: FUNCTION_URL });
  });
  for (const id of ['A', 'AMcp']) {
    expect(await find(stack, host + id.toLowerCase())).toEqual([
      expect.stringMatching(`^Shop-${prefix}${id}HttpFunction[0-9A-F]{8}$`),
      expect.stringMatching(`^Shop-${prefix}${id}RegistrationFunction[0-9A-F]{8}$`),
      `${host}${id.toLowerCase()}.register.lambda-url.us-east-1.on.aws`,
    ]);
  }
});

test('finds all functions of a server', async () => {
  const stack = deployed((root) => {
    const auth = (scope: string) => McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: [scope] });
    new McpLambdaServer(root, 'Mcp', { auth: auth('tools'), registrationAuth: auth('admin'), tasks: true });
  });
  const { functionNames } = await ServerStack.find('Shop', stackAccess(stack));
  const functions = Object.keys(stack.resources).filter((id) => stack.resources[id] === 'AWS::Lambda::Function');
  expect([...functionNames.values()].sort()).toEqual(functions.map((id) => `Shop-${id}`).sort());
  expect([...functionNames.keys()]).toEqual(expect.arrayContaining(['AuthFunction', 'RegistrationAuthFunction']));
});

test('distinguishes a function of the app from the server function with the same name', async () => {
  let expected = '';
  const stack = deployed((root) => {
    const { httpFunction } = new McpLambdaServer(root, 'Orders', { serverName: 'orders', endpoint: FUNCTION_URL });
    expected = `Shop-${root.getLogicalId(httpFunction.node.defaultChild as CfnResource)}`;
    new lambda.Function(root, 'OrdersHttpFunction', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => {}'),
    });
  });
  expect((await find(stack, 'orders'))[0]).toBe(expected);
});

test('rejects servers whose logical ids do not distinguish them', async () => {
  const stack = deployed((root) => {
    for (const id of ['a-B', 'a-BMcp']) new McpLambdaServer(root, id, { serverName: id, endpoint: FUNCTION_URL });
  });
  await expect(find(stack, 'a-b')).rejects.toMatchObject({
    message: expect.stringMatching(
      /^stack Shop has several functions that may be the HttpFunction of https:\/\/a-b\.mcp\..*: aBHttp\w+, aBMcpHttp\w+$/,
    ),
    hints: [expect.stringContaining('without --stack'), expect.stringContaining('another id')],
  });
});
