import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { type ShortStatement, statementsOf, testFunction, testStack } from './support';

const LOGS = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['{McpLogGroup8B121420.Arn}'] };
const QUEUES = 'arn:{Partition}:sqs:{Region}:{AccountId}:mcp-d9fff7a2-{stack}-*';
const REGISTRY = '{McpRegistryTable52F56A52.Arn}';
const SESSIONS = '{McpSessionTableDA97A222.Arn}';
const FUNCTIONS = 'arn:{Partition}:lambda:{Region}:{AccountId}:function:*';
const WRITE_REGISTRY = {
  actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  resources: [REGISTRY],
};
const PERMIT_OPTED_IN = [
  {
    actions: ['lambda:AddPermission'],
    resources: [FUNCTIONS],
    conditions: {
      StringEquals: { 'lambda:Principal': '{McpRuntimeRole941AAB7D.Arn}', 'aws:ResourceTag/mcp-server': 'orders' },
    },
  },
  {
    actions: ['lambda:RemovePermission'],
    resources: [FUNCTIONS],
    conditions: { StringEquals: { 'aws:ResourceTag/mcp-server': 'orders' } },
  },
];
const READ_POLICIES = { ...PERMIT_OPTED_IN[1]!, actions: ['lambda:GetPolicy'] };

function server(props: McpLambdaServerProps = {}, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', ...props });
}

function roleOf(mcp: McpLambdaServer, id: string): IConstruct {
  return mcp.node.findChild(id);
}

describe('by default, a role has exactly the permissions to', () => {
  test('RuntimeRole: read the registry, manage sessions and their queues', () => {
    expect(statementsOf(server().runtimeRole)).toEqual([
      LOGS,
      { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [REGISTRY] },
      {
        actions: [
          'dynamodb:DeleteItem',
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:Query',
          'dynamodb:UpdateItem',
        ],
        resources: [SESSIONS],
      },
      {
        actions: ['sqs:CreateQueue', 'sqs:DeleteMessage', 'sqs:DeleteQueue', 'sqs:ReceiveMessage', 'sqs:TagQueue'],
        resources: [QUEUES],
      },
    ]);
  });

  test('MessageRole: look up a session, send to its queue', () => {
    expect(statementsOf(roleOf(server(), 'MessageRole'))).toEqual([
      LOGS,
      { actions: ['dynamodb:GetItem'], resources: [SESSIONS] },
      { actions: ['sqs:SendMessage'], resources: [QUEUES] },
    ]);
  });

  test('SweeperRole: list and delete queues and session records', () => {
    expect(statementsOf(roleOf(server(), 'SweeperRole'))).toEqual([
      LOGS,
      { actions: ['dynamodb:DeleteItem', 'dynamodb:Query'], resources: [SESSIONS] },
      { actions: ['sqs:ListQueues'], resources: ['*'] },
      { actions: ['sqs:DeleteQueue'], resources: [QUEUES] },
    ]);
  });

  test('RegistrationRole: write the registry, and permit only RuntimeRole to invoke functions with the opt-in tag', () => {
    expect(statementsOf(roleOf(server(), 'RegistrationRole'))).toEqual([
      LOGS,
      WRITE_REGISTRY,
      ...PERMIT_OPTED_IN,
      READ_POLICIES,
      { actions: ['lambda:GetFunctionConfiguration', 'lambda:ListTags'], resources: [FUNCTIONS] },
    ]);
  });

  test('RegistrationProviderRole: the same without inspecting functions, and clean up at deletion', () => {
    expect(statementsOf(roleOf(server(), 'RegistrationProviderRole'))).toEqual([
      LOGS,
      WRITE_REGISTRY,
      ...PERMIT_OPTED_IN,
      { actions: ['dynamodb:DeleteItem', 'dynamodb:Query'], resources: [SESSIONS] },
      { actions: ['sqs:ListQueues'], resources: ['*'] },
      { actions: ['sqs:DeleteQueue'], resources: [QUEUES] },
    ]);
  });

  test('defines no other roles, and uses no AWS managed policies', () => {
    const roles = Template.fromStack(Stack.of(server())).findResources('AWS::IAM::Role');
    expect(Object.keys(roles).map((id) => id.slice(0, -8))).toEqual([
      'McpRuntimeRole',
      'McpMessageRole',
      'McpSweeperRole',
      'McpRegistrationProviderRole',
      'McpRegistrationRole',
    ]);
    for (const { Properties } of Object.values(roles)) {
      expect(Properties.ManagedPolicyArns).toBeUndefined();
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
    }
  });
});

test('without legacySse, the only session permissions are those for sealing keys', () => {
  const mcp = server({ legacySse: false });
  expect(statementsOf(mcp.runtimeRole)).toEqual([
    LOGS,
    { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [REGISTRY] },
    { actions: ['dynamodb:PutItem', 'dynamodb:Query'], resources: [SESSIONS] },
  ]);
  expect(statementsOf(roleOf(mcp, 'RegistrationProviderRole'))).toEqual([LOGS, WRITE_REGISTRY, ...PERMIT_OPTED_IN]);
});

