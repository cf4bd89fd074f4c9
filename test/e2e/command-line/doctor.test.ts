/** `doctor` on deployed stacks: a healthy one, and one with planted faults. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { AddPermissionCommand, LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../../local/runner';
import { McpLambdaServer, type McpLambdaServerProps } from '../../../src';
import { announce, mcpLambda, stable } from '../support/command-line';

const HOUR_MS = 3_600_000;

interface Parts {
  readonly stack: Stack;
  readonly server: McpLambdaServer;
  fn(id: string, props?: Partial<lambda.FunctionProps>): lambda.Function;
}

async function start(props: McpLambdaServerProps, define: (parts: Parts) => void): Promise<Runner> {
  const app = new App({ outdir: join(mkdtempSync(join(tmpdir(), 'doctor-')), 'cdk.out') });
  const stack = new Stack(app, 'Orders');
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', ...props });
  const fn = (id: string, more: Partial<lambda.FunctionProps> = {}) =>
    new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => "hello";'),
      timeout: Duration.seconds(10),
      ...more,
    });
  define({ stack, server, fn });
  const { directory } = app.synth();
  return startRunner({ app: directory, port: 0, enforceAuth: true });
}

let healthy: Runner;
let faulty: Runner;
beforeAll(async () => {
  healthy = await start({}, ({ stack, server, fn }) => {
    server.addTool(fn('Lookup'), { name: 'lookup' });
    const alarm = server.metricToolErrors().createAlarm(stack, 'Errors', { threshold: 5, evaluationPeriods: 1 });
    alarm.addAlarmAction(new actions.SnsAction(new sns.Topic(stack, 'Topic')));
  });
  faulty = await start({ maxSessions: 900 }, ({ stack, server, fn }) => {
    const ghost = 'arn:aws:lambda:us-east-1:123456789012:function:ghost';
    server.addTool(lambda.Function.fromFunctionArn(stack, 'Ghost', ghost), { name: 'ghost' });
    server.addTool(fn('Slow', { timeout: Duration.minutes(2) }), { name: 'slow' });
    server.addTool(fn('Ruby', { runtime: lambda.Runtime.RUBY_3_4, code: lambda.Code.fromAsset('test/e2e/app') }), {
      name: 'ruby',
    });
    server.addTool(fn('Busy', { reservedConcurrentExecutions: 0 }), { name: 'busy' });
    server.addResourceTemplate(fn('Page'), { name: 'page', uriTemplate: 'docs://pages/{page}' });
    for (const id of ['Removed', 'Stale', 'Shadow']) Tags.of(fn(id)).add('mcp-server', 'orders');
    server.metricToolErrors().createAlarm(stack, 'Silent', { threshold: 5, evaluationPeriods: 1 });
    const message = server.messageFunction!.node.defaultChild as lambda.CfnFunction;
    message.reservedConcurrentExecutions = 0;
  });
  announce(healthy);
  announce(faulty);
  await plantFaults(faulty);
});
afterAll(async () => {
  await healthy?.close();
  await faulty?.close();
});

const urlOf = (runner: Runner) => runner.servers[0]!.mcp;

async function plantFaults(runner: Runner): Promise<void> {
  const config = { endpoint: runner.awsEndpointUrl, region: runner.region, credentials: runner.admin };
  const arnOf = (id: string) => runner.functions.find(({ name }) => name.includes(id))!.arn;
  const register = (body: object) =>
    mcpLambda(['register', '-', '--url', urlOf(runner)], { input: JSON.stringify(body) });
  await register([
    { type: 'tool', name: 'removed', lambdaArn: arnOf('Removed') },
    { type: 'tool', name: 'stale', lambdaArn: arnOf('Stale') },
    { type: 'resource', name: 'one', uri: 'docs://pages/1', lambdaArn: arnOf('Shadow') },
  ]);
  const sweeper = runner.functions.find(({ name }) => name.includes('SweeperFunction'))!;
  const { MCP_SERVER_ID: serverId, MCP_SESSION_TABLE: table } = sweeper.environment;
  const statement = { StatementId: `MCP-Execute-${serverId}` };
  const client = new LambdaClient(config);
  for (const id of ['Removed', 'Stale']) {
    await client.send(new RemovePermissionCommand({ FunctionName: arnOf(id), ...statement }));
  }
  const Principal = runner.functions.find(({ name }) => name.includes('Lookup') || name.includes('Slow'))!.roleArn;
  await client.send(
    new AddPermissionCommand({
      FunctionName: arnOf('Stale'),
      ...statement,
      Action: 'lambda:InvokeFunction',
      Principal,
    }),
  );
  await mcpLambda(['call', 'removed', '--url', urlOf(runner)]);
  await mcpLambda(['call', 'busy', '--url', urlOf(runner)]);
  const hoursAgo = Math.floor((Date.now() - 3 * HOUR_MS) / 1000);
  const QueueName = `${serverId}-${hoursAgo.toString(36)}-${'0'.repeat(25)}.fifo`;
  await new SQSClient(config).send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } }));
  const number = (milliseconds: number) => ({ N: String(Date.now() + milliseconds) });
  const Item = {
    pk: { S: 'sse' },
    sk: { S: '0'.repeat(32) },
    leaseUntil: number(-HOUR_MS),
    createdAt: number(-2 * HOUR_MS),
  };
  await new DynamoDBClient(config).send(new PutItemCommand({ TableName: table, Item }));
  await fetch(`${runner.servers[0]!.message}?sessionId=${'0'.repeat(32)}`, await signedPost(runner));
}

async function signedPost(runner: Runner): Promise<RequestInit> {
  const { signedFetch } = await import('../support/signed');
  const url = new URL(`${runner.servers[0]!.message}?sessionId=${'0'.repeat(32)}`);
  const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const headers = await signedFetch(runner.admin).headers('POST', url, body, { 'content-type': 'application/json' });
  return { method: 'POST', body, headers };
}

/** Output without names and numbers that differ between runs. */
const constant = (text: string) =>
  stable(text)
    .replaceAll(/\b\d+ ms\b/g, '9 ms')
    .replaceAll(/\d+ (?=invocations in the last hour, none)/g, '9 ')
    .replaceAll(/(?<=Busy\S* in the last hour: )\d+/g, '9')
    .replaceAll(/(?<=differs by )\d+/g, '0')
    .replaceAll(/orders-silent[\da-f-]+/g, 'orders-silent')
    .replaceAll(/mcp-[0-9a-f]{8}-[0-9a-f]{8}/g, 'mcp-1a2b3c4d-5e6f7a8b')
    .replaceAll(/Orders-(\w+?)[0-9A-F]{8}-?\w*/g, 'Orders-$1');

