import { createRequire } from 'node:module';
import { type App, Lazy, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { McpEvent, McpLambdaServer, McpResourceTemplate, McpTool } from '../../src';
import { environmentOf, logicalId, type Properties, testApp, testFunction, testStack } from './support';

/** A value, resolved as in a deployment of the stack. */
function deployed(value: any, stackId: string): string {
  if (typeof value === 'string') return value;
  if (value.Ref === 'AWS::StackId') return stackId;
  if (value['Fn::Join']) return value['Fn::Join'][1].map((each: any) => deployed(each, stackId)).join('');
  const [index, list] = value['Fn::Select'];
  const [separator, source] = list['Fn::Split'];
  return deployed(source, stackId).split(separator)[index]!;
}

function stackIdOf(name: string, guid: string): string {
  return `arn:aws:cloudformation:us-east-1:111122223333:stack/${name}/${guid}`;
}

const FIRST = '51af3dc0-da77-11e4-872e-1234567db123';
const SECOND = '62bf4ed1-da77-11e4-872e-1234567db123';

describe('resources created at run time have unique names', () => {
  const idOf = (mcp: McpLambdaServer, guid: string) =>
    deployed(environmentOf(mcp.sseFunction!).MCP_SERVER_ID, stackIdOf('x', guid));

  test('for several servers in one stack', () => {
    const stack = testStack();
    const [one, two] = ['One', 'Two'].map((id) => new McpLambdaServer(stack, id));
    expect(idOf(one!, FIRST)).toMatch(/^mcp-[0-9a-f]{8}-51af3dc0$/);
    expect(idOf(one!, FIRST)).not.toBe(idOf(two!, FIRST));
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::ApiGateway::RestApi'))).toHaveLength(2);
  });

  test('for one app under two stack names', () => {
    const app = (stackName: string) => new McpLambdaServer(testStack('Same', { stackName }), 'Mcp');
    const [staging, production] = [app('staging'), app('production')];
    expect(staging.node.addr).toBe(production.node.addr);
    expect(idOf(staging, FIRST)).not.toBe(idOf(production, SECOND));
    // no other collisions are possible: no resource has a name that is generated at synthesis
    for (const mcp of [staging, production]) {
      const { Resources } = Template.fromStack(Stack.of(mcp)).toJSON();
      for (const { Type, Properties } of Object.values(Resources as { [id: string]: any })) {
        const named = Object.keys(Properties).filter((key) => /^(\w*Name|StatementId|Sid)$/.test(key));
        const allowed: { [type: string]: string[] } = {
          'AWS::ApiGateway::Stage': ['StageName'],
          'AWS::ApiGateway::RestApi': ['Name'], // need not be unique
          'AWS::Lambda::Permission': ['FunctionName'],
          'AWS::IAM::Policy': ['PolicyName'], // belongs to its role
        };
        expect({ Type, named }).toEqual({ Type, named: allowed[Type] ?? [] });
      }
    }
  });

  test('for a server in a nested stack, by the id of that stack', () => {
    const stack = testStack();
    const mcp = new McpLambdaServer(new NestedStack(stack, 'Nested'), 'Mcp');
    expect(idOf(mcp, SECOND)).toMatch(/^mcp-[0-9a-f]{8}-62bf4ed1$/);
  });

  test('within the length limits of queue names and statement ids', () => {
    const mcp = new McpLambdaServer(testStack(), 'Mcp');
    const epoch = Math.floor(Date.now() / 1000).toString(36);
    const random = (2n ** 128n - 1n).toString(36);
    expect(`${idOf(mcp, FIRST)}-${epoch}-${random}.fifo`.length).toBeLessThanOrEqual(80);
    expect(`MCP-Execute-${idOf(mcp, FIRST)}`.length).toBeLessThanOrEqual(100);
  });
});

describe('a tool of another stack', () => {
  function setUp() {
    const app = testApp();
    const serverStack = new Stack(app, 'ServerStack');
    const server = new McpLambdaServer(serverStack, 'Mcp', { serverName: 'orders' });
    return { app, server, serverStack, toolStack: new Stack(app, 'ToolStack') };
  }

  test('belongs to that stack with its permission, and can read the URL of the server', () => {
    const { server, serverStack, toolStack } = setUp();
    const fn = testFunction(toolStack, 'Fn', { SERVER: server.mcpUrl });
    new McpTool(toolStack, 'Tool', { server, handler: fn, name: 'other' });
    const template = Template.fromStack(toolStack);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': [logicalId(fn), 'Arn'] },
      Principal: { 'Fn::ImportValue': Match.stringLikeRegexp('RuntimeRole') },
    });
    template.hasResource('Custom::McpTool', {
      Properties: {
        Permission: 'RESOURCE',
        ServiceToken: { 'Fn::ImportValue': Match.stringLikeRegexp('RegistrationProvider') },
      },
      DependsOn: Object.keys(template.findResources('AWS::Lambda::Permission')),
    });
    expect(toolStack.dependencies).toEqual([serverStack]);
    expect(serverStack.dependencies).toEqual([]);
    Template.fromStack(serverStack).resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  });

  test('supports 60 tools with 60 functions', () => {
    const { server, toolStack } = setUp();
    for (let i = 0; i < 60; i++) {
      new McpTool(toolStack, `Tool${i}`, { server, handler: testFunction(toolStack, `Fn${i}`), name: `tool_${i}` });
    }
    const template = Template.fromStack(toolStack);
    template.resourceCountIs('Custom::McpTool', 60);
    template.resourceCountIs('AWS::Lambda::Permission', 60);
    // the number of cross-stack references does not grow
    const imports = new Set(JSON.stringify(template.toJSON()).match(/"Fn::ImportValue":"[^"]+"/g));
    expect(imports.size).toBe(2);
  });

  test('needs one policy statement for 60 tools with one function', () => {
    const { server, toolStack } = setUp();
    const handler = testFunction(toolStack);
    for (let i = 0; i < 60; i++) new McpTool(toolStack, `Tool${i}`, { server, handler, name: `tool_${i}` });
    const pages = {
      server,
      handler,
      completionHandler: handler,
      event: McpEvent.request(),
      name: 'pages',
      uriTemplate: 'docs://{page}',
    };
    new McpResourceTemplate(toolStack, 'Pages', pages);
    Template.fromStack(toolStack).resourceCountIs('AWS::Lambda::Permission', 1);
  });

  test('needs one policy statement for each server', () => {
    const { app, server, toolStack } = setUp();
    const second = new McpLambdaServer(new Stack(app, 'Second'), 'Mcp');
    const handler = testFunction(toolStack);
    new McpTool(toolStack, 'A', { server, handler, name: 'x' });
    new McpTool(toolStack, 'B', { server: second, handler, name: 'x' });
    Template.fromStack(toolStack).resourceCountIs('AWS::Lambda::Permission', 2);
  });

  test('addTool() makes the server’s stack depend on the stack of the function', () => {
    const { server, serverStack, toolStack } = setUp();
    server.addTool(testFunction(toolStack), { name: 'x' });
    Template.fromStack(serverStack).hasResourceProperties('Custom::McpTool', {
      Permission: 'IDENTITY',
      FunctionArn: { 'Fn::ImportValue': Match.stringLikeRegexp('^ToolStack') },
    });
    expect(serverStack.dependencies).toEqual([toolStack]);
  });

  test('works in a nested stack of the server’s stack', () => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp');
    const nested = new NestedStack(stack, 'Tools');
    const fn = testFunction(nested, 'Fn', { SERVER: server.mcpUrl });
    new McpTool(nested, 'Tool', { server, handler: fn, name: 'x' });
    Template.fromStack(nested).hasResourceProperties('Custom::McpTool', { Permission: 'RESOURCE' });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('in another account, adds a warning that the owner of the function must permit it', () => {
    const app = testApp();
    const env = { account: '111122223333', region: 'us-east-1' };
    const stack = new Stack(app, 'Test', { env });
    const server = new McpLambdaServer(stack, 'Mcp');
    const toolStack = new Stack(app, 'Tools', { env });
    const foreign = (scope: Stack) =>
      lambda.Function.fromFunctionArn(scope, 'Foreign', 'arn:aws:lambda:us-east-1:999999999999:function:f');
    server.addTool(foreign(stack), { name: 'a' });
    new McpTool(toolStack, 'B', { server, handler: foreign(toolStack), name: 'b' });
    for (const [each, path] of [
      [stack, '/Test/Mcp/tool-a'],
      [toolStack, '/Tools/B'],
    ] as const) {
      Annotations.fromStack(each).hasWarning(
        path,
        Match.stringLikeRegexp('is in account 999999999999: its owner must'),
      );
      Template.fromStack(each).hasResourceProperties('Custom::McpTool', { Permission: 'IDENTITY' });
    }
    const [policy] = Object.values(Template.fromStack(toolStack).findResources('AWS::IAM::Policy'));
    expect(policy!.Properties.PolicyDocument.Statement).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        Effect: 'Allow',
        Resource: 'arn:aws:lambda:us-east-1:999999999999:function:f',
      },
    ]);
    expect(policy!.Properties.Roles).toHaveLength(1);
    Template.fromStack(toolStack).resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

describe('functions with equal logical ids', () => {
  /** ARNs that the runtime role may invoke, as the deployed template names them. */
  function invokable(serverStack: Stack): string[] {
    const policies = Object.values(Template.fromStack(serverStack).findResources('AWS::IAM::ManagedPolicy'));
    return policies.flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.flatMap(({ Resource }: Properties) => [Resource].flat()).map((arn: unknown) =>
        JSON.stringify(arn),
      ),
    );
  }

  test.each<[string, (scope: Stack, id: string) => Stack]>([
    ['two stacks', (stack, id) => new Stack(stack.node.root as App, id)],
    ['two nested stacks', (stack, id) => new NestedStack(stack, id)],
    ['two stages', (stack, id) => new Stack(new Stage(stack.node.root as App, `${id}Stage`), id)],
  ])('of %s each get a permission', (kind, nest) => {
    const stack = new Stack(testApp(), 'ServerStack');
    const server = new McpLambdaServer(stack, 'Mcp');
    const functions = ['One', 'Two'].map((id) => testFunction(nest(stack, id)));
    if (kind === 'two stages') {
      // CDK does not allow references between stages: these functions are known by their ARNs
      const arns = functions.map((_, n) => `arn:aws:lambda:us-east-1:111122223333:function:f${n}`);
      for (const [n, arn] of arns.entries()) {
        server.addTool(lambda.Function.fromFunctionArn(stack, `Import${n}`, arn), { name: `tool_${n}` });
      }
    } else {
      for (const [n, fn] of functions.entries()) server.addTool(fn, { name: `tool_${n}` });
    }
    const arns = invokable(stack);
    expect(new Set(arns).size).toBe(2);
    expect(arns).toHaveLength(2);
  });

  test('imported by tokens of two stacks each get a permission', () => {
    const app = testApp();
    const stack = new Stack(app, 'ServerStack');
    const server = new McpLambdaServer(stack, 'Mcp');
    for (const id of ['One', 'Two']) {
      const { functionArn } = testFunction(new Stack(app, id));
      server.addTool(lambda.Function.fromFunctionArn(stack, `Import${id}`, functionArn), { name: id });
    }
    expect(new Set(invokable(stack)).size).toBe(2);
  });

  test('the same function, or the same ARN, gets one permission', () => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp');
    const fn = testFunction(stack);
    const imported = ['A', 'B'].map((id) =>
      lambda.Function.fromFunctionArn(stack, id, 'arn:aws:lambda:us-east-1:111122223333:function:f'),
    );
    for (const [n, each] of [fn, fn, ...imported].entries()) server.addTool(each, { name: `tool_${n}` });
    expect(invokable(stack)).toHaveLength(2);
  });

  test('in another stack each get a statement', () => {
    const app = testApp();
    const server = new McpLambdaServer(new Stack(app, 'ServerStack'), 'Mcp');
    const tools = new Stack(app, 'Tools');
    for (const id of ['One', 'Two']) {
      const handler = testFunction(new NestedStack(tools, id));
      new McpTool(tools, `Tool${id}`, { server, handler, name: id });
    }
    Template.fromStack(tools).resourceCountIs('AWS::Lambda::Permission', 2);
  });
});

