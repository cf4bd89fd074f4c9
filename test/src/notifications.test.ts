import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { environmentOf, statementsOf, testStack } from './support';

function server(props: McpLambdaServerProps = {}, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', { notifications: true, ...props });
}

const outputs = (mcp: McpLambdaServer) => Template.fromStack(Stack.of(mcp)).findOutputs('*');

describe('with notifications', () => {
  test('clients of /mcp can listen within limits, and 2025 clients have sessions', () => {
    expect(environmentOf(server().httpFunction)).toMatchObject({
      MCP_NOTIFICATIONS: 'on',
      MCP_MAX_LISTENERS: '50',
      MCP_MAX_LISTENER_SECONDS: '840',
      MCP_HTTP_SESSIONS: 'on',
    });
    const limited = server({ maxListeners: 3, maxListenerDuration: Duration.minutes(2), sessions: false });
    const environment = environmentOf(limited.httpFunction);
    expect(environment).toMatchObject({ MCP_MAX_LISTENERS: '3', MCP_MAX_LISTENER_SECONDS: '120' });
    expect(environment).not.toHaveProperty('MCP_HTTP_SESSIONS');
  });

  test('SSE sessions can subscribe', () => {
    expect(environmentOf(server().sseFunction!)).toMatchObject({ MCP_NOTIFICATIONS: 'on' });
  });

  test('the name of the session table is an output, for publishers', () => {
    const [output] = Object.entries(outputs(server())).filter(([id]) => id.startsWith('McpSessionTableName'));
    expect(output![1]).toEqual({ Value: { Ref: 'McpSessionTableDA97A222' } });
  });

  test.each<McpLambdaServerProps>([{}, { legacySse: false }, { legacySse: false, sessions: false }])(
    'the runtime role may do with the session table what listeners do (%j)',
    (props) => {
      const actions = statementsOf(server(props).runtimeRole)
        .filter(({ resources }) => resources.join().includes('SessionTable'))
        .flatMap((statement) => statement.actions);
      expect([...new Set(actions)].sort()).toEqual([
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ]);
    },
  );
});

test('adds no environment variables and no output without notifications', () => {
  const mcp = server({ notifications: undefined });
  for (const fn of [mcp.httpFunction, mcp.sseFunction!]) {
    expect(Object.keys(environmentOf(fn)).join()).not.toMatch(/NOTIFICATIONS|LISTENER|HTTP_SESSIONS/);
  }
  expect(Object.keys(outputs(mcp)).join()).not.toContain('SessionTable');
});

describe('grantNotify', () => {
  const role = (stack: Stack) => new iam.Role(stack, 'Publisher', { assumedBy: new iam.AccountRootPrincipal() });

  test('allows writing events only', () => {
    const stack = testStack();
    const publisher = role(stack);
    server({}, stack).grantNotify(publisher).assertSuccess();
    expect(statementsOf(publisher)).toEqual([
      {
        actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: ['{McpSessionTableDA97A222.Arn}'],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['events'] } },
      },
    ]);
  });

  test('allows using the encryption key', () => {
    const stack = testStack();
    const publisher = role(stack);
    server({ encryptionKey: new kms.Key(stack, 'Key') }, stack).grantNotify(publisher);
    expect(statementsOf(publisher)[0]).toMatchObject({
      actions: expect.arrayContaining(['kms:GenerateDataKey']),
      resources: [expect.stringMatching(/^\{Key/)],
    });
  });

  test('throws without notifications', () => {
    const stack = testStack();
    const mcp = server({ notifications: false }, stack);
    expect(() => mcp.grantNotify(role(stack))).toThrow(/Test\/Mcp: grantNotify\(\) has nothing to grant/);
  });
});
