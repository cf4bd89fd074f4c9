import {
  type App,
  Aspects,
  Aws,
  CfnParameter,
  CfnResource,
  CliCredentialsStackSynthesizer,
  DefaultStackSynthesizer,
  type Environment,
  Fn,
  LegacyStackSynthesizer,
  NestedStack,
  PermissionsBoundary,
  Stack,
  Stage,
  Tags,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as pipelines from 'aws-cdk-lib/pipelines';
import type { IConstruct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, McpTool } from '../../src';
import { logicalId, type Properties, statementsOf, testApp, testFunction, testStack, text } from './support';

const US: Environment = { account: '111122223333', region: 'us-east-1' };

function arn({ account = '111122223333', region = 'us-east-1', name = 'lookup' } = {}): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
}

/** A server with one tool: an app of the smallest kind. */
function serverIn(scope: Stack): McpLambdaServer {
  const server = new McpLambdaServer(scope, 'Mcp', { serverName: 'orders', tasks: true, notifications: true });
  server.addTool(testFunction(scope), { name: 'lookup' });
  return server;
}

/** Resources of a type in the template of a stack. */
function resources(stack: Stack, type: string): Properties[] {
  return Object.values(Template.fromStack(stack).findResources(type));
}

/** The functions that the runtime role may invoke by its policies. */
function invokable(server: McpLambdaServer): string[] {
  return statementsOf(server.runtimeRole)
    .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
    .flatMap((statement) => statement.resources);
}

describe('a function in another environment', () => {
  const foreign = 'is in account 999999999999: its owner must permit the server.s runtimeRoleArn to invoke it';
  const otherRegion = /is in eu-west-1, the server in us-east-1; a server invokes functions of its own region only/;

  test.each<[string, Environment, (stack: Stack) => lambda.IFunction, RegExp | undefined]>([
    ['imported by ARN, of another region', US, byArn({ region: 'eu-west-1' }), otherRegion],
    ['imported by ARN, of another region', { region: US.region }, byArn({ region: 'eu-west-1' }), otherRegion],
    ['of a stack in another region', US, ofStack({ ...US, region: 'eu-west-1' }), otherRegion],
    ['of a stack in another region', { region: US.region }, ofStack({ region: 'eu-west-1' }), otherRegion],
    ['imported by ARN, of the same region', { region: US.region }, byArn(), undefined],
    ['imported by ARN', {}, byArn({ region: 'eu-west-1' }), undefined],
    ['imported by ARN', { account: US.account }, byArn({ region: 'eu-west-1' }), undefined],
  ])('%s, with a server in %j', (_, env, handler, error) => {
    const stack = new Stack(testApp(), 'Test', { env });
    const server = new McpLambdaServer(stack, 'Mcp');
    const add = () => server.addTool(handler(stack), { name: 'lookup' });
    if (error) {
      expect(add).toThrow(error);
    } else {
      add();
      expect(invokable(server)).toHaveLength(1);
      Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    }
  });

  test('a function of a stack in another account is known by its name', () => {
    const stack = new Stack(testApp(), 'Test', { env: US });
    const server = new McpLambdaServer(stack, 'Mcp');
    const other = new Stack(stack.node.root as App, 'Other', { env: { ...US, account: '999999999999' } });
    server.addTool(named(other), { name: 'lookup' });
    Annotations.fromStack(stack).hasWarning('/Test/Mcp/tool-lookup', Match.stringLikeRegexp(foreign));
    const [tool] = resources(stack, 'Custom::McpTool');
    expect(text(tool!.Properties.FunctionArn)).toBe(`arn:{Partition}:lambda:us-east-1:999999999999:function:lookup`);
    expect(tool!.Properties.Permission).toBe('IDENTITY');
    expect(invokable(server)).toEqual([text(tool!.Properties.FunctionArn)]);
    expect(other.dependencies).toEqual([]);
  });

  test('a stack without an account cannot change the policy of a function of a given account', () => {
    const app = testApp();
    const server = new McpLambdaServer(new Stack(app, 'ServerStack'), 'Mcp');
    const stack = new Stack(app, 'Tools');
    new McpTool(stack, 'Tool', { server, name: 'lookup', handler: byArn({ account: '999999999999' })(stack) });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Lambda::Permission', 0);
    template.hasResourceProperties('Custom::McpTool', { Permission: 'IDENTITY' });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 'lambda:InvokeFunction', Resource: arn({ account: '999999999999' }) }] },
      Roles: [Match.anyValue()],
    });
  });

  function byArn(parts: { account?: string; region?: string } = {}) {
    return (stack: Stack) => lambda.Function.fromFunctionArn(stack, 'Imported', arn(parts));
  }

  function ofStack(env: Environment) {
    return (stack: Stack) => named(new Stack(stack.node.root as App, 'Other', { env }));
  }
});