test('a registration belongs to the account and region of its server', () => {
  const app = testApp();
  const env = { account: '111122223333', region: 'us-east-1' };
  const server = new McpLambdaServer(new Stack(app, 'ServerStack', { env }), 'Mcp');
  for (const [id, other] of Object.entries({ Region: { region: 'eu-west-1' }, Account: { account: '999999999999' } })) {
    const stack = new Stack(app, id, { env: { ...env, ...other } });
    expect(() => new McpTool(stack, 'Tool', { server, handler: testFunction(stack), name: id })).toThrow(
      /the server in 111122223333\/us-east-1; declare registrations in the account and region of the server/,
    );
  }
});

describe('100 tools on 100 functions in one stack', () => {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp');
  for (let i = 0; i < 100; i++) server.addTool(testFunction(stack, `Fn${i}`), { name: `tool_${i}` });
  const template = Template.fromStack(stack);
  const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy')).map(({ Properties }) => Properties);

  /** The longest ARN of a function. */
  function longest(document: Properties): string {
    const arn = `arn:aws-us-gov:lambda:us-gov-east-1:111122223333:function:${'x'.repeat(64)}`;
    return JSON.stringify(document, (_key, value) => (value?.['Fn::GetAtt'] ? arn : value)).replace(/\s/g, '');
  }

  test('fit into a stack', () => {
    expect(Object.keys(template.toJSON().Resources).length).toBeLessThanOrEqual(500);
    expect(JSON.stringify(template.toJSON()).length).toBeLessThan(1_048_576);
  });

  test('fit into at most 10 managed policies of at most 6,144 characters', () => {
    expect(policies.length).toBeLessThanOrEqual(10);
    for (const { PolicyDocument, Roles } of policies) {
      expect(longest(PolicyDocument).length).toBeLessThanOrEqual(6_144);
      expect(Roles).toEqual([{ Ref: logicalId(server.runtimeRole) }]);
    }
  });

  test('list each function in one policy', () => {
    const resources = policies.flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.flatMap((statement: Properties) => statement.Resource),
    );
    expect(new Set(resources.map((each) => each['Fn::GetAtt'][0])).size).toBe(100);
  });

  test('keep the role’s default policy below 10,240 characters', () => {
    const [policy] = Object.values(
      template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: logicalId(server.runtimeRole) }] } }),
    );
    expect(longest(policy!.Properties.PolicyDocument).length).toBeLessThanOrEqual(10_240);
  });
});

