import { CfnOutput, CfnParameter, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { McpIconTheme, McpLambdaServer, type McpLambdaServerProps } from '../../src';
import {
  environmentOf,
  logicalId,
  one,
  type Properties,
  propertiesOf,
  statementsOf,
  testFunction,
  testStack,
  text,
} from './support';

function server(props?: McpLambdaServerProps, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', props);
}

/** All functions of a server, by their construct ids. */
function functionsOf(mcp: McpLambdaServer): { [id: string]: Properties } {
  const functions = mcp.node.findAll().filter((each) => each instanceof lambda.Function);
  return Object.fromEntries(functions.map((fn) => [fn.node.id, propertiesOf(fn)]));
}

describe('by default', () => {
  test('every function runs on Node.js 24 and arm64, logs JSON to one log group, and is not traced', () => {
    const mcp = server();
    const functions = Object.values(functionsOf(mcp));
    expect(functions).toHaveLength(6);
    for (const fn of functions) {
      expect(fn).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: logicalId(mcp.logGroup) } },
      });
      expect(fn).not.toHaveProperty('VpcConfig');
      expect(fn).not.toHaveProperty('ReservedConcurrentExecutions');
      expect(fn.TracingConfig ?? { Mode: 'PassThrough' }).toEqual({ Mode: 'PassThrough' });
    }
  });

  test('each function has its timeout and memory size', () => {
    const limits = Object.entries(functionsOf(server())).map(([id, fn]) => [id, fn.Handler, fn.Timeout, fn.MemorySize]);
    expect(limits).toEqual([
      ['HttpFunction', 'index.handler', 900, 512],
      ['SseFunction', 'index.handler', 900, 512],
      ['MessageFunction', 'index.handler', 15, 256],
      ['SweeperFunction', 'index.handler', 60, 256],
      ['RegistrationProvider', 'index.provider', 120, 256],
      ['RegistrationFunction', 'index.handler', 30, 256],
    ]);
  });

  test('the registry table has point-in-time recovery, is retained, and has the keys of the contract', () => {
    const template = Template.fromStack(Stack.of(server()));
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'RetainExceptOnCreate', // a failed first deployment leaves nothing behind
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'type', KeyType: 'HASH' },
          { AttributeName: 'name', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
    template.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { RetentionInDays: 30 },
    });
  });

  test('the session table has a time to live, and is deleted with the stack', () => {
    Template.fromStack(Stack.of(server())).hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });

  test('the sweeper runs every 15 minutes', () => {
    expect(one(Stack.of(server()), 'AWS::Events::Rule').Properties.ScheduleExpression).toBe('rate(15 minutes)');
  });

  test('the server name is generated from the construct path', () => {
    expect(server().serverName).toMatch(/^TestMcp[0-9A-F]{8}$/);
  });

  test('the outputs are the URLs', () => {
    const { Outputs } = Template.fromStack(Stack.of(server())).toJSON();
    const values = Object.entries(Outputs as Properties).map(([id, { Value }]) => [id, text(Value)]);
    const base = 'https://{McpApi2F39B1D0}.execute-api.{Region}.{URLSuffix}/prod';
    expect(values).toEqual([
      ['McpUrlA78CE359', `${base}/mcp`],
      ['McpSseUrl9317F07A', `${base}/sse`],
      ['McpMessageUrl543DF574', `${base}/message`],
      ['McpRegistrationUrlA3E1A15E', `${base}/register`],
    ]);
  });

  test('clients get the server name and a version', () => {
    const mcp = server({ serverName: 'orders' });
    expect(JSON.parse(environmentOf(mcp.httpFunction).MCP_SERVER_INFO as string)).toEqual({
      name: 'orders',
      version: '1.0.0',
    });
  });
});

