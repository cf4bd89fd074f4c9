import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { type IMcpLambdaServer, McpLambdaServer, type McpLambdaServerProps, McpTool } from '../../src';
import { ServerInternals } from '../../src/private/server-internals';
import { environmentOf, testFunction, testStack } from './support';

function setUp(props?: McpLambdaServerProps) {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp', props);
  return { stack, server, internals: ServerInternals.of(server) };
}

function importedInto(stack: Stack, id = 'Imported'): IMcpLambdaServer {
  return McpLambdaServer.fromMcpLambdaServerAttributes(stack, id, {
    serverName: 'orders',
    restApiId: 'api',
    registrationProviderArn: 'arn:aws:lambda:us-east-1:123456789012:function:provider',
    runtimeRoleArn: 'arn:aws:iam::123456789012:role/runtime',
  });
}

test('returns the same internals for the same server, and others for another server', () => {
  const { stack, server, internals } = setUp();
  expect(ServerInternals.of(server)).toBe(internals);
  const imported = importedInto(stack);
  expect(ServerInternals.of(imported)).toBe(ServerInternals.of(imported));
  expect(ServerInternals.of(imported)).not.toBe(internals);
});

describe('claimName()', () => {
  test.each([
    ['a server of the app', () => setUp().server],
    ['an imported server', () => importedInto(testStack())],
  ])('rejects a name that is taken on %s, and names its owner', (_, define) => {
    const server = define();
    const internals = ServerInternals.of(server);
    const tool = new McpTool(server, 'Tool', { server, handler: testFunction(server), name: 'a' });
    expect(() => internals.claimName('tool named', 'a', tool)).toThrow(
      `a tool named 'a' is already on this server, defined at ${tool.node.path}; choose another one`,
    );
    expect(() => internals.claimName('prompt named', 'a', tool)).not.toThrow();
  });

  test('keeps the names of two imported servers apart', () => {
    const stack = testStack();
    const fn = testFunction(stack);
    for (const id of ['One', 'Two']) importedInto(stack, id).addTool(fn, { name: 'a' });
    Template.fromStack(stack).resourceCountIs('Custom::McpTool', 2);
  });
});

describe('requireSessions()', () => {
  test('turns sessions on once', () => {
    const { server, internals } = setUp();
    internals.requireSessions();
    internals.requireSessions();
    expect(environmentOf(server.httpFunction)).toMatchObject({ MCP_HTTP_SESSIONS: 'on' });
  });

  test('leaves sessions off where the owner has turned them off', () => {
    const { server, internals } = setUp({ sessions: false });
    internals.requireSessions();
    expect(environmentOf(server.httpFunction)).not.toHaveProperty('MCP_HTTP_SESSIONS');
  });
});

describe('requireTasks()', () => {
  test('defines the task runner once', () => {
    const { server, internals } = setUp();
    internals.requireTasks(server, false);
    const { taskRunnerFunction } = server;
    internals.requireTasks(server, true);
    expect(taskRunnerFunction).toBeDefined();
    expect(server.taskRunnerFunction).toBe(taskRunnerFunction);
  });

  test('rejects a tool that requires tasks where the owner has turned them off', () => {
    const { server, internals } = setUp({ tasks: false });
    expect(() => internals.requireTasks(server, false)).not.toThrow();
    expect(() => internals.requireTasks(server, true)).toThrow(/tasks: false/);
  });
});

describe('allowInvoke()', () => {
  test('returns one policy for a function, however often it is asked', () => {
    const { stack, internals } = setUp();
    const fn = testFunction(stack);
    const policy = internals.allowInvoke(fn);
    expect(policy).toBeDefined();
    expect(internals.allowInvoke(fn)).toBe(policy);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::ManagedPolicy', 1);
  });
});

test('owns() recognises the server functions, the task runner included', () => {
  const { stack, server, internals } = setUp({ tasks: true });
  for (const fn of [server.httpFunction, server.registrationFunction, server.taskRunnerFunction!]) {
    expect(internals.owns(fn)).toBe(true);
  }
  expect(internals.owns(testFunction(stack))).toBe(false);
});

test('an imported server has nothing to change', () => {
  const template = (stack: Stack) => Template.fromStack(stack).toJSON();
  const [stack, untouched] = [testStack(), testStack()];
  importedInto(untouched);
  testFunction(untouched);
  const server = importedInto(stack);
  const fn = testFunction(stack);
  const internals = ServerInternals.of(server);
  internals.requireSessions();
  internals.requireTasks(server, true);
  expect(internals.allowInvoke(fn)).toBeUndefined();
  expect(internals.owns(fn)).toBe(false);
  expect(template(stack)).toEqual(template(untouched));
});
