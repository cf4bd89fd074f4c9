import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import type { ResourceDefinition } from '../../../local/assembly/template.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, role } from '../support/templates.js';

const read = { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: { 'Fn::GetAtt': ['Table', 'Arn'] } };
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const resources: Record<string, ResourceDefinition> = {
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      Replicas: [{ Region: 'us-east-1', Tags: [{ Key: 'team', Value: 'mcp' }] }],
    },
  },
  Role: role(),
  Function: lambdaFunction('Role', 'nothing'),
};
const assets = { nothing: { 'index.mjs': 'export const handler = () => {};' } };
const roles = [{ Ref: 'Role' }];

let app: RunningApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

/** The role with a managed policy. */
const managed = (arn: string): ResourceDefinition => ({
  ...role(),
  Properties: { ...role().Properties, ManagedPolicyArns: [arn] },
});

/** Whether the credentials of the function can read the table. */
async function canRead(): Promise<boolean> {
  const { runner } = app!;
  const { environment } = runner.functions[0];
  const client = new DynamoDBClient({
    endpoint: runner.awsEndpointUrl,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
  });
  const command = new GetItemCommand({ TableName: String(runner.outputs.Test.Table), Key: { pk: { S: 'a' } } });
  return client.send(command).then(
    () => true,
    (error: Error) => {
      if (error.name === 'AccessDeniedException') return false;
      throw error;
    },
  );
}
const stack = (more: Record<string, ResourceDefinition> = {}) =>
  oneStack({ ...resources, ...more }, { assets, outputs: { Table: { Ref: 'Table' } } });

describe('the policies of a role', () => {
  it.each<[string, Record<string, ResourceDefinition>, boolean]>([
    ['no policy', {}, false],
    ['inline policy', { Role: role(read) }, true],
    [
      'AWS::IAM::Policy',
      {
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: { PolicyName: 'p', PolicyDocument: document(read), Roles: roles },
        },
      },
      true,
    ],
    [
      'AWS::IAM::RolePolicy',
      {
        Policy: {
          Type: 'AWS::IAM::RolePolicy',
          Properties: { PolicyName: 'p', PolicyDocument: document(read), RoleName: { Ref: 'Role' } },
        },
      },
      true,
    ],
    [
      'AWS::IAM::ManagedPolicy with Roles',
      { Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document(read), Roles: roles } } },
      true,
    ],
    [
      'ManagedPolicyArns with a policy of the template',
      {
        Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document(read) } },
        Role: { ...role(), Properties: { ...role().Properties, ManagedPolicyArns: [{ Ref: 'Policy' }] } },
      },
      true,
    ],
    [
      'the AWS managed policy AdministratorAccess',
      {
        Role: {
          ...role(),
          Properties: { ...role().Properties, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
        },
      },
      true,
    ],
    [
      'outside the permissions boundary',
      {
        Boundary: {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: { PolicyDocument: document({ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }) },
        },
        Role: { ...role(read), Properties: { ...role(read).Properties, PermissionsBoundary: { Ref: 'Boundary' } } },
      },
      false,
    ],
    [
      'condition on the tag of the table',
      {
        Role: role({
          Effect: 'Allow',
          Action: 'dynamodb:*',
          Resource: '*',
          Condition: { StringEquals: { 'aws:ResourceTag/team': 'mcp' } },
        }),
      },
      true,
    ],
  ])('are evaluated: %s', async (_, more, allowed) => {
    app = await runApp(stack(more));
    expect(await canRead()).toBe(allowed);
  });

  it('can change while functions run', async () => {
    app = await runApp(stack({ Role: role(read) }));
    expect(await canRead()).toBe(true);
    await app.change(stack());
    expect(await canRead()).toBe(false);
    const attached = {
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'p', PolicyDocument: document(read), Roles: roles },
      },
    };
    await app.change(stack(attached));
    expect(await canRead()).toBe(true);
    await app.change(stack());
    expect(await canRead()).toBe(false);
  });

  it('deny with an unsupported condition, and cause a warning', async () => {
    const Condition = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
    app = await runApp(stack({ Role: role({ ...read, Condition }) }));
    expect(app.notices).toEqual([
      'Role: condition operator IpAddress is not supported by the local runner; all requests that this policy applies to are denied',
    ]);
    expect(await canRead()).toBe(false);
  });

  it.each([
    ['AmazonDynamoDBReadOnlyAccess', true],
    ['service-role/AWSLambdaDynamoDBExecutionRole', false], // it allows reading streams only
    ['AmazonS3FullAccess', false],
  ])('include the AWS managed policy %s', async (name, allowed) => {
    app = await runApp(stack({ Role: managed(`arn:aws:iam::aws:policy/${name}`) }));
    expect(await canRead()).toBe(allowed);
    expect(app.notices.filter((text) => text.includes('unknown'))).toEqual([]);
  });

  it.each([
    ['managed policy', 'arn:aws:iam::aws:policy/NewServiceFullAccess'],
    ['managed policy', 'arn:aws:iam::123456789012:policy/of-another-app'],
    ['permissions boundary', 'arn:aws:iam::123456789012:policy/platform-boundary'],
  ])('allow with a line per call if the document of a %s is unknown', async (kind, arn) => {
    const boundary = kind === 'permissions boundary';
    const Role = boundary ? role(read) : managed(arn);
    app = await runApp(
      stack({ Role: boundary ? { ...Role, Properties: { ...Role.Properties, PermissionsBoundary: arn } } : Role }),
    );
    const warning = `Role: the document of the ${kind} ${arn} is unknown here: it is assumed to allow each call`;
    expect(app.notices).toEqual([warning]);
    expect([await canRead(), await canRead()]).toEqual([true, true]);
    const line = expect.stringMatching(/: allowed dynamodb:GetItem on arn:.* is unknown here$/);
    expect(app.notices).toEqual([warning, line, line]);
    expect(app.notices[1]).toContain(arn);
  });

  it('limit an unknown managed policy by a known boundary', async () => {
    const { Type, Properties } = managed('arn:aws:iam::aws:policy/NewServiceFullAccess');
    const Boundary = {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { PolicyDocument: document({ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }) },
    };
    app = await runApp(
      stack({ Boundary, Role: { Type, Properties: { ...Properties, PermissionsBoundary: { Ref: 'Boundary' } } } }),
    );
    expect(await canRead()).toBe(false);
  });
});