function named(stack: Stack): lambda.Function {
  return new lambda.Function(stack, 'Fn', {
    functionName: 'lookup',
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => "ok";'),
  });
}

test('functions imported from exports and parameters each get a permission', () => {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp');
  const parameter = new CfnParameter(stack, 'Arn');
  const arns = [Fn.importValue('a'), Fn.importValue('b'), parameter.valueAsString];
  for (const [n, each] of arns.entries()) {
    server.addTool(lambda.Function.fromFunctionArn(stack, `Fn${n}`, each), { name: `tool_${n}` });
  }
  expect(invokable(server)).toEqual(['{"Fn::ImportValue":"a"}', '{"Fn::ImportValue":"b"}', '{Arn}']);
});

describe('roles', () => {
  test.each([true, false])('an imported role of a handler stays as it is (mutable: %s)', (mutable) => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp');
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/handlers', { mutable });
    const handler = new lambda.Function(stack, 'Fn', {
      role,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => "ok";'),
    });
    server.addTool(handler, { name: 'lookup' });
    expect(invokable(server)).toEqual([`{${logicalId(handler)}.Arn}`]);
    expect(JSON.stringify(resources(stack, 'AWS::IAM::Policy'))).not.toContain('handlers');
  });

  test('an imported role gets the permissions of grants, unless it is immutable', () => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp');
    const role = (id: string, mutable: boolean) =>
      iam.Role.fromRoleArn(stack, id, `arn:aws:iam::111122223333:role/${id}`, { mutable });
    server.grantConnect(role('agents', true));
    server.grantRegister(role('viewers', false));
    const roles = resources(stack, 'AWS::IAM::Policy').flatMap(({ Properties }) => Properties.Roles);
    expect(roles).toContain('agents');
    expect(roles).not.toContain('viewers');
  });

  test('created ahead by the organization replace those of the server', () => {
    const stack = testStack();
    const names = [
      'RuntimeRole',
      'MessageRole',
      'SweeperRole',
      'RegistrationRole',
      'RegistrationProviderRole',
    ] as const;
    iam.Role.customizeRoles(stack, {
      usePrecreatedRoles: {
        ...Object.fromEntries(names.map((name) => [`Test/Mcp/${name}`, `org-${name}`])),
        'Test/Fn/ServiceRole': 'org-handler',
      },
    });
    serverIn(stack);
    const template = Template.fromStack(stack);
    for (const type of ['Role', 'Policy', 'ManagedPolicy']) template.resourceCountIs(`AWS::IAM::${type}`, 0);
    const { Resources, Parameters } = template.toJSON();
    expectResolved(Resources, Object.keys(Parameters));
    template.hasResourceProperties('Custom::McpLambdaServer', {
      RuntimeRole: Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([':role/org-RuntimeRole'])] }),
    });
  });

  test.each<[string, (app: App) => Stack]>([
    [
      'an app',
      (app) => {
        const stack = new Stack(app, 'Test');
        iam.PermissionsBoundary.of(app).apply(
          iam.ManagedPolicy.fromManagedPolicyArn(app, 'Boundary', 'arn:aws:iam::111122223333:policy/boundary'),
        );
        return stack;
      },
    ],
    ['a stack', (app) => new Stack(app, 'Test', { permissionsBoundary: PermissionsBoundary.fromName('boundary') })],
    [
      'a stage',
      (app) =>
        new Stack(new Stage(app, 'Prod', { permissionsBoundary: PermissionsBoundary.fromName('boundary') }), 'Test'),
    ],
  ])('have the permissions boundary of %s', (_, stackIn) => {
    const stack = stackIn(testApp());
    serverIn(stack);
    const roles = resources(stack, 'AWS::IAM::Role');
    expect(roles).toHaveLength(6);
    for (const { Properties } of roles) expect(text(Properties.PermissionsBoundary)).toMatch(/:policy\/boundary$/);
  });
});

