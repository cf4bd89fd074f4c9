import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { expect, test } from 'vitest';
import { McpLambdaServer } from '../../src';
import { one, testStack } from './support';

function setUp() {
  const stack = testStack();
  const fn = new lambda.Function(stack, 'Fn', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => "ok";'),
    durableConfig: { executionTimeout: Duration.hours(1) },
  });
  return { stack, fn, server: new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' }) };
}

test('rejects a durable function by its unqualified ARN', () => {
  const message =
    "function 'Test/Fn' is a durable function, which Lambda does not invoke by its unqualified ARN: use fn.currentVersion or an alias of it as the handler";
  const { server, fn } = setUp();
  expect(() => server.addTool(fn, { name: 'a' })).toThrow(message);
  expect(() => server.addResource(fn, { name: 'b', uri: 'docs://b' })).toThrow(message);
  expect(() => server.addPrompt(fn, { name: 'c' })).toThrow(message);
  const completed = { name: 'd', uriTemplate: 'docs://{d}', completionHandler: fn };
  expect(() => server.addResourceTemplate(fn.currentVersion, completed)).toThrow(message);
});

test.each<[string, (fn: lambda.Function) => lambda.IFunction]>([
  ['its current version', (fn) => fn.currentVersion],
  ['an alias', (fn) => fn.addAlias('live')],
  ['$LATEST', (fn) => fn.latestVersion],
])('accepts a durable function by %s', (_, qualified) => {
  const { stack, server, fn } = setUp();
  server.addTool(qualified(fn), { name: 'a' });
  expect(one(stack, 'Custom::McpTool').Properties.FunctionArn).toBeDefined();
});
