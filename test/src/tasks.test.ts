import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerProps, McpTaskSupport, McpTool } from '../../src';
import { environmentOf, one, propertiesOf, statementsOf, testApp, testFunction, testStack } from './support';

const { FORBIDDEN, OPTIONAL, REQUIRED } = McpTaskSupport;

function server(props?: McpLambdaServerProps, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', props);
}

function addTool(mcp: McpLambdaServer, taskSupport?: McpTaskSupport): McpTool {
  const fn = mcp.node.scope!.node.tryFindChild('Fn') ?? testFunction(Stack.of(mcp));
  const name = `tool-${mcp.node.children.length}`;
  return mcp.addTool(fn as never, { name, taskSupport });
}

describe('the task runner is defined', () => {
  test.each([
    ['not by default', undefined, false],
    ['not for a tool that never runs as a task', FORBIDDEN, false],
    ['for a tool that can run as a task', OPTIONAL, true],
    ['for a tool that must run as a task', REQUIRED, true],
  ])('%s: %s → %s', (_, taskSupport, defined) => {
    const mcp = server();
    addTool(mcp, taskSupport);
    expect(mcp.taskRunnerFunction !== undefined).toBe(defined);
    expect('MCP_TASK_RUNNER_ARN' in environmentOf(mcp.httpFunction)).toBe(defined);
  });

  test('once for several tools', () => {
    const mcp = server();
    addTool(mcp, OPTIONAL);
    const { taskRunnerFunction } = mcp;
    addTool(mcp, REQUIRED);
    expect(mcp.taskRunnerFunction).toBe(taskRunnerFunction);
  });

  test('for a tool of another stack', () => {
    const app = testApp();
    const mcp = server({}, new Stack(app, 'One'));
    const other = new Stack(app, 'Other');
    new McpTool(other, 'Tool', { server: mcp, handler: testFunction(other), name: 'tool', taskSupport: OPTIONAL });
    expect(mcp.taskRunnerFunction).toBeDefined();
  });

  test('not for a tool of an imported server', () => {
    const stack = testStack();
    const imported = McpLambdaServer.fromMcpLambdaServerAttributes(stack, 'Imported', {
      serverName: 'orders',
      restApiId: 'api',
      registrationProviderArn: 'arn:aws:lambda:us-east-1:123456789012:function:provider',
      runtimeRoleArn: 'arn:aws:iam::123456789012:role/runtime',
    });
    imported.addTool(testFunction(stack), { name: 'tool', taskSupport: REQUIRED });
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('TaskRunner');
  });

  test('with tasks: true', () => {
    expect(server({ tasks: true }).taskRunnerFunction).toBeDefined();
  });

  test('not with tasks: false, which rejects a tool that must run as a task', () => {
    const mcp = server({ tasks: false });
    addTool(mcp, OPTIONAL);
    expect(mcp.taskRunnerFunction).toBeUndefined();
    expect(() => addTool(mcp, REQUIRED)).toThrow(/tasks: false.*McpTaskSupport\.OPTIONAL/);
  });
});

describe('the task runner', () => {
  test('has the maximum timeout, and retries, because a run begins only once', () => {
    const stack = testStack();
    const mcp = server({ tasks: true }, stack);
    expect(propertiesOf(mcp.taskRunnerFunction!)).toMatchObject({
      Timeout: 900,
      RecursiveLoop: 'Allow',
      MemorySize: 256,
    });
    expect(one(stack, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 900,
    });
    expect(environmentOf(mcp.taskRunnerFunction!)).toMatchObject({
      MCP_REGISTRY_TABLE: expect.anything(),
      MCP_SESSION_TABLE: expect.anything(),
    });
  });

  test.each([true, false])('adds its permissions to the runtime role (legacySse: %s)', (legacySse) => {
    const without = statementsOf(server({ legacySse }).runtimeRole);
    const mcp = server({ legacySse, tasks: true });
    const added = statementsOf(mcp.runtimeRole).slice(0);
    const more = added.filter(
      (statement) => !without.some((other) => JSON.stringify(other) === JSON.stringify(statement)),
    );
    const invoke = {
      actions: ['lambda:InvokeFunction'],
      resources: [expect.stringMatching(/^\{McpTaskRunnerFunction\w+\.Arn\}$/)],
    };
    const read = { actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem'], resources: ['{McpSessionTableDA97A222.Arn}'] };
    expect(more).toEqual(legacySse ? [invoke] : [read, invoke]);
  });

  test('cannot be registered as a tool', () => {
    const mcp = server();
    addTool(mcp, OPTIONAL);
    const { taskRunnerFunction } = mcp;
    expect(JSON.stringify(environmentOf(mcp.registrationFunction).MCP_OWN_FUNCTIONS)).toContain('TaskRunner');
    expect(() => mcp.addTool(taskRunnerFunction!, { name: 'loop' })).toThrow(/part of the server itself/);
  });

  test('keeps the other logical ids', () => {
    const ids = (mcp: McpLambdaServer) => Object.keys(Template.fromStack(Stack.of(mcp)).toJSON().Resources);
    expect(ids(server({ tasks: true }))).toEqual(expect.arrayContaining(ids(server())));
  });
});

describe('taskRetention', () => {
  test('reaches the function that creates tasks', () => {
    const mcp = server({ tasks: true, taskRetention: Duration.hours(2) });
    expect(environmentOf(mcp.httpFunction)).toMatchObject({ MCP_TASK_SECONDS: '7200' });
  });

  test.each([
    [{ taskRetention: Duration.seconds(30) }, /taskRetention of 30 seconds must be whole seconds from 60/],
    [{ taskRetention: Duration.days(400) }, /taskRetention/],
    [{ tasks: false, taskRetention: Duration.hours(1) }, /taskRetention has no effect without tasks/],
  ])('rejects %o', (props, message) => {
    expect(() => server(props)).toThrow(message);
  });
});

test('a declared tool has its task support in the definition', () => {
  const mcp = server();
  addTool(mcp, REQUIRED);
  const { Properties } = one(Stack.of(mcp), 'Custom::McpTool');
  expect(JSON.stringify(Properties.Definition)).toContain('taskSupport');
});