describe('Aspects', () => {
  const visitResources = (visit: (resource: CfnResource) => void) => ({
    visit: (node: IConstruct) => {
      if (CfnResource.isCfnResource(node)) visit(node);
    },
  });

  test('may change every logical id', () => {
    const stack = testStack();
    serverIn(stack);
    const aspect = visitResources((each) => each.overrideLogicalId(`X${stack.getLogicalId(each)}`));
    Aspects.of(stack.node.root).add(aspect);
    const { Resources } = Template.fromStack(stack).toJSON();
    const ids = Object.keys(Resources);
    expect(ids.filter((id) => !id.startsWith('X'))).toEqual([]);
    expectResolved(Resources);
  });

  test('may name and place roles', () => {
    const stack = testStack();
    serverIn(stack);
    const aspect = visitResources((each) => {
      if (each instanceof iam.CfnRole) each.addPropertyOverride('Path', '/org/');
    });
    Aspects.of(stack).add(aspect);
    for (const { Properties } of resources(stack, 'AWS::IAM::Role')) expect(Properties.Path).toBe('/org/');
    // the role is referred to by its attribute, which has the path
    const [lifecycle] = resources(stack, 'Custom::McpLambdaServer');
    expect(lifecycle!.Properties.RuntimeRole['Fn::GetAtt'][1]).toBe('RoleId');
  });

  test('may add tags, which session queues have too', () => {
    const stack = testStack();
    const server = serverIn(stack);
    Tags.of(stack.node.root).add('team', Aws.STACK_NAME);
    for (const { Properties } of resources(stack, 'AWS::IAM::Role')) {
      expect(Properties.Tags).toEqual([{ Key: 'team', Value: { Ref: 'AWS::StackName' } }]);
    }
    const functions = Template.fromStack(stack).findResources('AWS::Lambda::Function');
    const { MCP_QUEUE_TAGS } = functions[logicalId(server.sseFunction!)]!.Properties.Environment.Variables;
    expect(text(MCP_QUEUE_TAGS)).toBe('{"team":"{StackName}"}');
  });

  test('may add a tool', () => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp');
    testFunction(stack);
    Aspects.of(stack).add({
      visit(node: IConstruct) {
        if (node instanceof lambda.Function && node.node.path === 'Test/Fn') server.addTool(node, { name: 'found' });
      },
    });
    Template.fromStack(stack).resourceCountIs('Custom::McpTool', 1);
    expect(invokable(server)).toHaveLength(1);
  });

  test('logical ids may be renamed by the stack', () => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp');
    const id = logicalId(server.runtimeRole);
    stack.renameLogicalId(id, 'Runtime');
    const { Resources } = Template.fromStack(stack).toJSON();
    expect(Resources.Runtime.Type).toBe('AWS::IAM::Role');
    expectResolved(Resources);
  });
});

/** Asserts that each reference is to a resource, a parameter or a pseudo parameter. */
function expectResolved(all: Properties, parameters: string[] = []): void {
  const ids = new Set([...Object.keys(all), ...parameters]);
  const seen = JSON.stringify(all).matchAll(/"Ref":"([^"]+)"|"Fn::GetAtt":\["([^"]+)"/g);
  const unknown = [...seen].map(([, ref, attribute]) => ref ?? attribute!).filter((id) => !id.startsWith('AWS::'));
  expect(unknown.filter((id) => !ids.has(id))).toEqual([]);
  const dependencies = Object.values(all).flatMap(({ DependsOn = [] }) => DependsOn);
  expect(dependencies.filter((id) => !ids.has(id))).toEqual([]);
}

