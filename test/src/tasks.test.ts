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

describe('the task runner is there', () => {
  test.each([
    ['by default', undefined, false],
    ['for a tool that may never run as a task', FORBIDDEN, false],
    ['for a tool that may', OPTIONAL, true],
    ['for a tool that has to', REQUIRED, true],
  ])('%s: %s → %s', (_, taskSupport, there) => {
    const mcp = server();
    addTool(mcp, taskSupport);
    expect(mcp.taskRunnerFunction !== undefined).toBe(there);
    expect('MCP_TASK_RUNNER_ARN' in environmentOf(mcp.httpFunction)).toBe(there);
  });

  test('once, for however many tools', () => {
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

  test('not for a tool of an imported server, which has its own', () => {
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

  test('where its owner wants it', () => {
    expect(server({ tasks: true }).taskRunnerFunction).toBeDefined();
  });

  test('not where its owner does not, and a tool that needs it says so', () => {
    const mcp = server({ tasks: false });
    addTool(mcp, OPTIONAL);
    expect(mcp.taskRunnerFunction).toBeUndefined();
    expect(() => addTool(mcp, REQUIRED)).toThrow(/tasks: false.*McpTaskSupport\.OPTIONAL/);
  });
});

describe('the task runner', () => {
  test('has all the time that there is, and is not invoked twice', () => {
    const stack = testStack();
    const mcp = server({ tasks: true }, stack);
    expect(propertiesOf(mcp.taskRunnerFunction!)).toMatchObject({
      Timeout: 900,
      RecursiveLoop: 'Allow',
      MemorySize: 256,
    });
    expect(one(stack, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 900,
    });
    expect(environmentOf(mcp.taskRunnerFunction!)).toMatchObject({
      MCP_REGISTRY_TABLE: expect.anything(),
      MCP_SESSION_TABLE: expect.anything(),
    });
  });

  test.each([true, false])('adds to the runtime role what it takes (legacySse: %s)', (legacySse) => {
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
    const look = { actions: ['dynamodb:GetItem'], resources: ['{McpSessionTableDA97A222.Arn}'] };
    expect(more).toEqual(legacySse ? [invoke] : [look, invoke]);
  });

  test('cannot be registered as a tool', () => {
    const mcp = server();
    addTool(mcp, OPTIONAL);
    const { taskRunnerFunction } = mcp;
    expect(JSON.stringify(environmentOf(mcp.registrationFunction).MCP_OWN_FUNCTIONS)).toContain('TaskRunner');
    expect(() => mcp.addTool(taskRunnerFunction!, { name: 'loop' })).toThrow(/part of the server itself/);
  });

  test('leaves what was there where it was', () => {
    const ids = (mcp: McpLambdaServer) => Object.keys(Template.fromStack(Stack.of(mcp)).toJSON().Resources);
    expect(ids(server({ tasks: true }))).toEqual(expect.arrayContaining(ids(server())));
  });
});

describe('taskRetention', () => {
  test('reaches the function that makes tasks', () => {
    const mcp = server({ tasks: true, taskRetention: Duration.hours(2) });
    expect(environmentOf(mcp.httpFunction)).toMatchObject({ MCP_TASK_SECONDS: '7200' });
  });

  test.each([
    [{ taskRetention: Duration.seconds(30) }, /taskRetention of 30 seconds must be whole seconds from 60/],
    [{ taskRetention: Duration.days(400) }, /taskRetention/],
    [{ tasks: false, taskRetention: Duration.hours(1) }, /taskRetention has no effect without tasks/],
  ])('%o is refused', (props, message) => {
    expect(() => server(props)).toThrow(message);
  });
});

test('a declared tool says whether it runs as a task', () => {
  const mcp = server();
  addTool(mcp, REQUIRED);
  const { Properties } = one(Stack.of(mcp), 'Custom::McpTool');
  expect(JSON.stringify(Properties.Definition)).toContain('taskSupport');
});
