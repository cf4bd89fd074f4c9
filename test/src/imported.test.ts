import { Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerAttributes } from '../../src';
import { statementsOf, testFunction, testStack, text } from './support';

const ATTRIBUTES: McpLambdaServerAttributes = {
  serverName: 'orders',
  restApiId: 'abc123',
  registrationProviderArn: 'arn:aws:lambda:us-east-1:111122223333:function:provider',
  runtimeRoleArn: 'arn:aws:iam::111122223333:role/runtime',
};

function imported(attributes: Partial<McpLambdaServerAttributes> = {}, stack = testStack()) {
  return McpLambdaServer.fromMcpLambdaServerAttributes(stack, 'Mcp', { ...ATTRIBUTES, ...attributes });
}

test('has its attributes, and defines no resources', () => {
  const server = imported();
  expect(server).toMatchObject(ATTRIBUTES);
  Template.fromStack(Stack.of(server)).templateMatches({ Resources: Match.absent() });
});

test('has URLs', () => {
  const server = imported();
  const url = (value: string | undefined) => text(Stack.of(server).resolve(value));
  const base = 'https://abc123.execute-api.{Region}.{URLSuffix}/prod';
  expect(url(server.url)).toBe(base);
  expect(url(server.mcpUrl)).toBe(`${base}/mcp`);
  expect(url(server.sseUrl)).toBe(`${base}/sse`);
  expect(url(server.registrationUrl)).toBe(`${base}/register`);
  expect(imported({ legacySse: false }).sseUrl).toBeUndefined();
});

test('registers tools, resources, templates and prompts, with the permission in the function’s policy', () => {
  const stack = testStack();
  const server = imported({}, stack);
  const fn = testFunction(stack);
  server.addTool(fn, { name: 'a' });
  server.addResource(fn, { name: 'b', uri: 'docs://b' });
  server.addResourceTemplate(fn, { name: 'c', uriTemplate: 'docs://{c}' });
  server.addPrompt(fn, { name: 'd' });
  const template = Template.fromStack(stack);
  for (const type of ['Tool', 'Resource', 'ResourceTemplate', 'Prompt']) {
    template.hasResourceProperties(`Custom::Mcp${type}`, {
      ServiceToken: ATTRIBUTES.registrationProviderArn,
      Permission: 'RESOURCE',
    });
  }
  template.resourceCountIs('AWS::Lambda::Permission', 1);
  template.hasResourceProperties('AWS::Lambda::Permission', { Principal: ATTRIBUTES.runtimeRoleArn });
  expect(() => server.addTool(fn, { name: 'a' })).toThrow(/a tool named 'a' is already on this server/);
});

describe('grants', () => {
  test('grantConnect and grantRegister', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    const server = imported({ legacySse: false }, stack);
    server.grantConnect(role);
    server.grantRegister(role);
    const api = 'arn:{Partition}:execute-api:{Region}:{AccountId}:abc123/prod';
    expect(statementsOf(role).flatMap(({ resources }) => resources)).toEqual([
      ...['DELETE', 'GET', 'POST'].map((method) => `${api}/${method}/mcp`),
      ...['DELETE', 'GET', 'POST'].map((method) => `${api}/${method}/mcp/*`),
      ...['GET', 'POST'].map((method) => `${api}/${method}/register`),
      ...['DELETE', 'GET', 'PUT'].map((method) => `${api}/${method}/register/*`),
    ]);
  });

  test('grants to the server as a grantee apply to its runtime role', () => {
    const stack = testStack();
    testFunction(stack).grantInvoke(imported({}, stack));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { Roles: ['runtime'] });
  });
});