describe('stages', () => {
  class Orders extends Stage {
    public readonly server: McpLambdaServer;
    public readonly tools: Stack;

    public constructor(scope: App | Stack, id: string, env: Environment = {}) {
      super(scope as App, id, { env });
      this.server = serverIn(new Stack(this, 'Server'));
      this.tools = new Stack(this, 'Tools');
      const handler = testFunction(this.tools, 'Track', { SERVER: this.server.mcpUrl });
      new McpTool(this.tools, 'Tool', { server: this.server, handler, name: 'track' });
    }
  }

  test('each have a server and its tools', () => {
    const app = testApp();
    const [test, prod] = ['Test', 'Prod'].map((id) => new Orders(app, id, { region: US.region }));
    for (const { server, tools } of [test!, prod!]) {
      Template.fromStack(tools).hasResourceProperties('Custom::McpTool', {
        ServiceToken: { 'Fn::ImportValue': Match.stringLikeRegexp(`^${Stack.of(server).stackName}:`) },
      });
      expect(tools.dependencies).toEqual([Stack.of(server)]);
    }
    expect(test!.server.node.addr).not.toBe(prod!.server.node.addr);
    const assembly = app.synth();
    expect(assembly.nestedAssemblies.flatMap(({ nestedAssembly }) => nestedAssembly.stacks)).toHaveLength(4);
  });

  test('share no functions', () => {
    const app = testApp();
    const { server } = new Orders(app, 'Test');
    server.addTool(testFunction(new Stack(new Stage(app, 'Other'), 'Stack'), 'Fn'), { name: 'other' });
    expect(() => app.synth()).toThrow(/stage|nested/i);
  });

  test('of a pipeline are deployed with their assets', () => {
    const app = testApp();
    const stack = new Stack(app, 'Pipeline', { env: US });
    const pipeline = new pipelines.CodePipeline(stack, 'Pipeline', {
      synth: new pipelines.ShellStep('Synth', {
        input: pipelines.CodePipelineSource.connection('example/orders', 'main', { connectionArn: 'arn:aws:x' }),
        commands: ['npm ci', 'npx cdk synth'],
      }),
      codeBuildDefaults: { buildEnvironment: { buildImage: codebuild.LinuxBuildImage.STANDARD_7_0 } },
    });
    pipeline.addStage(new Orders(stack, 'Prod', US));
    const [definition] = resources(stack, 'AWS::CodePipeline::Pipeline');
    const stages = definition!.Properties.Stages.map(({ Name, Actions }: Properties) => [
      Name,
      Actions.map((action: Properties) => action.Name),
    ]);
    expect(stages).toEqual(expect.arrayContaining([['Assets', expect.any(Array)]]));
    const prod = stages.find(([name]: [string]) => name === 'Prod');
    expect(prod[1]).toEqual(expect.arrayContaining(['Server.Prepare', 'Server.Deploy', 'Tools.Prepare']));
    expect(prod[1].indexOf('Server.Deploy')).toBeLessThan(prod[1].indexOf('Tools.Prepare'));
  });
});

