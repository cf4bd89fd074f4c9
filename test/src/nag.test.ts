import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { testFunction, testStack } from './support';

/** All accepted findings with their reasons. Properties and escape hatches allow other choices. */
const REASONS: { [finding: string]: string } = {
  'APIG1 Api/DeploymentStage.prod':
    'access logs require a role of the account; accessLogDestination turns them on, and the functions log each request',
  'APIG2 Api': 'the functions validate requests: JSON-RPC and registrations are beyond the models of API Gateway',
  'APIG3 Api/DeploymentStage.prod':
    'a web ACL costs money and is the owner’s choice; it can be associated with the stage',
  'APIG6 Api/DeploymentStage.prod':
    'execution logs would contain session ids and arguments, and require a role of the account',
  'COG4 Api/Default/mcp/ANY': 'callers are authorised by IAM',
  'COG4 Api/Default/message/ANY': 'callers are authorised by IAM',
  'COG4 Api/Default/register/ANY': 'callers are authorised by IAM',
  'COG4 Api/Default/register/{id}/ANY': 'callers are authorised by IAM',
  'COG4 Api/Default/sse/ANY': 'callers are authorised by IAM',
  'DDB3 SessionTable': 'it contains short-lived data only: clients open another session',
  'IAM5 MessageRole queues': 'queues are created at run time, with the server id as a prefix of their names',
  'IAM5 RegistrationProviderRole *': 'sqs:ListQueues does not support resource-level permissions',
  'IAM5 RegistrationProviderRole functions': 'only for the runtime role, on functions whose owner opted in by tag',
  'IAM5 RegistrationProviderRole queues':
    'queues are created at run time, with the server id as a prefix of their names',
  'IAM5 RegistrationRole functions': 'only for the runtime role, on functions whose owner opted in by tag',
  'IAM5 RuntimeRole queues': 'queues are created at run time, with the server id as a prefix of their names',
  'IAM5 SweeperRole *': 'sqs:ListQueues does not support resource-level permissions',
  'IAM5 SweeperRole queues': 'queues are created at run time, with the server id as a prefix of their names',
};

const IN_A_VPC: { [finding: string]: string } = {
  'IAM5 MessageRole *': 'network interfaces do not support resource-level permissions',
  'IAM5 RegistrationRole *': 'network interfaces do not support resource-level permissions',
  'IAM5 RuntimeRole *': 'network interfaces do not support resource-level permissions',
};

/** The findings of the AwsSolutions pack in short form: rule, construct in the server, and the meaning of a wildcard. */
function findingsOf(server: McpLambdaServer): string[] {
  const { violations } = new AwsSolutionsChecks().validateScope(server);
  const findings = violations.flatMap(({ ruleName, violatingResources }) => {
    const [, rule, detail] = /^AwsSolutions-(\w+)(?:\[(.*)\])?$/s.exec(ruleName)!;
    const wildcard = detail && {
      results: /mcp-results.*\*$/s,
      queues: /:sqs:.*-\*$/s,
      functions: /:lambda:.*:function:\*$/s,
      '*': /^Resource::\*$/,
    };
    const what = Object.entries(wildcard || {}).find(([, pattern]) => pattern.test(detail!))?.[0] ?? detail;
    return (violatingResources ?? []).map(({ constructPath }) => {
      const path = constructPath!.slice(server.node.path.length + 1).replace(/(\/DefaultPolicy)?\/Resource$/, '');
      return [rule, path, what].filter(Boolean).join(' ');
    });
  });
  return findings.sort();
}

function server(props: McpLambdaServerProps = {}, stack = testStack()): McpLambdaServer {
  const mcp = new McpLambdaServer(stack, 'Mcp', props);
  mcp.addTool(testFunction(Stack.of(mcp)), { name: 'tool' });
  return mcp;
}

describe('the AwsSolutions pack of cdk-nag has only findings with a reason', () => {
  test('for a server with defaults', () => {
    expect(findingsOf(server())).toEqual(Object.keys(REASONS).sort());
  });

  test('for a server with a VPC and a KMS key', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    const mcp = server({ vpc: new ec2.Vpc(stack, 'Vpc'), encryptionKey }, stack);
    expect(findingsOf(mcp)).toEqual(Object.keys({ ...REASONS, ...IN_A_VPC }).sort());
  });

  test('for a server with a result bucket', () => {
    const stack = testStack();
    const results = 'IAM5 RuntimeRole results'; // objects are created at run time, with the server’s prefix
    const mcp = server({ resultBucket: new s3.Bucket(stack, 'Results') }, stack);
    expect(findingsOf(mcp)).toEqual([...Object.keys(REASONS), results].sort());
  });

  test('for a server with tasks', () => {
    expect(findingsOf(server({ tasks: true }))).toEqual(Object.keys(REASONS).sort());
  });

  test('for a server without legacySse', () => {
    const gone = /sse|message|Message|Sweeper|queues|Provider(Role)? \*/;
    const expected = Object.keys(REASONS).filter((finding) => !gone.test(finding));
    expect(findingsOf(server({ legacySse: false }))).toEqual(expected.sort());
  });
});