describe('environment', () => {
  const names = (fn: lambda.Function | undefined) => Object.keys(environmentOf(fn!)).sort();

  test('each function gets the variables that it reads', () => {
    const mcp = server();
    const common = ['MCP_AUTHORIZATION', 'MCP_METRIC_NAMESPACE', 'MCP_SERVER_ID', 'MCP_SERVER_INFO'];
    const mcpFunctions = [...common, 'MCP_REGISTRY_TABLE', 'MCP_SESSION_TABLE', 'MCP_TOOL_METRICS'];
    const registrars = [...common, 'MCP_OWN_FUNCTIONS', 'MCP_REGISTRY_TABLE', 'MCP_RUNTIME_ROLE_ARN'];
    expect(names(mcp.httpFunction)).toEqual(mcpFunctions.sort());
    expect(names(mcp.sseFunction)).toEqual(
      [
        ...mcpFunctions,
        'MCP_IDLE_SECONDS',
        'MCP_MAX_SESSIONS',
        'MCP_MAX_SESSION_SECONDS',
        'MCP_PING_SECONDS',
        'MCP_QUEUE_TAGS',
      ].sort(),
    );
    expect(names(mcp.messageFunction)).toEqual([...common, 'MCP_SESSION_TABLE'].sort());
    expect(names(mcp.registrationFunction)).toEqual(registrars.sort());
    expect(names(mcp.node.findChild('SweeperFunction') as lambda.Function)).toEqual(
      [...common, 'MCP_REGISTRY_TABLE', 'MCP_SESSION_TABLE'].sort(),
    );
    expect(names(mcp.node.findChild('RegistrationProvider') as lambda.Function)).toEqual(
      [...registrars, 'MCP_SESSION_TABLE'].sort(),
    );
  });

  test('the Registration API gets the server functions, which cannot be registered', () => {
    const own = text(environmentOf(server().registrationFunction).MCP_OWN_FUNCTIONS);
    expect(own.match(/\{Mcp(\w+?)\w{8}\.Arn\}/g)).toHaveLength(5);
    expect(own).not.toContain('McpRegistrationFunction');
  });
});

