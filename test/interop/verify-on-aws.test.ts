import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AwsTarget } from '../../scripts/verify-on-aws/targets/aws-target.mjs';
import type { Outputs } from '../../scripts/verify-on-aws/targets/target.mjs';
import { MiniStack } from './support/ministack';

/*
 * How `npm run verify:aws` deploys to an account: CDK, outputs, roles, deletion. Runs in MiniStack with the smallest stack, because the
 * others use features that MiniStack lacks (docs/second-opinion.md). The checks run in test/e2e/verify-on-aws.test.ts.
 */
let aws: MiniStack;
let target: AwsTarget;
let outputs: Outputs;
let output = '';

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
      output += text;
    },
  });
  outputs = await target.deploy({});
});

afterAll(async () => {
  await target?.close();
  vi.unstubAllEnvs();
  await aws?.[Symbol.asyncDispose]();
});

test('deploys the stack and reads its outputs', async () => {
  expect(await stacks()).toEqual(['CDKToolkit', ...target.stacks]);
  expect(outputs).toEqual({
    'McpVerify-x1-External': expect.objectContaining({
      TaggedArn: expect.stringMatching(/^arn:aws:lambda:us-east-1:111122223333:function:McpVerify-x1-External-Tagged/),
      UntaggedArn: expect.stringContaining('-Untagged'),
      AliasArn: expect.stringMatching(/:function:McpVerify-x1-External-Tagged\w+-\w+:live$/),
      SharedArn: expect.stringContaining('-Shared'),
      Many9Arn: expect.stringContaining('-Many9'),
    }),
  });
  expect(output).toContain('CREATE_COMPLETE');
});

test('assumes a role once for many requests', async () => {
  const role = 'arn:aws:iam::111122223333:role/cdk-hnb659fds-deploy-role-111122223333-us-east-1';
  const credentials = target.credentialsOf('Alice', role);
  const { Arn } = await new STSClient({ ...aws.client, credentials }).send(new GetCallerIdentityCommand({}));
  expect(Arn).toMatch(/:assumed-role\/cdk-.*\/verify-Alice$/);
  const [first, ...others] = await Promise.all([credentials(), credentials(), credentials()]);
  for (const keys of others) expect(keys.accessKeyId).toBe(first.accessKeyId);
});

test('deletes the stacks it deployed', async () => {
  expect(await target.destroy()).toEqual([]);
  expect(await stacks()).toEqual(['CDKToolkit']);
});

test('a failed deployment reports the output of the CDK CLI', async () => {
  const unbootstrapped = new AwsTarget({ run: 'x2', region: 'eu-central-1', onOutput: () => {} });
  await expect(unbootstrapped.deploy({})).rejects.toThrow(
    /^cdk deploy failed with exit code 1:\n[\s\S]*Has the environment been bootstrapped\?/,
  );
  await unbootstrapped.close();
});

async function stacks(): Promise<string[]> {
  const { Stacks = [] } = await new CloudFormationClient(aws.client).send(new DescribeStacksCommand({}));
  return Stacks.map(({ StackName }) => StackName!).sort();
}
