/** Each policy of docs/iam as the only policy of a user: it allows its purpose and denies everything else. */
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  AddPermissionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { CfnOutput, Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishUpdate } from '../../local/notify/publish';
import type { Credentials } from '../../local/services/iam/service';
import { policy } from '../support/iam-policies';
import { type Fixture, startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { openSession } from './support/sse';

let fixture: Fixture;
let values: Record<string, string>;
beforeAll(async () => {
  fixture = await startFixture({
    enforceAuth: true,
    server: { notifications: true },
    extend: ({ stack, server, fn }) => {
      Tags.of(fn('echo')).add('mcp-server', 'e2e');
      const output = (id: string, value: string) => new CfnOutput(stack, id, { value });
      output('Region', stack.region);
      output('Account', stack.account);
      output('ApiId', server.restApiId);
      output('RuntimeRoleArn', server.runtimeRoleArn);
      output('SessionTableArn', server.sessionTable.tableArn);
      output('SessionTable', server.sessionTable.tableName);
      output('LogGroupArn', server.logGroup.logGroupArn);
      output('FunctionName', fn('slow').functionName);
    },
  });
  const outputs = fixture.runner.outputs.E2e as Record<string, string>;
  const LogGroupArn = outputs.LogGroupArn.replace(/:\*$/, '');
  values = { ...outputs, LogGroupArn, Partition: 'aws', StackName: 'E2e', ServerName: 'e2e' };
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const keysOf = (name: string): Credentials => fixture.runner.issueCredentials(name, [policy(name, values)]);

/** Sends requests as a user with one policy. */
function userWith(name: string) {
  const { fetch: send, headers } = signedFetch(keysOf(name));
  const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const status = async (method: string, url: URL, body?: object) => {
    const response = await send(method, url, body && JSON.stringify(body), body ? json : {});
    await response.body?.cancel();
    return response.status;
  };
  return { status, headers };
}

const at = (path: string) => new URL(`${fixture.registerUrl}${path}`);
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
const tool = () => ({ type: 'tool', name: 'mine', lambdaArn: fixture.functionArn('echo') });

test('connect: allows MCP and denies the Registration API', async () => {
  const { status, headers } = userWith('connect');
  for (const path of ['', '/billing']) expect(await status('POST', new URL(fixture.mcpUrl + path), list)).toBe(200);
  const session = await openSession({ sseUrl: fixture.sseUrl }, await headers('GET', fixture.sseUrl));
  expect(await status('POST', session.messageUrl, list)).toBe(202);
  session.disconnect();
  for (const [method, path] of [
    ['GET', ''],
    ['POST', ''],
    ['GET', '/tool-echo'],
    ['DELETE', '/tool-echo'],
  ]) {
    expect(await status(method, at(path)), `${method} ${path}`).toBe(403);
  }
});

test('register: allows the Registration API and denies MCP', async () => {
  const { status } = userWith('register');
  expect(await status('POST', at(''), tool())).toBe(201);
  expect(await status('GET', at(''))).toBe(200);
  expect(await status('GET', at('/tool-mine'))).toBe(200);
  expect(await status('PUT', at('/tool-mine'), { ...tool(), title: 'Mine' })).toBe(200);
  expect(await status('DELETE', at('/tool-mine'))).toBe(204);
  for (const path of ['', '/register']) expect(await status('POST', new URL(fixture.mcpUrl + path), list)).toBe(403);
  expect(await status('GET', fixture.sseUrl)).toBe(403);
  expect(await status('POST', fixture.messageUrl, list)).toBe(403);
});

test('operate: allows reading registrations and denies changes', async () => {
  const { status } = userWith('operate');
  expect(await status('GET', at(''))).toBe(200);
  expect(await status('GET', at('/tool-echo'))).toBe(200);
  expect(await status('POST', at(''), tool())).toBe(403);
  expect(await status('DELETE', at('/tool-echo'))).toBe(403);
  expect(await status('POST', fixture.mcpUrl, list)).toBe(403);
});

test('own-function: allows granting only the server’s role, and only on this function', async () => {
  const lambda = new LambdaClient({
    endpoint: fixture.runner.awsEndpointUrl,
    region: values.Region,
    credentials: keysOf('own-function'),
  });
  const { FunctionName, RuntimeRoleArn } = values;
  const permit = (name: string, Principal: string) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName: name,
        StatementId: 'LetMcpServerInvoke',
        Action: 'lambda:InvokeFunction',
        Principal,
      }),
    );
  const denied = { name: 'AccessDeniedException' };

  await permit(FunctionName, RuntimeRoleArn);
  const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  expect(JSON.parse(Policy!).Statement).toEqual(policy('let-server-invoke', values).Statement);
  await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'LetMcpServerInvoke' }));

  await expect(permit(FunctionName, '*')).rejects.toMatchObject(denied);
  await expect(permit(fixture.functionArn('echo'), RuntimeRoleArn)).rejects.toMatchObject(denied);
  await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject(denied);
  lambda.destroy();
});

test('notify: allows publishing updates and denies other access to the session table', async () => {
  const dynamoDb = new DynamoDBClient({
    endpoint: fixture.runner.awsEndpointUrl,
    region: values.Region,
    credentials: keysOf('notify'),
  });
  const TableName = values.SessionTable;
  await publishUpdate(dynamoDb, TableName, 'docs://readme');
  const denied = { name: 'AccessDeniedException' };
  const Item = { pk: { S: 'keys' }, sk: { S: '1' } };
  await expect(dynamoDb.send(new PutItemCommand({ TableName, Item }))).rejects.toMatchObject(denied);
  await expect(dynamoDb.send(new ScanCommand({ TableName }))).rejects.toMatchObject(denied);
  dynamoDb.destroy();
});