describe('props', () => {
  test('serverName, serverVersion, title, instructions and icons are reported to clients', () => {
    const mcp = server({
      serverName: 'orders',
      serverVersion: '2.1',
      title: 'Orders',
      instructions: 'Look up first.',
      icons: [{ src: 'https://example.com/i.png', sizes: ['48x48'], theme: McpIconTheme.DARK }],
    });
    const told = {
      name: 'orders',
      version: '2.1',
      title: 'Orders',
      instructions: 'Look up first.',
      icons: [{ src: 'https://example.com/i.png', sizes: ['48x48'], theme: 'dark' }],
    };
    for (const fn of [mcp.httpFunction, mcp.sseFunction!]) {
      expect(JSON.parse(environmentOf(fn).MCP_SERVER_INFO as string)).toEqual(told);
    }
    expect(JSON.parse(environmentOf(mcp.registrationFunction).MCP_SERVER_INFO as string)).toEqual({
      name: 'orders',
      version: '2.1',
    });
  });

  test('legacySse: false removes SSE sessions and their routes; the sweeper stays', () => {
    const mcp = server({ legacySse: false });
    expect(Object.keys(functionsOf(mcp))).toEqual([
      'HttpFunction',
      'SweeperFunction',
      'RegistrationProvider',
      'RegistrationFunction',
    ]);
    expect(environmentOf(mcp.node.findChild('SweeperFunction') as lambda.Function)).not.toHaveProperty(
      'MCP_SESSION_TABLE',
    );
    expect(mcp.sseFunction).toBeUndefined();
    expect(mcp.messageFunction).toBeUndefined();
    expect(mcp.sseUrl).toBeUndefined();
    const template = Template.fromStack(Stack.of(mcp));
    template.resourceCountIs('AWS::Events::Rule', 1);
    expect(Object.keys(template.toJSON().Outputs)).toEqual(['McpUrlA78CE359', 'McpRegistrationUrlA3E1A15E']);
    const paths = Object.values(template.findResources('AWS::ApiGateway::Resource'));
    expect(paths.map(({ Properties }) => Properties.PathPart).sort()).toEqual(['mcp', 'register', '{id}', '{toolset}']);
  });

  test('serverName and maxSessions accept tokens', () => {
    const stack = testStack();
    const serverName = new CfnParameter(stack, 'Name').valueAsString;
    const maxSessions = new CfnParameter(stack, 'Most', { type: 'Number' }).valueAsNumber;
    const mcp = server({ serverName, maxSessions }, stack);
    const { MCP_SERVER_INFO, MCP_MAX_SESSIONS } = environmentOf(mcp.sseFunction!);
    expect(text(MCP_SERVER_INFO)).toBe('{"name":"{Name}","version":"1.0.0"}');
    expect(MCP_MAX_SESSIONS).toEqual({ Ref: 'Most' });
    expect(propertiesOf(mcp.api).Name).toEqual({ Ref: 'Name' });
    expect(stack.resolve(mcp.metricToolCalls().dimensions)).toEqual({ Server: { Ref: 'Name' } });
    expect(statementsOf(mcp.registrationFunction.role!)).toContainEqual(
      expect.objectContaining({
        conditions: { StringEquals: expect.objectContaining({ 'aws:ResourceTag/mcp-server': '{Name}' }) },
      }),
    );
  });

  test('maxSessions, maxSessionDuration, sessionIdleTimeout', () => {
    const mcp = server({
      maxSessions: 7,
      maxSessionDuration: Duration.minutes(5),
      sessionIdleTimeout: Duration.seconds(90),
    });
    expect(environmentOf(mcp.sseFunction!)).toMatchObject({
      MCP_MAX_SESSIONS: '7',
      MCP_MAX_SESSION_SECONDS: '300',
      MCP_IDLE_SECONDS: '90',
      MCP_PING_SECONDS: '20',
    });
    expect(propertiesOf(mcp.sseFunction!).Timeout).toBe(360);
  });

  test('limits', () => {
    const limits = {
      sessions: 7,
      listeners: 8,
      tasks: 9,
      taskCalls: 10,
      httpSessionsPerHour: 11,
      reservedConcurrency: 20,
    };
    const mcp = server({ notifications: true, limits });
    expect(environmentOf(mcp.sseFunction!)).toMatchObject({ MCP_MAX_SESSIONS: '7', MCP_MAX_TASK_CALLS: '10' });
    expect(environmentOf(mcp.httpFunction)).toMatchObject({
      MCP_MAX_LISTENERS: '8',
      MCP_MAX_TASKS: '9',
      MCP_MAX_TASK_CALLS: '10',
      MCP_MAX_HTTP_SESSIONS_PER_HOUR: '11',
    });
    expect(propertiesOf(mcp.httpFunction).ReservedConcurrentExecutions).toBe(20);
    expect(environmentOf(server().httpFunction)).not.toHaveProperty('MCP_MAX_TASKS');
    const year = environmentOf(server({ taskRetention: Duration.days(365) }).httpFunction);
    expect(year.MCP_MAX_TASK_CALLS).toBe(String((365 * 86_400) / 5)); // a durable function can be polled for a year
  });

  test('memorySize applies to the functions that serve MCP', () => {
    const functions = functionsOf(server({ memorySize: 1024 }));
    expect(
      Object.entries(functions)
        .filter(([, fn]) => fn.MemorySize === 1024)
        .map(([id]) => id),
    ).toEqual(['HttpFunction', 'SseFunction']);
  });

  test('architecture', () => {
    for (const fn of Object.values(functionsOf(server({ architecture: lambda.Architecture.X86_64 })))) {
      expect(fn.Architectures).toEqual(['x86_64']);
    }
  });

  test('tracing applies to the functions and the API', () => {
    const mcp = server({ tracing: lambda.Tracing.ACTIVE });
    for (const fn of Object.values(functionsOf(mcp))) expect(fn.TracingConfig).toEqual({ Mode: 'Active' });
    expect(one(Stack.of(mcp), 'AWS::ApiGateway::Stage').Properties.TracingEnabled).toBe(true);
  });

  test('logGroup replaces the new log group for all functions', () => {
    const stack = testStack();
    const group = new logs.LogGroup(stack, 'Mine');
    const mcp = server({ logGroup: group }, stack);
    Template.fromStack(stack).resourceCountIs('AWS::Logs::LogGroup', 1);
    for (const fn of Object.values(functionsOf(mcp))) {
      expect(fn.LoggingConfig.LogGroup).toEqual({ Ref: logicalId(group) });
    }
  });

  test('removalPolicy applies to the registry table and the log group', () => {
    const mcp = server({ removalPolicy: RemovalPolicy.DESTROY });
    const { Resources } = Template.fromStack(Stack.of(mcp)).toJSON();
    expect(Resources[logicalId(mcp.registryTable)].DeletionPolicy).toBe('Delete');
    expect(Resources[logicalId(mcp.logGroup)].DeletionPolicy).toBe('Delete');
  });

  test('removalPolicy RETAIN also protects the registry table from deletion by hand', () => {
    const protects = (removalPolicy?: RemovalPolicy) => {
      const mcp = server({ removalPolicy });
      expect(propertiesOf(mcp.sessionTable).DeletionProtectionEnabled).toBeUndefined();
      return propertiesOf(mcp.registryTable).DeletionProtectionEnabled;
    };
    expect(protects(RemovalPolicy.RETAIN)).toBe(true);
    // CloudFormation must be able to delete the table, by default after a failed first deployment; false also ends a protection
    expect([undefined, RemovalPolicy.DESTROY].map(protects)).toEqual([false, false]);
  });

  test('registryTable is used as is', () => {
    const stack = testStack();
    const table = dynamodb.Table.fromTableName(stack, 'Kept', 'kept-registry');
    const mcp = server({ registryTable: table }, stack);
    expect(mcp.registryTable).toBe(table);
    expect(environmentOf(mcp.httpFunction).MCP_REGISTRY_TABLE).toBe('kept-registry');
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 1);
  });

  test('allowedOrigins reach the functions, and preflight requests need no authorization', () => {
    const mcp = server({ allowedOrigins: ['https://a.example', 'http://localhost:6274'] });
    for (const fn of [mcp.httpFunction, mcp.sseFunction!, mcp.messageFunction!, mcp.registrationFunction]) {
      expect(environmentOf(fn).MCP_ALLOWED_ORIGINS).toBe('https://a.example,http://localhost:6274');
    }
    const template = Template.fromStack(Stack.of(mcp));
    const options = template.findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'OPTIONS' } });
    expect(Object.values(options).map(({ Properties }) => Properties.AuthorizationType)).toEqual(
      Array.from({ length: 6 }, () => 'NONE'),
    );
  });

  test('registrableFunctions reach the Registration API', () => {
    const registrableFunctions = ['arn:aws:lambda:us-east-1:111122223333:function:orders-*'];
    const mcp = server({ registrableFunctions });
    expect(environmentOf(mcp.registrationFunction).MCP_REGISTRABLE_FUNCTIONS).toBe(
      JSON.stringify(registrableFunctions),
    );
  });
});

