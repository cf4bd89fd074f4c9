import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AwsTarget } from '../../scripts/verify-on-aws/targets/aws.mjs';
import type { Outputs } from '../../scripts/verify-on-aws/targets/target.mjs';
import { MiniStack } from './support/ministack';

/*
 * How `npm run verify:aws` deals with an account: CDK, outputs, roles, deletion. Tried in MiniStack with the smallest of its stacks,
 * for the others use what MiniStack cannot do (docs/second-opinion.md); the checks run in test/e2e/verify-on-aws.test.ts.
 */
let aws: MiniStack;
let target: AwsTarget;
let outputs: Outputs;
let written = '';

beforeAll(async () => {
  aws = await MiniStack.start();
  await aws.bootstrap();
  const { accessKeyId, secretAccessKey } = aws.client.credentials;
  const environment = {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...aws.cdkEnvironment,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  target = new AwsTarget({
    run: 'x1',
    region: aws.client.region,
    onOutput: (text) => {
      written += text;
    },
  });
  outputs = await target.deploy({});
});

afterAll(async () => {
  await target?.close();
  vi.unstubAllEnvs();
  await aws?.[Symbol.asyncDispose]();
});

test('deploys, and reads the outputs', async () => {
  expect(await stacks()).toEqual(['CDKToolkit', ...target.stacks]);
  expect(outputs).toEqual({
    'McpVerify-x1-Neighbours': {
      TaggedArn: expect.stringMatching(
        /^arn:aws:lambda:us-east-1:111122223333:function:McpVerify-x1-Neighbours-Tagged/,
      ),
      UntaggedArn: expect.stringContaining('-Untagged'),
    },
  });
  expect(written).toContain('CREATE_COMPLETE');
});

test('takes a role that the account lets it take, once for many requests', async () => {
  const role = 'arn:aws:iam::111122223333:role/cdk-hnb659fds-deploy-role-111122223333-us-east-1';
  const credentials = target.credentialsOf('Alice', role);
  const { Arn } = await new STSClient({ ...aws.client, credentials }).send(new GetCallerIdentityCommand({}));
  expect(Arn).toMatch(/:assumed-role\/cdk-.*\/verify-Alice$/);
  const [first, ...others] = await Promise.all([credentials(), credentials(), credentials()]);
  for (const keys of others) expect(keys.accessKeyId).toBe(first.accessKeyId);
});

test('deletes what it has deployed', async () => {
  expect(await target.destroy()).toEqual([]);
  expect(await stacks()).toEqual(['CDKToolkit']);
});

test('a deployment that fails says what the CDK said', async () => {
  const elsewhere = new AwsTarget({ run: 'x2', region: 'eu-central-1', onOutput: () => {} });
  await expect(elsewhere.deploy({})).rejects.toThrow(
    /^cdk deploy failed \(exit code 1\):\n[\s\S]*Has the environment been bootstrapped\?/,
  );
  await elsewhere.close();
});

async function stacks(): Promise<string[]> {
  const { Stacks = [] } = await new CloudFormationClient(aws.client).send(new DescribeStacksCommand({}));
  return Stacks.map(({ StackName }) => StackName!).sort();
}
