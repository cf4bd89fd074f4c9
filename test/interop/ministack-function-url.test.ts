import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpEndpoint, McpLambdaServer } from '../../src';
import { signedFetch } from '../e2e/support/signed';
import { MiniStack } from './support/ministack';

/*
 * Cross-checks a server at a function URL with MiniStack: the template, the grants, and the events of function URLs. docs/second-opinion.md
 * lists its gaps: it cannot run the streaming function of `/mcp`, and does not state the caller.
 */
let aws: MiniStack;
let outputs: Record<string, string>;

beforeAll(async () => {
  aws = await MiniStack.start();
  await aws.bootstrap();
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'ministack-url-')) });
  defineServer(new Stack(app, 'Cheap'));
  await aws.cdk('deploy', '--all', '--require-approval', 'never', '--app', app.synth().directory);
  const { Stacks } = await new CloudFormationClient(aws.client).send(new DescribeStacksCommand({ StackName: 'Cheap' }));
  outputs = Object.fromEntries(Stacks![0]!.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
});

afterAll(async () => {
  await aws?.[Symbol.asyncDispose]();
});

function defineServer(stack: Stack): void {
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'cheap', endpoint: McpEndpoint.functionUrl() });
  const echo = new lambda.Function(stack, 'Echo', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => "echo";'),
  });
  server.addTool(echo, { name: 'echo' });
  const role = (id: string) => {
    const created = new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
    new CfnOutput(stack, `${id}Arn`, { value: created.roleArn });
    return created;
  };
  server.grantConnect(role('Connects'));
  server.grantRegister(role('Registers'));
  new CfnOutput(stack, 'Register', { value: server.registrationUrl });
}

/** Returns a URL of a function that needs no DNS. */
function local(deployedUrl: string): URL {
  const { host, pathname, search } = new URL(deployedUrl);
  return new URL(`${aws.endpoint}/_aws/lambda-url/${host.split('.')[0]}${pathname}${search}`);
}

async function signedAs(role: string) {
  const RoleArn = outputs[`${role}Arn`];
  const { Credentials } = await new STSClient(aws.client).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'client' }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const keys = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken };
  return signedFetch(keys, 'lambda').fetch;
}

test('a caller with grantRegister() reaches the function, which receives the path', async () => {
  const send = await signedAs('Registers');
  const other = await send('GET', local(outputs.Register!.replace('/register', '/other')));
  expect([other.status, await other.text()]).toEqual([404, expect.stringContaining('use /register')]);
});

test('gap: events do not state the caller, so that the function rejects it', async () => {
  const send = await signedAs('Registers');
  const list = await send('GET', local(outputs.Register!));
  expect([list.status, await list.text()]).toEqual([403, expect.stringContaining('the caller has no identity')]);
});

test('rejects unsigned requests, and callers with grantConnect() only', async () => {
  expect((await fetch(local(outputs.Register!))).status).toBe(403);
  const send = await signedAs('Connects');
  expect((await send('GET', local(outputs.Register!))).status).toBe(403);
});