describe('encryptionKey', () => {
  test('encrypts the tables, the log group and the queues, and allows CloudWatch Logs to use the key', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    const mcp = server({ encryptionKey: key }, stack);
    const arn = { 'Fn::GetAtt': [logicalId(key), 'Arn'] };
    for (const table of [mcp.registryTable, mcp.sessionTable]) {
      expect(propertiesOf(table).SSESpecification).toEqual({ KMSMasterKeyId: arn, SSEEnabled: true, SSEType: 'KMS' });
    }
    expect(propertiesOf(mcp.logGroup).KmsKeyId).toEqual(arn);
    expect(environmentOf(mcp.sseFunction!).MCP_QUEUE_KEY_ARN).toEqual(arn);
    const { KeyPolicy } = propertiesOf(key);
    const statement = KeyPolicy.Statement.at(-1);
    expect(text(statement.Principal.Service)).toBe('logs.{Region}.{URLSuffix}');
    expect(text(statement.Condition.ArnLike['kms:EncryptionContext:aws:logs:arn'])).toBe(
      'arn:{Partition}:logs:{Region}:{AccountId}:log-group:*',
    );
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('allows the service of another partition', () => {
    const stack = testStack('China', { env: { account: '111122223333', region: 'cn-north-1' } });
    const key = new kms.Key(stack, 'Key');
    server({ encryptionKey: key }, stack);
    const { Service } = propertiesOf(key).KeyPolicy.Statement.at(-1).Principal;
    expect(text(Service)).toBe('logs.cn-north-1.{URLSuffix}'); // amazonaws.com.cn
  });

  test('adds a warning if the key policy cannot be changed', () => {
    const stack = testStack();
    server({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/1234') }, stack);
    Annotations.fromStack(stack).hasWarning('/Test/Mcp', Match.stringLikeRegexp('policy of encryptionKey'));
  });

  test('does not change the key policy for an existing log group', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    server({ encryptionKey: key, logGroup: new logs.LogGroup(stack, 'Mine') }, stack);
    expect(propertiesOf(key).KeyPolicy.Statement).toHaveLength(1);
  });
});

describe('logGroup', () => {
  const warned = (logGroupClass?: logs.LogGroupClass) => {
    const stack = testStack();
    server({ logGroup: new logs.LogGroup(stack, 'Mine', { logGroupClass }) }, stack);
    return Annotations.fromStack(stack).findWarning('/Test/Mcp', Match.stringLikeRegexp('extracts no metrics'));
  };

  test('of a class without metrics adds a warning', () => {
    expect(warned(logs.LogGroupClass.INFREQUENT_ACCESS)).toHaveLength(1);
    expect([...warned(), ...warned(logs.LogGroupClass.STANDARD)]).toEqual([]);
  });
});

describe('network', () => {
  test('vpc defines a security group with traffic between the functions; the provider stays outside', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const mcp = server({ vpc }, stack);
    const group = one(stack, 'AWS::EC2::SecurityGroup');
    for (const [id, fn] of Object.entries(functionsOf(mcp))) {
      if (id === 'RegistrationProvider') expect(fn).not.toHaveProperty('VpcConfig');
      else {
        expect(fn.VpcConfig.SecurityGroupIds).toEqual([{ 'Fn::GetAtt': [group.id, 'GroupId'] }]);
        expect(fn.VpcConfig.SubnetIds).toHaveLength(vpc.privateSubnets.length);
      }
    }
    const ingress = one(stack, 'AWS::EC2::SecurityGroupIngress').Properties;
    expect(ingress).toMatchObject({
      IpProtocol: '-1',
      GroupId: { 'Fn::GetAtt': [group.id, 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [group.id, 'GroupId'] },
    });
  });

  test('vpcSubnets and securityGroups are used as is', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', {
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC },
        { name: 'quiet', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
    });
    const group = new ec2.SecurityGroup(stack, 'Mine', { vpc });
    const mcp = server(
      { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, securityGroups: [group] },
      stack,
    );
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
    expect(propertiesOf(mcp.httpFunction).VpcConfig).toEqual({
      SecurityGroupIds: [{ 'Fn::GetAtt': [logicalId(group), 'GroupId'] }],
      SubnetIds: vpc.isolatedSubnets.map((subnet) => ({ Ref: logicalId(subnet) })),
    });
  });

  test('connections allow the functions to reach other resources', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const database = new ec2.SecurityGroup(stack, 'Database', { vpc });
    const mcp = server({ vpc }, stack);
    database.connections.allowFrom(mcp, ec2.Port.tcp(5432));
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 5432,
      GroupId: { 'Fn::GetAtt': [logicalId(database), 'GroupId'] },
    });
  });

  test('connections are empty without a VPC', () => {
    expect(server().connections.securityGroups).toEqual([]);
  });
});