describe('env', () => {
  test.each<[Environment | undefined, string, string]>([
    [undefined, '{Region}', '{AccountId}'],
    [{ region: 'eu-west-1' }, 'eu-west-1', '{AccountId}'],
    [{ account: '111122223333' }, '{Region}', '111122223333'],
    [{ account: Aws.ACCOUNT_ID, region: Aws.REGION }, '{Region}', '{AccountId}'],
    [US, 'us-east-1', '111122223333'],
    [{ account: '111122223333', region: 'cn-north-1' }, 'cn-north-1', '111122223333'],
    [{ account: '111122223333', region: 'xx-new-9' }, 'xx-new-9', '111122223333'],
  ])('%j', (env, region, account) => {
    const stack = new Stack(testApp(), 'Test', { env });
    const server = serverIn(stack);
    server.grantConnect(new iam.Role(stack, 'Agents', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(text(stack.resolve(server.mcpUrl))).toMatch(
      new RegExp(`\\.execute-api\\.${region.replace(/[{}]/g, '\\$&')}\\.\\{URLSuffix\\}/prod/mcp$`),
    );
    const queues = statementsOf(server.sseFunction!.role!).flatMap((each) =>
      each.resources.filter((r) => /:sqs:/.test(r)),
    );
    expect(queues[0]).toContain(`arn:{Partition}:sqs:${region}:${account}:mcp-`);
  });

  test.each([
    { '@aws-cdk/core:target-partitions': ['aws', 'aws-cn'] },
    { '@aws-cdk/core:target-partitions': ['aws-cn'] },
    { '@aws-cdk/core:explicitStackTags': true, '@aws-cdk/core:newStyleStackSynthesis': true },
    { '@aws-cdk/aws-iam:minimizePolicies': true },
    { '@aws-cdk/core:aspectStabilization': true },
  ])('%j does not change the resources', (context) => {
    const types = (each: Properties) => {
      const stack = new Stack(testApp({ context: each }), 'Test');
      serverIn(stack);
      return Object.keys(Template.fromStack(stack).toJSON().Resources).filter((id) => !/Deployment/.test(id));
    };
    expect(types(context)).toEqual(types({}));
  });

  test('a server and its tools may have equal one-sided environments', () => {
    const app = testApp();
    const env = { region: 'eu-west-1' };
    const server = new McpLambdaServer(new Stack(app, 'Server', { env }), 'Mcp');
    const tools = new Stack(app, 'Tools', { env });
    new McpTool(tools, 'Tool', { server, handler: testFunction(tools), name: 'lookup' });
    Template.fromStack(tools).resourceCountIs('AWS::Lambda::Permission', 1);
  });

  test.each([{ account: '999999999999' }, { region: 'eu-west-1' }])('a registry table in %j is rejected', (other) => {
    const app = testApp();
    const table = new dynamodb.Table(new Stack(app, 'Data', { env: { ...US, ...other } }), 'Registry', {
      partitionKey: { name: 'registry', type: dynamodb.AttributeType.STRING },
    });
    expect(() => new McpLambdaServer(new Stack(app, 'Test', { env: US }), 'Mcp', { registryTable: table })).toThrow(
      /registryTable 'Data\/Registry' is in \S+, the server in 111122223333\/us-east-1; .*use a table there/,
    );
  });
});

describe('synthesizers', () => {
  test.each([
    [
      'DefaultStackSynthesizer',
      () => new DefaultStackSynthesizer({ qualifier: 'orders', generateBootstrapVersionRule: false }),
    ],
    ['CliCredentialsStackSynthesizer', () => new CliCredentialsStackSynthesizer({ fileAssetsBucketName: 'assets' })],
    ['LegacyStackSynthesizer', () => new LegacyStackSynthesizer()],
  ])('%s', (_, synthesizer) => {
    const stack = new Stack(testApp(), 'Test', { synthesizer: synthesizer() });
    serverIn(stack);
    const template = Template.fromStack(stack).toJSON();
    expectResolved(template.Resources, Object.keys(template.Parameters ?? {}));
  });
});

describe('context lookups', () => {
  test('have dummy values in the first synthesis', () => {
    const app = testApp();
    const stack = new Stack(app, 'Test', { env: US });
    const vpc = ec2.Vpc.fromLookup(stack, 'Vpc', { tags: { team: 'orders' } });
    const securityGroups = [ec2.SecurityGroup.fromLookupByName(stack, 'Group', 'orders', vpc)];
    const name = ssm.StringParameter.valueFromLookup(stack, '/orders/server', 'orders');
    const functionName = ssm.StringParameter.valueFromLookup(stack, '/orders/function');
    const server = new McpLambdaServer(stack, 'Mcp', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups,
      serverName: name,
      instructions: ssm.StringParameter.valueFromLookup(stack, '/orders/instructions'),
    });
    server.addTool(lambda.Function.fromFunctionName(stack, 'Fn', functionName), { name: 'lookup' });
    const { missing } = app.synth().manifest;
    expect(missing!.map(({ provider }) => provider).sort()).toEqual([
      'security-group',
      'ssm',
      'ssm',
      'ssm',
      'vpc-provider',
    ]);
  });
});

describe('nested stacks', () => {
  test('the id of a server is known in its siblings and in other stacks', () => {
    const app = testApp();
    const parent = new Stack(app, 'Parent');
    const server = new McpLambdaServer(new NestedStack(parent, 'Server'), 'Mcp');
    const places = [new NestedStack(parent, 'Sibling'), parent, new Stack(app, 'Other')];
    for (const place of places) {
      testFunction(place, 'Reader', { ID: server.serverId, URL: server.mcpUrl });
    }
    app.synth();
    for (const place of places) {
      const template = Template.fromStack(place).toJSON();
      expectResolved(template.Resources, Object.keys(template.Parameters ?? {}));
      const fn = Object.values<Properties>(template.Resources).find((each) => each.Type === 'AWS::Lambda::Function')!;
      expect(JSON.stringify(fn.Properties.Environment)).not.toContain('"AWS::StackId"');
    }
  });
});
