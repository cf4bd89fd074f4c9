import { Annotations, Stack } from 'aws-cdk-lib';
import { Annotations as Found, Match } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as notifications from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { McpEvent, McpLambdaServer, McpSchema, type McpToolOptions } from '../../src';
import { testFunction, testStack } from './support';

interface Case {
  readonly tool?: Partial<McpToolOptions>;
  readonly handler?: (fn: lambda.Function) => lambda.IFunction;
  readonly invoke?: (fn: lambda.Function, stack: Stack) => unknown;
  readonly acknowledge?: string;
}

const restApi = (fn: lambda.IFunction, stack: Stack) => new apigateway.LambdaRestApi(stack, 'Rest', { handler: fn });

/** The warnings of a tool, whose function gets its invokers after the tool is added. */
function warnings({ tool = {}, handler = (fn) => fn, invoke = restApi, acknowledge }: Case): string[] {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });
  const fn = testFunction(stack);
  const added = server.addTool(handler(fn), { name: 'find', ...tool });
  invoke(fn, stack);
  if (acknowledge) Annotations.of(added).acknowledgeWarning(acknowledge);
  const found = Found.fromStack(stack).findWarning('*', Match.stringLikeRegexp('undeclaredArguments'));
  return found.map(({ entry }) => String(entry.data));
}

const schema = (more: object) => ({ inputSchema: McpSchema.fromObject({ type: 'object', ...more }) });

test('warns about a tool without a schema whose function is also invoked by API Gateway', () => {
  expect(warnings({})).toEqual([
    "function 'Test/Fn' is also invoked by apigateway.amazonaws.com, and this tool passes on arguments that its inputSchema does not declare: " +
      'a caller can send requestContext, Records or headers, which the function may trust; set additionalProperties: false in the ' +
      'inputSchema, or an event such as McpEvent.apiGateway() [ack: cdk-mcp-lambda:undeclaredArguments]',
  ]);
  expect(warnings({ acknowledge: 'cdk-mcp-lambda:undeclaredArguments' })).toEqual([]);
});

describe('warns for each kind of invoker', () => {
  test.each<[string, (fn: lambda.Function, stack: Stack) => unknown]>([
    ['an event source', (fn, stack) => fn.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue')))],
    ['its function URL, everyone', (fn) => fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE })],
    ['its function URL', (fn) => fn.addFunctionUrl()],
    [
      's3.amazonaws.com',
      (fn, stack) =>
        new s3.Bucket(stack, 'Bucket').addObjectCreatedNotification(new notifications.LambdaDestination(fn)),
    ],
    [
      'events.amazonaws.com',
      (fn, stack) =>
        new events.Rule(stack, 'Rule', {
          schedule: events.Schedule.cron({}),
          targets: [new targets.LambdaFunction(fn)],
        }),
    ],
    ['apigateway.amazonaws.com', (fn, stack) => restApi(fn.addAlias('live'), stack)],
    ['apigateway.amazonaws.com', (fn, stack) => restApi(fn, new Stack(stack.node.scope!, 'Other'))],
  ])('%s', (name, invoke) => expect(warnings({ invoke })[0]).toContain(`is also invoked by ${name}`));

  test('of the function behind an alias or a version', () => {
    expect(warnings({ handler: (fn) => fn.addAlias('mcp') })).toHaveLength(1);
    expect(warnings({ handler: (fn) => fn.currentVersion })).toHaveLength(1);
  });
});

describe('does not warn', () => {
  test('about a function that only the server invokes, without a schema too', () => {
    expect(warnings({ invoke: () => {} })).toEqual([]);
    expect(warnings({ invoke: (_, stack) => restApi(testFunction(stack, 'Another'), stack) })).toEqual([]);
    expect(warnings({ invoke: (fn, stack) => fn.grantInvoke(testFunction(stack, 'Caller')) })).toEqual([]);
  });

  test('about an event that the server makes', () => {
    expect(warnings({ tool: { event: McpEvent.apiGateway({ method: 'POST', path: '/' }) } })).toEqual([]);
    expect(warnings({ tool: { event: McpEvent.request() } })).toEqual([]);
    expect(warnings({ tool: { event: McpEvent.arguments() } })).toHaveLength(1);
  });

  const closed = { type: 'object', additionalProperties: false };
  test.each([
    ['additionalProperties', { additionalProperties: false }],
    ['unevaluatedProperties', { unevaluatedProperties: false }],
    ['propertyNames', { propertyNames: { enum: ['id'] } }],
    ['$ref', { $ref: '#/$defs/Order', $defs: { Order: closed } }],
    ['allOf', { allOf: [{ type: 'object' }, closed] }],
    ['oneOf', { oneOf: [closed, closed] }],
  ])('about a schema that %s closes', (_, more) => expect(warnings({ tool: schema(more) })).toEqual([]));

  test.each([
    {},
    { additionalProperties: true },
    { additionalProperties: { type: 'string' } },
    { anyOf: [closed, { type: 'object' }] },
    { $ref: '#/$defs/Order', $defs: { Order: { type: 'object' } } },
  ])('but about an open schema: %j', (more) => expect(warnings({ tool: schema(more) })).toHaveLength(1));
});