describe('tags', () => {
  test('reach the session queues, also if they are added later', () => {
    const stack = testStack();
    const mcp = server({}, stack);
    Tags.of(stack).add('team', 'shop');
    Tags.of(mcp).add('stage', 'test');
    Tags.of(stack).add('only-queues', 'yes', { includeResourceTypes: ['AWS::SQS::Queue'] });
    Tags.of(stack).add('no-queues', 'yes', { excludeResourceTypes: ['AWS::SQS::Queue'] });
    const queueTags = environmentOf(mcp.sseFunction!).MCP_QUEUE_TAGS as string;
    expect(JSON.parse(queueTags)).toEqual({ team: 'shop', stage: 'test', 'only-queues': 'yes' });
  });

  test('are an empty object by default', () => {
    expect(environmentOf(server().sseFunction!).MCP_QUEUE_TAGS).toBe('{}');
  });
});

describe('escape hatches', () => {
  test('parts can be overridden', () => {
    const mcp = server();
    (mcp.sseFunction!.node.defaultChild as lambda.CfnFunction).reservedConcurrentExecutions = 20;
    mcp.httpFunction.addEnvironment('POWERTOOLS_LOG_LEVEL', 'DEBUG');
    expect(propertiesOf(mcp.sseFunction!).ReservedConcurrentExecutions).toBe(20);
    expect(environmentOf(mcp.httpFunction).POWERTOOLS_LOG_LEVEL).toBe('DEBUG');
  });

  test('a permissions boundary applies to every role', () => {
    const mcp = server();
    iam.PermissionsBoundary.of(mcp).apply(
      iam.ManagedPolicy.fromManagedPolicyArn(mcp, 'Boundary', 'arn:aws:iam::111122223333:policy/boundary'),
    );
    const roles = Template.fromStack(Stack.of(mcp)).findResources('AWS::IAM::Role');
    for (const { Properties } of Object.values(roles)) {
      expect(Properties.PermissionsBoundary).toBe('arn:aws:iam::111122223333:policy/boundary');
    }
  });
});

test('a handler that reads the URLs of its server causes no cyclic dependency', () => {
  const stack = testStack();
  const mcp = server({}, stack);
  const environment = { OWN: mcp.url, MCP: mcp.mcpUrl, API: mcp.api.url, REGISTER: mcp.registrationUrl };
  mcp.addTool(testFunction(stack, 'Fn', environment), { name: 'echo' });
  new CfnOutput(stack, 'Token', { value: mcp.registrationProviderArn });
  // Template.fromStack() rejects cyclic templates
  expect(() => Template.fromStack(stack)).not.toThrow();
});