test('registrableFunctions replaces the opt-in tag, and includes aliases and versions', () => {
  const mcp = server({
    registrableFunctions: [
      'arn:aws:lambda:us-east-1:111122223333:function:orders-*',
      'arn:aws:lambda:us-east-1:111122223333:function:one',
    ],
  });
  const resources = [
    'arn:aws:lambda:us-east-1:111122223333:function:orders-*',
    'arn:aws:lambda:us-east-1:111122223333:function:one',
    'arn:aws:lambda:us-east-1:111122223333:function:one:*',
  ];
  expect(statementsOf(roleOf(mcp, 'RegistrationRole'))).toEqual([
    LOGS,
    WRITE_REGISTRY,
    {
      actions: ['lambda:AddPermission'],
      resources,
      conditions: { StringEquals: { 'lambda:Principal': '{McpRuntimeRole941AAB7D.Arn}' } },
    },
    { actions: ['lambda:RemovePermission'], resources },
    { actions: ['lambda:GetPolicy'], resources },
    { actions: ['lambda:GetFunctionConfiguration', 'lambda:ListTags'], resources },
  ]);
});

test('in a VPC, every role except that of the provider can manage network interfaces', () => {
  const stack = testStack();
  const mcp = server({ vpc: new ec2.Vpc(stack, 'Vpc') }, stack);
  const network: ShortStatement = {
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  };
  for (const id of ['RuntimeRole', 'MessageRole', 'SweeperRole', 'RegistrationRole']) {
    expect(statementsOf(roleOf(mcp, id))).toContainEqual(network);
  }
  expect(statementsOf(roleOf(mcp, 'RegistrationProviderRole'))).not.toContainEqual(network);
});

describe('with encryptionKey', () => {
  const READ = ['kms:Decrypt', 'kms:DescribeKey'];
  const SEND = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];
  const WRITE = [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ];

  test.each([
    ['RuntimeRole', [READ, WRITE]],
    ['MessageRole', [SEND]],
    ['SweeperRole', [WRITE]],
    ['RegistrationRole', [WRITE]],
    ['RegistrationProviderRole', [WRITE]],
  ])('%s may use the key', (id, actions) => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    const mcp = server({ encryptionKey: key }, stack);
    const statements = statementsOf(roleOf(mcp, id)).filter((each) => each.resources[0]?.startsWith('{Key'));
    expect(statements.map((each) => each.actions)).toEqual(actions);
  });
});

test('allows using the key of an existing registry table', () => {
  const stack = testStack();
  const table = new dynamodb.Table(stack, 'Mine', {
    partitionKey: { name: 'type', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'name', type: dynamodb.AttributeType.STRING },
    encryptionKey: new kms.Key(stack, 'MyKey'),
  });
  const mcp = server({ registryTable: table }, stack);
  const statements = statementsOf(mcp.runtimeRole).filter((each) => each.resources[0]?.startsWith('{MyKey'));
  expect(statements.map((each) => each.actions)).toEqual([['kms:Decrypt', 'kms:DescribeKey']]);
});

describe('grants', () => {
  function granted(grant: (mcp: McpLambdaServer, role: iam.Role) => iam.Grant, props?: McpLambdaServerProps) {
    const stack = testStack();
    const role = new iam.Role(stack, 'Client', { assumedBy: new iam.AccountRootPrincipal() });
    grant(server(props, stack), role).assertSuccess();
    return statementsOf(role);
  }
  const api = (path: string) => `arn:{Partition}:execute-api:{Region}:{AccountId}:{McpApi2F39B1D0}/prod/*${path}`;

  test('grantConnect() allows the client routes', () => {
    expect(granted((mcp, role) => mcp.grantConnect(role))).toEqual([
      { actions: ['execute-api:Invoke'], resources: [api('/mcp'), api('/message'), api('/sse')] },
    ]);
  });

  test('grantConnect() without legacySse allows one route', () => {
    expect(granted((mcp, role) => mcp.grantConnect(role), { legacySse: false })).toEqual([
      { actions: ['execute-api:Invoke'], resources: [api('/mcp')] },
    ]);
  });

  test('grantRegister() allows the Registration API', () => {
    expect(granted((mcp, role) => mcp.grantRegister(role))).toEqual([
      { actions: ['execute-api:Invoke'], resources: [api('/register'), api('/register/*')] },
    ]);
  });

  test('grants to the server as a grantee apply to its runtime role', () => {
    const stack = testStack();
    const mcp = server({}, stack);
    testFunction(stack).grantInvoke(mcp);
    expect(statementsOf(mcp.runtimeRole).at(-1)).toEqual({
      actions: ['lambda:InvokeFunction'],
      resources: ['{Fn9270CBC0.Arn}', '{Fn9270CBC0.Arn}:*'],
    });
  });
});
