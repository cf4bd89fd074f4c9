import { Aspects, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsSolutionsChecks as AwsSolutionsChecks2 } from 'cdk-nag-2';
import { describe, expect, test } from 'vitest';
import { McpAuth, McpEndpoint, McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { testFunction, testStack } from './support';

function server(props: McpLambdaServerProps = {}, stack = testStack()): McpLambdaServer {
  const mcp = new McpLambdaServer(stack, 'Mcp', props);
  mcp.addTool(testFunction(Stack.of(mcp)), { name: 'tool' });
  return mcp;
}

/** The findings of cdk-nag 3 in a server: rule and construct. */
function findings(mcp: McpLambdaServer): string[] {
  const { violations } = new AwsSolutionsChecks().validateScope(mcp);
  return violations
    .flatMap(({ ruleName, violatingResources = [] }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath!.slice(mcp.node.path.length + 1)}`),
    )
    .map((finding) => finding.replace(/^AwsSolutions-|\/Resource$/g, ''))
    .sort();
}

/** The findings of cdk-nag 2, which checks an app as an aspect. */
function findings2(mcp: McpLambdaServer): string[] {
  const stack = Stack.of(mcp);
  Aspects.of(mcp).add(new AwsSolutionsChecks2());
  const annotations = Annotations.fromStack(stack);
  const found = [annotations.findError('*', Match.anyValue()), annotations.findWarning('*', Match.anyValue())].flat();
  return found
    .filter(({ entry }) => /AwsSolutions-|CdkNag/.test(String(entry.data))) // CDK itself has warnings, too
    .map(({ id, entry }) => `${/AwsSolutions-\S+(?=:)/.exec(String(entry.data))?.[0]} ${id.split('/Mcp/')[1]}`)
    .map((finding) => finding.replace(/^AwsSolutions-|\/Resource$/g, ''))
    .sort();
}

const VARIANTS: { [variant: string]: (stack: Stack) => McpLambdaServerProps } = {
  defaults: () => ({}),
  'a VPC and a KMS key': (stack) => ({
    vpc: new ec2.Vpc(stack, 'Vpc'),
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  }),
  'a result bucket': (stack) => ({ resultBucket: new s3.Bucket(stack, 'Results') }),
  'tasks and notifications': () => ({ tasks: true, notifications: true }),
  'no legacySse': () => ({ legacySse: false }),
  'an account and region': () => ({}),
  'a function URL and access tokens': () => ({
    endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 20 }),
    auth: McpAuth.oauth({ issuers: ['https://login.example.com'] }),
  }),
  'a function URL': () => ({ endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 20 }) }),
  'a Lambda authorizer': (stack) => ({
    auth: McpAuth.custom(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: testFunction(stack, 'Auth') })),
  }),
};

describe('the AwsSolutions pack of cdk-nag has no findings', () => {
  test.each(Object.entries(VARIANTS))('for a server with %s', (variant, props) => {
    const env = variant === 'an account and region' ? { account: '111122223333', region: 'us-east-1' } : undefined;
    const create = () => {
      const stack = testStack('Test', { env });
      return server(props(stack), stack);
    };
    expect(findings(create())).toEqual([]);
    expect(findings2(create())).toEqual([]);
  });
});

describe('the AwsSolutions pack of cdk-nag reports what properties of the app cause', () => {
  test('for McpAuth.none()', () => {
    const expected = ['APIG4', 'COG4'].flatMap((rule) =>
      ['mcp', 'mcp/{toolset}', 'message', 'sse'].map((path) => `${rule} Api/Default/${path}/ANY`),
    );
    expect(findings(server({ auth: McpAuth.none() }))).toEqual(expected);
    expect(findings2(server({ auth: McpAuth.none() }))).toEqual(expect.arrayContaining(expected));
  });

  test('for allowedOrigins, whose preflight requests cannot be authorized', () => {
    const found = findings(server({ allowedOrigins: ['https://example.com'] }));
    expect(found).toContain('APIG4 Api/Default/mcp/OPTIONS');
    expect(found.every((finding) => finding.endsWith('/OPTIONS'))).toBe(true);
  });

  test('for permissions that the app adds to the runtime role', () => {
    const mcp = server();
    mcp.runtimeRole.addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
    expect(findings(mcp)).toEqual([
      'IAM5[Action::s3:*] RuntimeRole/DefaultPolicy',
      'IAM5[Resource::*] RuntimeRole/DefaultPolicy',
    ]);
  });
});

test('findings are acknowledged on resources, with a reason, and not on the server', () => {
  const mcp = server();
  const acknowledged = mcp.node
    .findAll()
    .filter((construct) =>
      construct.node.metadata.some(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY),
    );
  expect(acknowledged.length).toBeGreaterThan(8);
  for (const construct of acknowledged) expect(construct.node.children).toEqual([]);
  const acknowledgments = acknowledged.flatMap(({ node }) =>
    node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY),
  );
  for (const reason of acknowledgments.flatMap(({ data }) => Object.values(data as object))) {
    expect(reason).toMatch(/^[A-Z][^\n]{20,}\.$/);
  }
});
