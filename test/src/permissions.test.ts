import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
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
const RUNTIME_ROLE = '{McpRuntimeRole941AAB7D.Arn}';
const PERMIT_OPTED_IN = {
  actions: ['lambda:AddPermission'],
  resources: [FUNCTIONS],
  conditions: { StringEquals: { 'lambda:Principal': RUNTIME_ROLE, 'aws:ResourceTag/mcp-server': 'orders' } },
};
/** Not limited by the tag: a function that has lost it must not stay permitted. */
const REVOKE_OWN = {
  actions: ['lambda:RemovePermission'],
  resources: [FUNCTIONS],
  conditions: { StringEquals: { 'lambda:Principal': RUNTIME_ROLE } },
};
/** The statements of a replaced runtime role name a role of the same stack, or the id of a deleted role. */
const REVOKE_FORMER = {
  actions: ['lambda:RemovePermission'],
  resources: [FUNCTIONS],
  conditions: {
    StringLike: { 'lambda:Principal': [RUNTIME_ROLE, 'arn:{Partition}:iam::{AccountId}:role/Test*', 'AROA*'] },
  },
};
const READ_POLICIES = {
  actions: ['lambda:GetPolicy'],
  resources: [FUNCTIONS],
  conditions: { StringEquals: { 'aws:ResourceTag/mcp-server': 'orders' } },
};
const SWEEP_SESSIONS = [
  { actions: ['dynamodb:DeleteItem', 'dynamodb:Query'], resources: [SESSIONS] },
  { actions: ['sqs:ListQueues'], resources: ['*'] },
  { actions: ['sqs:DeleteQueue'], resources: [QUEUES] },
];
const LIST_REGISTRY = { actions: ['dynamodb:Query'], resources: [REGISTRY] };
const END_RECORDS = {
  actions: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
  resources: [REGISTRY],
  conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['FUNCTION'] } },
};
const READ_TAGS = { actions: ['lambda:ListTags'], resources: [FUNCTIONS] };

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

  test('SweeperRole: list and delete queues and session records, and end the permission of untagged functions', () => {
    expect(statementsOf(roleOf(server(), 'SweeperRole'))).toEqual([
      LOGS,
      ...SWEEP_SESSIONS,
      LIST_REGISTRY,
      END_RECORDS,
      READ_TAGS,
      REVOKE_OWN,
    ]);
  });

  test('RegistrationRole: write the registry, and permit only RuntimeRole to invoke functions with the opt-in tag', () => {
    expect(statementsOf(roleOf(server(), 'RegistrationRole'))).toEqual([
      LOGS,
      WRITE_REGISTRY,
      PERMIT_OPTED_IN,
      REVOKE_OWN,
      READ_POLICIES,
    ]);
  });

  test('RegistrationProviderRole: the same without reading policies, and clean up at deletion', () => {
    expect(statementsOf(roleOf(server(), 'RegistrationProviderRole'))).toEqual([
      LOGS,
      WRITE_REGISTRY,
      PERMIT_OPTED_IN,
      REVOKE_FORMER,
      ...SWEEP_SESSIONS,
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

test('without legacySse, the only session permissions are those for sealing keys and counting calls', () => {
  const mcp = server({ legacySse: false });
  expect(statementsOf(mcp.runtimeRole)).toEqual([
    LOGS,
    { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [REGISTRY] },
    { actions: ['dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], resources: [SESSIONS] },
  ]);
  const provider = statementsOf(roleOf(mcp, 'RegistrationProviderRole'));
  expect(provider).toEqual([LOGS, WRITE_REGISTRY, PERMIT_OPTED_IN, REVOKE_FORMER]);
  expect(statementsOf(roleOf(mcp, 'SweeperRole'))).toEqual([LOGS, LIST_REGISTRY, END_RECORDS, READ_TAGS, REVOKE_OWN]);
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
    REVOKE_OWN,
    { actions: ['lambda:GetPolicy'], resources },
  ]);
  expect(statementsOf(roleOf(mcp, 'SweeperRole'))).toEqual([
    LOGS,
    ...SWEEP_SESSIONS,
    LIST_REGISTRY,
    END_RECORDS,
    REVOKE_OWN,
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

  const viaOf = (service: string) => `${service}.{Region}.amazonaws.com*`;
  const TABLES = viaOf('dynamodb');
  const BOTH = [TABLES, viaOf('sqs')];
  const keyStatements = (id: string, props?: McpLambdaServerProps) => {
    const stack = testStack();
    const mcp = server({ encryptionKey: new kms.Key(stack, 'Key'), ...props }, stack);
    return statementsOf(roleOf(mcp, id))
      .filter((each) => each.resources[0]?.startsWith('{Key'))
      .map(({ actions, conditions }) => [actions, conditions]);
  };
  const through = (services: string | string[]) => ({ StringLike: { 'kms:ViaService': services } });

  test.each([
    ['RuntimeRole', [READ, TABLES], [WRITE, BOTH]],
    ['MessageRole', [SEND, BOTH]],
    ['SweeperRole', [WRITE, TABLES]],
    ['RegistrationRole', [WRITE, TABLES]],
    ['RegistrationProviderRole', [WRITE, TABLES]],
  ] as const)('%s may use the key through the services that it calls', (id, ...expected) => {
    expect(keyStatements(id)).toEqual(
      expected.map(([actions, services]) => [actions, through(services as string | string[])]),
    );
  });

  test('RuntimeRole may not use it through SQS without legacySse', () => {
    expect(keyStatements('RuntimeRole', { legacySse: false })).toEqual([
      [READ, through(TABLES)],
      [WRITE, through(TABLES)],
    ]);
  });

  test('the key of a result bucket is for S3 only', () => {
    const stack = testStack();
    const resultBucket = new s3.Bucket(stack, 'Results', { encryptionKey: new kms.Key(stack, 'Key') });
    const [statement] = statementsOf(server({ resultBucket }, stack).runtimeRole).filter((each) =>
      each.resources[0]?.startsWith('{Key'),
    );
    expect(statement?.conditions).toEqual(through(viaOf('s3')));
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
  const api = (route: string) => `arn:{Partition}:execute-api:{Region}:{AccountId}:{McpApi2F39B1D0}/prod/${route}`;
  const MCP = ['DELETE/mcp', 'GET/mcp', 'POST/mcp', 'DELETE/mcp/*', 'GET/mcp/*', 'POST/mcp/*'].map(api);

  test('grantConnect() allows the client routes', () => {
    expect(granted((mcp, role) => mcp.grantConnect(role))).toEqual([
      { actions: ['execute-api:Invoke'], resources: [...MCP, api('POST/message'), api('GET/sse')] },
    ]);
  });

  test('grantConnect() without legacySse allows one route', () => {
    expect(granted((mcp, role) => mcp.grantConnect(role), { legacySse: false })).toEqual([
      { actions: ['execute-api:Invoke'], resources: MCP },
    ]);
  });

  test('grantRegister() allows the Registration API', () => {
    expect(granted((mcp, role) => mcp.grantRegister(role))).toEqual([
      {
        actions: ['execute-api:Invoke'],
        resources: ['GET/register', 'POST/register', 'DELETE/register/*', 'GET/register/*', 'PUT/register/*'].map(api),
      },
    ]);
  });

  test('grantReadRegistrations() allows reading registrations, and no other method', () => {
    expect(granted((mcp, role) => mcp.grantReadRegistrations(role))).toEqual([
      { actions: ['execute-api:Invoke'], resources: ['GET/register', 'GET/register/*'].map(api) },
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