describe('at a function URL', () => {
  const HTTP = 'arn:aws:lambda:us-east-1:111122223333:function:orders-http';
  const REGISTRATION = 'arn:aws:lambda:us-east-1:111122223333:function:orders-registration';
  const URLS = {
    restApiId: undefined,
    httpFunctionArn: HTTP,
    registrationFunctionArn: REGISTRATION,
    mcpUrl: 'https://abc.lambda-url.us-east-1.on.aws/mcp',
    registrationUrl: 'https://def.lambda-url.us-east-1.on.aws/register',
  };

  test('has the URLs that it was given, and no HTTP+SSE', () => {
    const server = imported(URLS);
    expect(server).toMatchObject({
      url: 'https://abc.lambda-url.us-east-1.on.aws',
      mcpUrl: URLS.mcpUrl,
      registrationUrl: URLS.registrationUrl,
      sseUrl: undefined,
    });
    expect(() => server.restApiId).toThrow(
      /^Test\/Mcp: restApiId is not available: the endpoint of the server is a function URL/,
    );
  });

  test('takes imported URLs and ARNs', () => {
    const stack = testStack();
    const tokens = {
      mcpUrl: Fn.importValue('McpUrl'),
      registrationUrl: Fn.importValue('RegistrationUrl'),
      httpFunctionArn: Fn.importValue('Http'),
      registrationFunctionArn: Fn.importValue('Registration'),
    };
    const server = imported({ ...URLS, ...tokens }, stack);
    expect(stack.resolve(server.registrationUrl)).toEqual({ 'Fn::ImportValue': 'RegistrationUrl' });
    expect(stack.resolve(server.mcpUrl)).toEqual({ 'Fn::ImportValue': 'McpUrl' });
    expect(stack.resolve(server.url)).toEqual({
      // the end of the text is marked: /mcp can also be part of a host name or of a base path
      'Fn::Select': [0, { 'Fn::Split': ['/mcp|', { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'McpUrl' }, '|']] }] }],
    });
  });

  test('grants permission for the URL of each function', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    const server = imported(URLS, stack);
    server.grantConnect(role);
    server.grantRegister(role);
    expect(statementsOf(role).map(({ actions, resources }) => [actions[0], resources[0]])).toEqual([
      ['lambda:InvokeFunctionUrl', HTTP],
      ['lambda:InvokeFunction', HTTP],
      ['lambda:InvokeFunctionUrl', REGISTRATION],
      ['lambda:InvokeFunction', REGISTRATION],
    ]);
    expect(() => server.grantReadRegistrations(role)).toThrow(/grantReadRegistrations\(\) is not available/);
    const { registrationFunctionArn: _, ...without } = URLS;
    expect(() => imported(without).grantRegister(role)).toThrow(/set registrationFunctionArn/);
  });

  test('has metrics of the function', () => {
    const server = imported(URLS);
    server.addAlarms();
    Template.fromStack(Stack.of(server)).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Url5xxCount',
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: 'orders-http' }],
    });
  });

  test.each<[string, Partial<McpLambdaServerAttributes>, string]>([
    ['a REST API as well', { restApiId: 'abc123' }, 'httpFunctionArn is for servers at a function URL'],
    [
      'only a function that serves /register',
      { restApiId: 'abc123', httpFunctionArn: undefined },
      'registrationFunctionArn is for servers at a function URL',
    ],
    ['no endpoint', { httpFunctionArn: undefined }, 'the server has no endpoint; set restApiId, or httpFunctionArn'],
    ['no MCP URL', { mcpUrl: undefined }, 'httpFunctionArn requires mcpUrl'],
    ['no URL of the Registration API', { registrationUrl: undefined }, 'httpFunctionArn requires registrationUrl'],
    ['HTTP+SSE', { legacySse: true }, 'legacySse requires a REST API; remove legacySse, or set restApiId'],
    ['an empty ARN besides a REST API', { restApiId: 'abc123', httpFunctionArn: '' }, "httpFunctionArn '' is not"],
    [
      'the URL of a REST API',
      { mcpUrl: 'https://abc123.execute-api.us-east-1.amazonaws.com/prod/mcp' },
      "mcpUrl 'https://abc123.execute-api.us-east-1.amazonaws.com/prod/mcp' is the URL of a REST API, and httpFunctionArn is for servers " +
        'at a function URL; set restApiId instead of httpFunctionArn',
    ],
  ])('rejects %s', (_, attributes, message) => {
    expect(() => imported({ ...URLS, ...attributes })).toThrow(`Test/Mcp: ${message}`);
  });
});

