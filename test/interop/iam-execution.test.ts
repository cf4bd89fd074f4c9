/**
 * Compares docs/iam/cloudformation-execution*.json with the permissions in the AWS resource schemas that cfn-lint ships. The policies omit
 * a permission only if it is for a property that the templates do not use.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { list, statements } from '../../local/services/iam/policy.js';
import { everyOption, plain } from '../support/execution-templates.js';
import { policyText } from '../support/iam-policies.js';
import { venv } from './support/venv.js';

/** Permissions that a handler needs only for a property. */
const FOR_PROPERTY: Record<string, Record<string, string[]>> = {
  'AWS::ApiGateway::Authorizer': { AuthorizerCredentials: ['iam:PassRole'] },
  'AWS::ApiGateway::Method': { Credentials: ['iam:PassRole'] },
  'AWS::ApiGateway::RestApi': {
    Body: ['iam:PassRole'],
    BodyS3Location: ['s3:GetObject'],
    Policy: ['apigateway:UpdateRestApiPolicy'],
  },
  'AWS::DynamoDB::Table': {
    ContributorInsightsSpecification: ['dynamodb:UpdateContributorInsights', 'iam:CreateServiceLinkedRole'],
    GlobalTableSourceArn: [
      ...['AssociateTableReplica', 'BatchWriteItem', 'CreateTableReplica', 'DeleteItem'],
      ...['GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'],
    ].map((operation) => `dynamodb:${operation}`),
    ImportSourceSpecification: [
      ...['dynamodb:DescribeImport', 'dynamodb:ImportTable', 's3:GetObject', 's3:GetObjectMetadata', 's3:ListBucket'],
      ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogGroups', 'logs:DescribeLogStreams'],
      ...['logs:PutLogEvents', 'logs:PutRetentionPolicy'],
    ],
    KinesisStreamSpecification: [
      ...['dynamodb:DisableKinesisStreamingDestination', 'dynamodb:EnableKinesisStreamingDestination'],
      ...['dynamodb:UpdateKinesisStreamingDestination', 'kinesis:DescribeStream', 'kinesis:PutRecords'],
    ],
    ResourcePolicy: ['dynamodb:DeleteResourcePolicy', 'dynamodb:PutResourcePolicy'],
  },
  'AWS::Events::Rule': { RoleArn: ['iam:PassRole'] },
  'AWS::IAM::ManagedPolicy': {
    Groups: ['iam:AttachGroupPolicy', 'iam:DetachGroupPolicy'],
    Users: ['iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
  },
  'AWS::IAM::Policy': {
    Groups: ['iam:DeleteGroupPolicy', 'iam:GetGroupPolicy', 'iam:PutGroupPolicy'],
    Users: ['iam:DeleteUserPolicy', 'iam:GetUserPolicy', 'iam:PutUserPolicy'],
  },
  'AWS::IAM::Role': { PermissionsBoundary: ['iam:DeleteRolePermissionsBoundary', 'iam:PutRolePermissionsBoundary'] },
  'AWS::Lambda::Function': {
    CapacityProviderConfig: ['lambda:PassCapacityProvider', 'lambda:PublishVersion', 'lambda:PutFunctionScalingConfig'],
    CodeSigningConfigArn: [
      ...[
        'lambda:DeleteFunctionCodeSigningConfig',
        'lambda:GetCodeSigningConfig',
        'lambda:PutFunctionCodeSigningConfig',
      ],
    ],
    FileSystemConfigs: ['elasticfilesystem:DescribeMountTargets', 's3files:ListMountTargets'],
    KmsKeyArn: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
    Layers: ['lambda:GetLayerVersion'],
    RuntimeManagementConfig: ['lambda:AssociateRuntimeAlias', 'lambda:PutRuntimeManagementConfig'],
    S3ObjectVersion: ['s3:GetObjectVersion'],
  },
  'AWS::Logs::LogGroup': {
    BearerTokenAuthenticationEnabled: ['logs:PutBearerTokenAuthentication'],
    DataProtectionPolicy: [
      ...['firehose:TagDeliveryStream', 'logs:CreateLogDelivery', 'logs:PutDataProtectionPolicy', 's3:REST.PUT.OBJECT'],
    ],
    DeletionProtectionEnabled: ['logs:PutLogGroupDeletionProtection'],
    FieldIndexPolicies: ['logs:DeleteIndexPolicy', 'logs:PutIndexPolicy'],
    ResourcePolicyDocument: ['logs:DeleteResourcePolicy', 'logs:PutResourcePolicy'],
  },
};
/** Not needed, because keys are referenced by ARN and never by alias. */
const UNUSED = ['kms:ListAliases'];
/** Not in a schema: CloudFormation invokes the function of the custom resources with this role. */
const CUSTOM_RESOURCES = ['lambda:InvokeFunction'];

const READ_SCHEMAS = `
import json, os, sys, cfnlint
data = os.path.join(os.path.dirname(cfnlint.__file__), 'data', 'schemas')
names = json.load(open(os.path.join(data, 'providers', 'us-east-1.json')))
out = {}
for type in sys.argv[1:]:
    handlers = json.load(open(os.path.join(data, 'resources', names[type] + '.json')))['handlers']
    out[type] = sorted({p for name, h in handlers.items() if name != 'list' for p in h['permissions']})
print(json.dumps(out))
`;

const resources = [...plain(), ...everyOption()].filter(({ type }) => type.startsWith('AWS::'));
const types = [...new Set(resources.map(({ type }) => type))].sort();
const granted = new Set(
  ['cloudformation-execution', 'cloudformation-execution-options'].flatMap((name) =>
    statements(JSON.parse(policyText(name))).flatMap(({ Action }) => list(Action)),
  ),
);

let required: Record<string, string[]>;
beforeAll(() => {
  const python = join(venv('cfn-lint'), 'python');
  required = JSON.parse(execFileSync(python, ['-c', READ_SCHEMAS, ...types], { encoding: 'utf8' }));
}, 300_000);

test('grants every permission that the handlers need for the properties in use', () => {
  for (const type of types) {
    const properties = new Set(resources.filter((each) => each.type === type).flatMap((each) => each.properties));
    const forProperty = FOR_PROPERTY[type] ?? {};
    for (const property of Object.keys(forProperty)) expect(properties, type).not.toContain(property);
    const unneeded = [...Object.values(forProperty).flat(), ...UNUSED];
    const missing = required[type].filter((action) => !granted.has(action) && !unneeded.includes(action));
    expect(missing, type).toEqual([]);
    const outdated = Object.values(forProperty)
      .flat()
      .filter((action) => !required[type].includes(action));
    expect(outdated, `${type}: no handler requires these permissions, so FOR_PROPERTY is outdated`).toEqual([]);
  }
});

test('grants no permission that no handler needs', () => {
  const known = new Set([...types.flatMap((type) => required[type]), ...CUSTOM_RESOURCES]);
  expect([...granted].filter((action) => !known.has(action))).toEqual([]);
});
