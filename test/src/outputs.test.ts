import { type CfnElement, CfnOutput, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { testApp, testStack } from './support';

const HASH = /[0-9A-F]{8}$/;

const outputIds = (stack: Stack) => Object.keys(Template.fromStack(stack).toJSON().Outputs);

/** The output ids of a stack, without their hashes. */
const outputNames = (stack: Stack) => outputIds(stack).map((id) => id.replace(HASH, ''));

function server(path: string, stack = testStack(), props?: McpLambdaServerProps): McpLambdaServer {
  const ids = path.split('/');
  const id = ids.pop()!;
  const scopes = ids.reduce<Construct>(
    (scope, each) => (scope.node.tryFindChild(each) as Construct | undefined) ?? new Construct(scope, each),
    stack,
  );
  return new McpLambdaServer(scopes, id, props);
}

describe('the ids of the outputs are the path of the server, the name of the URL, and a hash', () => {
  test.each([
    ['Orders', 'OrdersMcpUrl', 'OrdersSseUrl'],
    ['Mcp', 'McpUrl', 'McpSseUrl'],
    ['OrdersMcp', 'OrdersMcpUrl', 'OrdersMcpSseUrl'],
    ['Orders/Mcp', 'OrdersMcpUrl', 'OrdersMcpSseUrl'],
    ['Shop/Orders', 'ShopOrdersMcpUrl', 'ShopOrdersSseUrl'],
    ['Mcp/Server', 'McpServerMcpUrl', 'McpServerSseUrl'],
    ['my-orders', 'myordersMcpUrl', 'myordersSseUrl'],
    ['orders-Mcp', 'ordersMcpUrl', 'ordersMcpSseUrl'],
    ['orders-mcp', 'ordersmcpMcpUrl', 'ordersmcpSseUrl'],
  ])('%s', (path, mcpUrl, sseUrl) => {
    const stack = testStack();
    server(path, stack);
    expect(outputNames(stack)).toEqual([
      mcpUrl,
      sseUrl,
      sseUrl.replace('Sse', 'Message'),
      sseUrl.replace('Sse', 'Registration'),
    ]);
    for (const id of outputIds(stack)) expect(id).toMatch(HASH);
  });

  test('in a nested stack, the path within that stack', () => {
    const stack = testStack();
    const nested = new NestedStack(stack, 'Nested');
    server('Mcp', nested);
    expect(outputNames(nested)).toContain('McpUrl');
  });

  test('with notifications, the name of the session table as well', () => {
    const stack = testStack();
    server('Mcp', stack, { notifications: true });
    expect(outputNames(stack)).toContain('McpSessionTableName');
  });
});

test('the ids of servers in one stack are different, even if their paths read the same', () => {
  const stack = testStack();
  const paths = ['Mcp', 'Orders', 'Orders/Mcp', 'OrdersMcp', 'orders-Mcp', 'M-cp', 'Shop/Mcp'];
  for (const path of paths) server(path, stack);
  expect(new Set(outputIds(stack)).size).toBe(4 * paths.length);
});

test('the ids do not collide with outputs of the app', () => {
  const stack = testStack();
  server('Mcp', stack);
  for (const id of ['McpUrl', 'McpSseUrl']) new CfnOutput(stack, id, { value: id });
  new CfnOutput(new Construct(stack, 'McpUrl2'), 'McpUrl', { value: 'nested' });
  expect(outputIds(stack)).toHaveLength(7);
});

test('the ids can be overridden', () => {
  const stack = testStack();
  (server('Mcp', stack).node.findChild('McpUrl') as CfnOutput).overrideLogicalId('Address');
  expect(outputIds(stack)).toContain('Address');
});

test('the ids follow the naming of a custom stack', () => {
  class NamedStack extends Stack {
    protected allocateLogicalId(element: CfnElement): string {
      return `Own${super.allocateLogicalId(element)}`.replace(HASH, '');
    }
  }
  const stack = new NamedStack(testApp(), 'Test');
  server('Mcp', stack);
  expect(outputIds(stack)).toContain('OwnMcpMcpUrl');
});
