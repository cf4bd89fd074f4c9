import { Annotations } from 'aws-cdk-lib';
import { Annotations as Found, Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { McpLambdaServer, McpSchema } from '../../src';
import { testFunction, testStack } from './support';

function warningsFor(name: string, properties: object = {}, acknowledge?: string): string[] {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });
  const inputSchema = McpSchema.fromObject({ type: 'object', properties });
  const tool = server.addTool(testFunction(stack), { name, inputSchema });
  if (acknowledge) Annotations.of(tool).acknowledgeWarning(acknowledge);
  const found = Found.fromStack(stack).findWarning('*', Match.stringLikeRegexp('some clients refuse'));
  return found.map(({ entry }) => String(entry.data));
}

test.each(['orders.find', 'x'.repeat(65)])('warns about the tool name %s', (name) => {
  expect(warningsFor(name)).toEqual([
    `some clients refuse the tool name '${name}': they accept 1 to 64 of the characters A-Z a-z 0-9 _ - [ack: cdk-mcp-lambda:toolName]`,
  ]);
  expect(warningsFor(name, {}, 'cdk-mcp-lambda:toolName')).toEqual([]);
});

test('warns about argument names', () => {
  expect(warningsFor('find', { $filter: {}, 'order id': {}, 'order.id': {} })).toEqual([
    "some clients refuse the argument names '$filter', 'order id': they accept 1 to 64 of the characters A-Z a-z 0-9 _ . - [ack: cdk-mcp-lambda:argumentName]",
  ]);
  expect(warningsFor('find', { $filter: {} }, 'cdk-mcp-lambda:argumentName')).toEqual([]);
});

test('does not warn about names that clients accept', () => {
  expect(warningsFor('find-order_1', { 'order.id': {} })).toEqual([]);
  expect(warningsFor('x'.repeat(64))).toEqual([]);
});