test('60 aliases with the longest names fit into managed policies', () => {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp');
  for (let i = 0; i < 60; i++) {
    const version = testFunction(stack, `Fn${i}`).currentVersion;
    server.addTool(new lambda.Alias(stack, `Alias${i}`, { aliasName: 'a'.repeat(128), version }), { name: `t${i}` });
  }
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
  expect(policies.length).toBeLessThanOrEqual(10);
  const arn = `arn:aws-us-gov:lambda:us-gov-east-1:111122223333:function:${'x'.repeat(64)}:${'a'.repeat(128)}`;
  for (const { Properties } of policies) {
    const document = JSON.stringify(Properties.PolicyDocument, (_key, value) => (value?.Ref ? arn : value));
    expect(document.length).toBeLessThanOrEqual(6_144);
  }
});

test('the recommended feature flags of CDK do not change the resources', () => {
  const { CDK_PROJECT } = process.env;
  const cdk = CDK_PROJECT === 'latest' ? 'aws-cdk-lib-latest' : 'aws-cdk-lib';
  const flags = createRequire(__filename)(`${cdk}/recommended-feature-flags.json`);
  expect(Object.keys(flags).length).toBeGreaterThan(50);
  const resourcesWith = (context: Properties) => {
    const stack = new Stack(testApp({ context }), 'Test');
    const server = new McpLambdaServer(stack, 'Mcp');
    server.addTool(testFunction(server), { name: 'x' });
    const ids = Object.keys(Template.fromStack(stack).toJSON().Resources);
    return ids.filter((id) => id.startsWith('Mcp') && !/^McpFn|^McpApiDeployment\w{40}/.test(id)).sort();
  };
  expect(resourcesWith(flags)).toEqual(resourcesWith({}));
});

test('values that are produced at synthesis are not read before', () => {
  const stack = testStack();
  let synthesis = false;
  const lazy = (value: string) =>
    Lazy.string({
      produce: () => {
        if (!synthesis) throw new Error(`'${value}' is read before synthesis`);
        return value;
      },
    });
  const server = new McpLambdaServer(stack, 'Mcp', {
    registrableFunctions: [lazy('arn:aws:lambda:us-east-1:111122223333:function:orders-*')],
    instructions: lazy('Look orders up.'),
    serverName: lazy('orders'),
  });
  server.addTool(testFunction(stack), { name: 'lookup', description: lazy('The state of an order') });
  synthesis = true;
  const template = JSON.stringify(Template.fromStack(stack).toJSON());
  for (const value of ['orders-*', 'Look orders up.', 'The state of an order']) expect(template).toContain(value);
});