test('a healthy deployment has no fault', async () => {
  const { code, out, err } = await mcpLambda(['doctor', '--url', urlOf(healthy), '--hold', '1']);
  expect([code, err]).toEqual([0, '']);
  expect(constant(out)).toMatchInlineSnapshot(`
    "✓ reachability      http://127.0.0.1:3001/prod/mcp responds in 9 ms
    ✓ clock             differs by 0 s at most
    ✓ authorization     a request without credentials gets 403
    - sign-in           skipped: the server does not use OAuth: a request without credentials gets 403
    ✓ credentials       the credentials of this user are accepted by orders
    ✓ streams           the first event came after 9 ms, and the stream stays open for 1 s
    ✓ stack             Orders is CREATE_COMPLETE
    ✓ registry          1 registration
    ✓ functions         1 function of 1 registration
    ✓ invocations       Lambda refused no call of a registered function in the last hour
    ✓ server functions  9 invocations in the last hour, none failed or was throttled
    ✓ counters          no sessions, listeners or validations were refused in the last hour
    ✓ queues            no session queue or record is left over
    ✓ alarms            1 alarm with actions, none active
    ✓ quota             50 streams at most, of 1000 unreserved concurrent executions

    0 faults, 0 warnings in 15 checks
    "
  `);
});

test('names each planted fault, with evidence, cause and fix', async () => {
  const { code, out } = await mcpLambda(['doctor', '--url', urlOf(faulty), '--hold', '1']);
  expect(code).toBe(2);
  expect(constant(out)).toMatchSnapshot();
  for (const id of [
    'function-missing',
    'function-state',
    'timeout-mismatch',
    'permission-missing',
    'permission-stale',
    'function-not-invoked',
    'registration-shadowed',
    'function-throttled',
    'queues-not-swept',
    'sessions-not-swept',
    'alarm-without-action',
    'quota-headroom',
  ]) {
    expect(out).toContain(id);
  }
});