describe('rejects', () => {
  const FUNCTION_URL = 'https://abc.lambda-url.us-east-1.on.aws';
  const PROVIDER = ATTRIBUTES.registrationProviderArn;

  test.each<[string, Partial<McpLambdaServerAttributes>, string]>([
    [
      'an MCP URL with another path',
      { mcpUrl: 'https://example.com/register' },
      "mcpUrl 'https://example.com/register' does not end with /mcp; use the attribute mcpUrl of the server's construct",
    ],
    [
      'a URL of the Registration API with another path',
      { registrationUrl: 'https://example.com/mcp' },
      "registrationUrl 'https://example.com/mcp' does not end with /register; use the attribute registrationUrl of the server's construct",
    ],
    ['an empty URL', { registrationUrl: '' }, "registrationUrl '' does not end with /register"],
    [
      'the URL of a function as that of a REST API',
      { mcpUrl: `${FUNCTION_URL}/mcp` },
      `mcpUrl '${FUNCTION_URL}/mcp' is a function URL, and restApiId is for servers with a REST API; set httpFunctionArn instead of restApiId`,
    ],
    [
      'the URL of a function as that of the Registration API of a REST API',
      { registrationUrl: `${FUNCTION_URL}/register` },
      `registrationUrl '${FUNCTION_URL}/register' is a function URL`,
    ],
    [
      'a name instead of the ARN of a function',
      { restApiId: undefined, httpFunctionArn: 'orders' },
      "httpFunctionArn 'orders' is not an unqualified Lambda function ARN; use the attribute functionArn of httpFunction of the server's construct",
    ],
    [
      'the ARN of an alias, which has no function URL',
      { restApiId: undefined, registrationFunctionArn: `${PROVIDER}:live` },
      `registrationFunctionArn '${PROVIDER}:live' is not an unqualified Lambda function ARN; use the attribute functionArn of registrationFunction`,
    ],
    [
      'another provider',
      { registrationProviderArn: 'orders' },
      "registrationProviderArn 'orders' is not an unqualified Lambda function ARN; use the attribute registrationProviderArn of the server's construct",
    ],
    [
      'another role',
      { runtimeRoleArn: 'orders' },
      "runtimeRoleArn 'orders' is not the ARN of an IAM role; use the attribute runtimeRoleArn of the server's construct",
    ],
  ])('%s', (_, attributes, message) => {
    expect(() => imported(attributes)).toThrow(`Test/Mcp: ${message}`);
  });
});

test('is connectable by its security groups', () => {
  const stack = testStack();
  const vpc = new ec2.Vpc(stack, 'Vpc');
  const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-12345678');
  const database = new ec2.SecurityGroup(stack, 'Database', { vpc });
  database.connections.allowFrom(imported({ securityGroups: [group] }, stack), ec2.Port.tcp(5432));
  Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    SourceSecurityGroupId: 'sg-12345678',
  });
});

test('has metrics', () => {
  expect(imported().metricToolErrors().dimensions).toEqual({ Server: 'orders' });
});

describe('an imported server of another environment', () => {
  const US = { account: '111122223333', region: 'us-east-1' };

  test.each([
    ['region', { registrationProviderArn: 'arn:aws:lambda:eu-west-1:111122223333:function:provider' }],
    ['account', { registrationProviderArn: 'arn:aws:lambda:us-east-1:999999999999:function:provider' }],
  ])('%s rejects registrations', (_, attributes) => {
    const stack = testStack('Test', { env: US });
    const server = imported(attributes, stack);
    expect(() => server.addTool(testFunction(stack), { name: 'lookup' })).toThrow(
      /declare registrations in the account and region of the server/,
    );
  });

  test('with ARNs from exports accepts them', () => {
    const stack = testStack('Test', { env: US });
    const arns = { registrationProviderArn: Fn.importValue('provider'), runtimeRoleArn: Fn.importValue('role') };
    const server = imported(arns, stack);
    server.addTool(lambda.Function.fromFunctionArn(stack, 'A', Fn.importValue('fn-a')), { name: 'a' });
    server.addTool(lambda.Function.fromFunctionArn(stack, 'B', Fn.importValue('fn-b')), { name: 'b' });
    const permissions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Permission')).map(
      ({ Properties }) => Properties,
    );
    expect(permissions.map(({ FunctionName }) => FunctionName)).toEqual([
      { 'Fn::ImportValue': 'fn-a' },
      { 'Fn::ImportValue': 'fn-b' },
    ]);
    expect(permissions.map(({ Principal }) => Principal)).toEqual(Array(2).fill({ 'Fn::ImportValue': 'role' }));
  });
});
