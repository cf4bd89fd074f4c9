import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetPolicyCommand, LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mcpLambda, stable } from '../e2e/support/command-line';
import { policy } from '../support/iam-policies';
import {
  changed,
  synthesiseExample,
  warehouse,
  withoutMetricMath,
  withoutPrincipalCondition,
} from './support/assemblies';
import { MiniStack } from './support/ministack';

/*
 * Runs each command for a deployed server as a process against MiniStack, which shares no code with the local runner. docs/second-opinion.md
 * lists its gaps; the tests below fail when one is closed.
 */
const REGION = 'us-east-1';
const ACCOUNT = '111122223333';
const STOCK_LEVEL = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:stock-level`;
const SESSION_ID = '0123456789abcdef0123456789abcdef';

/** What `doctor --json` prints. */
interface Checks {
  readonly checks: ReadonlyArray<{
    check: string;
    ok?: string;
    skipped?: string;
    faults?: ReadonlyArray<{ id: string }>;
  }>;
}

let aws: MiniStack;
/** Address of the server that needs no DNS. */
let url: string;
let registrations: string;
/** Physical ids of the example's resources by logical id. */
const resources = new Map<string, string>();

beforeAll(async () => {
  aws = await MiniStack.start();
  await aws.bootstrap();
  const assembly = changed(synthesiseExample(), 'Orders', (template) => {
    withoutMetricMath(template);
    withoutPrincipalCondition(template);
  });
  for (const app of [assembly, warehouse()]) {
    await aws.cdk('deploy', '--all', '--require-approval', 'never', '--app', app);
  }
  const client = new CloudFormationClient(aws.client);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'Orders' }));
  const urls = Stacks![0]!.Outputs!.map(({ OutputValue }) => OutputValue!);
  url = aws.stageUrl(urls.find((each) => each.endsWith('/mcp'))!);
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: 'Orders' })) {
    for (const each of StackResourceSummaries) resources.set(each.LogicalResourceId!, each.PhysicalResourceId!);
  }
  registrations = join(mkdtempSync(join(tmpdir(), 'registrations-')), 'all.yaml');
  writeFileSync(
    registrations,
    `registrations:\n  - type: tool\n    name: stock_level\n    lambdaArn: ${STOCK_LEVEL}\n    parameters: { item: string }\n`,
  );
});

afterAll(async () => {
  await aws?.[Symbol.asyncDispose]();
});

const root = () => ({ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
const environment = (keys: Record<string, string>) => ({
  AWS_ENDPOINT_URL: aws.endpoint,
  AWS_REGION: REGION,
  ...keys,
});

/** Runs a command for the stack, which reads its resources only. */
const run = (...args: string[]) => mcpLambda([...args, '--stack', 'Orders'], { env: environment(root()) });
/** Runs a command for the stack that sends requests to the server. */
const runAt = (...args: string[]) => run(...args, '--url', url);

/** Finds the physical id of the resource whose logical id the CDK derived from a name and a hash. */
function idLike(name: string): string {
  return [...resources].find(([id]) => new RegExp(`^${name}[0-9A-F]{8}$`).test(id))![1];
}

const clean = (text: string) =>
  stable(text)
    .replaceAll(/restapis\/\w+/g, 'restapis/a1b2c3d4')
    .replaceAll(/stack\/(\w+)\/[\w-]+/g, 'stack/$1/…')
    .replaceAll(/ +\d+ ms/g, ' 9 ms');

describe('a command that reads the stack', () => {
  test('status shows functions, sessions and what the server answers', async () => {
    const { code, out, err } = await runAt('status');
    expect([code, err]).toEqual([0, '']);
    // MiniStack does not stream, so no request to /mcp succeeds
    expect(clean(out)).toMatchInlineSnapshot(`
      "orders 1.0.0
      health           does not answer: 127.0.0.1:3001 returned 500: Internal server error
      Streamable HTTP  http://127.0.0.1:3001/restapis/a1b2c3d4/prod/_user_request_/mcp
      HTTP+SSE         http://127.0.0.1:3001/restapis/a1b2c3d4/prod/_user_request_/sse
      Registration     http://127.0.0.1:3001/restapis/a1b2c3d4/prod/_user_request_/register
      authorization    AWS_IAM
      stack            Orders (CREATE_COMPLETE)

      Now
      SSE sessions      0 of 50
      listeners         0 of 50
      tasks             0 of 100
      sessions on /mcp  0 opened in this hour and the last

      Last 1 h
      tool calls    none
      SSE sessions  0 opened, 0 rejected

      FUNCTION              INVOCATIONS  ERRORS  THROTTLES  SLOWEST  RUNTIME
      MessageFunction       0            0       0          -        nodejs24.x
      HttpFunction          0            0       0          -        nodejs24.x
      SseFunction           0            0       0          -        nodejs24.x
      SweeperFunction       0            0       0          -        nodejs24.x
      RegistrationProvider  0            0       0          -        nodejs24.x
      RegistrationFunction  0            0       0          -        nodejs24.x
      "
    `);
  });

  test('sessions lists a stream, sessions end removes it', async () => {
    const [leaseUntil, createdAt] = [String(Date.now() + 600_000), String(Date.now() - 60_000)];
    const Item = {
      pk: { S: 'sse' },
      sk: { S: SESSION_ID },
      principal: { S: `arn:aws:sts::${ACCOUNT}:assumed-role/Agent/ada` },
      leaseUntil: { N: leaseUntil },
      createdAt: { N: createdAt },
    };
    await new DynamoDBClient(aws.client).send(new PutItemCommand({ TableName: idLike('McpSessionTable'), Item }));
    const { out } = await run('sessions');
    expect(out).toMatch(/^ID .*\n[0-9a-f]{12} {2}sse {3}open {3}1 m {2}arn:aws:sts::\d+:assumed-role\/Agent\/ada\n$/);
    const { open } = JSON.parse((await run('sessions', '--json')).out);
    expect((await run('sessions', 'end', open[0].name)).out).toContain('(sse) ended: its stream closes');
    expect(JSON.parse((await run('sessions', '--json')).out)).toMatchObject({ open: [], lost: [] });
  });

  test('cost and status read metrics', async () => {
    const FunctionName = idLike('McpHttpFunction');
    await putMetric('AWS/Lambda', 'Duration', { FunctionName }, 7_200_000);
    await putMetric('AWS/Lambda', 'Invocations', { FunctionName }, 12);
    await putMetric('McpLambda', 'ToolCalls', { Server: 'orders' }, 10);
    await putMetric('McpLambda', 'ToolDuration', { Server: 'orders' }, 150);
    const { measured, offers } = JSON.parse((await run('cost', '--period', '1h', '--json')).out);
    expect(measured).toMatchObject({ calls: 10, requests: 12 });
    expect(offers[0].parts).toContainEqual(
      expect.objectContaining({ name: 'HTTP function, 512 MiB', formula: expect.stringMatching(/^2\.63 M GB-s/) }),
    );
    expect((await run('status')).out).toMatch(/tool calls +10, 0 errors \(0\.0 %\), 150 ms on average/);
  });

  test('audit prints the changes of the deployment', async () => {
    const { code, out, err } = await run('audit', '--since', '1h');
    expect([code, err]).toEqual([0, expect.stringMatching(/^\d+ records, 0 failed, 2 callers\n$/)]);
    expect(clean(out)).toContain('2026-11-26 12:00:00 ✓ create tool-echo 9 ms  stack/Orders/…\n');
  });

  test('explains an unknown stack, a stack without a server and missing credentials', async () => {
    const explain = async (stack: string, keys = root()) =>
      (await mcpLambda(['status', '--stack', stack], { env: environment(keys) })).err;
    expect(await explain('Other')).toContain('mcp-lambda: Stack with id Other does not exist\n  → check --stack');
    expect(await explain('Shipping')).toContain('mcp-lambda: stack Shipping has no MCP server');
    expect(await explain('Orders', {} as ReturnType<typeof root>)).toContain('cannot find AWS credentials');
  });
});

describe('registrations', () => {
  test('plan shows the difference, apply makes it, and again changes nothing', async () => {
    expect(await runAt('plan', registrations, '--exit-code')).toMatchObject({
      code: 2,
      out: '+ tool-stock_level\n\n1 to create, 0 to change, 0 to remove, 0 unchanged\n',
    });
    expect((await runAt('apply', registrations, '--yes')).out).toContain('tool-stock_level created\n');
    const again = await runAt('apply', registrations, '--yes');
    expect(again).toMatchObject({ code: 0, out: '0 to create, 0 to change, 0 to remove, 1 unchanged\n' });
  });

  test('register replaces, unregister removes, and each change leaves an audit record', async () => {
    expect((await runAt('register', registrations)).err).toContain('tool-stock_level already exists');
    expect((await runAt('register', registrations, '--replace')).out).toContain('replaced, revision 2');
    expect((await runAt('unregister', 'tool-stock_level')).out).toBe('tool-stock_level removed\n');
    const { out } = await run('audit', '--json', '--caller', 'root');
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const changes = records.filter(({ registration }) => registration === 'tool-stock_level');
    expect(changes.map(({ action, caller }) => `${action} ${caller}`)).toEqual(
      ['create', 'replace', 'remove'].map((action) => `${action} arn:aws:iam::${ACCOUNT}:root`),
    );
  });

  test('register explains a refusal of the server', async () => {
    const untagged = JSON.stringify({
      type: 'tool',
      name: 'x',
      lambdaArn: STOCK_LEVEL.replace('stock-level', 'untagged'),
    });
    const args = ['register', '-', '--stack', 'Orders', '--url', url];
    const { code, err } = await mcpLambda(args, { env: environment(root()), input: untagged });
    expect([code, err]).toEqual([1, expect.stringContaining('its owner must add the tag mcp-server = orders')]);
  });

  test('tail prints a change as it happens, and stops at Ctrl-C', async () => {
    const child = spawn(process.execPath, ['bin/mcp-lambda', 'tail', '--stack', 'Orders'], {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...environment(root()) },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    await expect.poll(() => err, { timeout: 20_000 }).toContain('press Ctrl-C');
    await runAt('register', registrations);
    await expect.poll(() => out, { timeout: 20_000 }).toContain('create tool-stock_level');
    child.kill('SIGINT');
    expect(await new Promise((done) => child.once('close', done))).toBe(0);
    expect(clean(out)).toMatch(/^\d\d:\d\d:\d\d ✓ create tool-stock_level 9 ms {2}root\n$/);
  });
});

test('doctor names a removed permission', async () => {
  await runAt('apply', registrations, '--yes');
  const functions = new LambdaClient(aws.client);
  const { Policy } = await functions.send(new GetPolicyCommand({ FunctionName: 'stock-level' }));
  const [{ Sid }] = JSON.parse(Policy!).Statement;
  await functions.send(new RemovePermissionCommand({ FunctionName: 'stock-level', StatementId: Sid }));
  const { code, out } = await runAt('doctor', '--json');
  const { checks } = JSON.parse(out) as Checks;
  const results = checks.map(
    ({ check, ok, faults }) => `${check}: ${ok ? 'ok' : (faults?.map(({ id }) => id).join() ?? '-')}`,
  );
  // those of credentials and streams are limitations of MiniStack
  expect([code, ...results]).toMatchInlineSnapshot(`
    [
      2,
      "reachability: ok",
      "clock: ok",
      "authorization: ok",
      "sign-in: -",
      "credentials: server-error",
      "streams: stream-rejected",
      "stack: ok",
      "registry: ok",
      "functions: permission-missing",
      "invocations: ok",
      "server functions: ok",
      "counters: ok",
      "queues: sweeper-not-running",
      "alarms: alarm-without-action",
      "quota: ok",
    ]
  `);
});

describe('gaps', () => {
  test.each([
    ['tools'],
    ['resources'],
    ['prompts'],
    ['call', 'echo', 'message=hello'],
    ['read', 'orders://policies/returns'],
    ['prompt', 'write_reply', 'orderId=A-1001'],
  ])('no ResponseTransferMode: %s fails', async (...args) => {
    const { code, out, err } = await runAt(...args);
    expect([code, out, stable(err)]).toEqual([
      1,
      '',
      'mcp-lambda: 127.0.0.1:3001 returned 500: Internal server error\n',
    ]);
  });

  test('no ResponseTransferMode: connect reports the error of each message to the client', async () => {
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const args = ['connect', '--stack', 'Orders', '--url', url];
    const { code, out } = await mcpLambda(args, { env: environment(root()), input: `${JSON.stringify(ping)}\n` });
    expect([code, JSON.parse(out)]).toMatchObject([0, { id: 1, error: { message: expect.stringContaining('500') } }]);
  });

  test('no filter patterns in FilterLogEvents: audit prints the records of all tools', async () => {
    expect((await run('audit', '--tool', 'nothing')).out).toContain('create tool-echo');
  });

  test('no metrics of Lambda and of log lines: status does not count invocations', async () => {
    const { functions } = JSON.parse((await run('status', '--json')).out);
    expect(functions.find(({ name }: { name: string }) => name === 'RegistrationFunction').invocations).toBe(0);
  });

  test('no condition key dynamodb:LeadingKeys: docs/iam/operate.json allows all calls but those of the session table', async () => {
    const operator = await operatorKeys();
    const as = (...args: string[]) => mcpLambda([...args, '--stack', 'Orders'], { env: environment(operator) });
    expect((await as('audit')).code).toBe(0);
    expect((await as('cost')).code).toBe(0);
    expect((await as('plan', registrations, '--url', url)).code).toBe(0);
    expect((await as('unregister', 'tool-stock_level', '--url', url)).err).toContain('docs/iam/register.json');
    const { out } = await as('doctor', '--url', url, '--json');
    const { checks } = JSON.parse(out) as Checks;
    const skipped = checks.filter((each) => each.skipped !== undefined).map(({ check }) => check);
    expect(skipped).toEqual(['sign-in', 'credentials', 'streams', 'queues']);
    expect((await as('sessions')).err).toContain(
      'no identity-based policy allows the dynamodb:Query action\n  → docs/iam/operate.json',
    );
  });
});

test('doctor names a deleted table once', async () => {
  await new DynamoDBClient(aws.client).send(new DeleteTableCommand({ TableName: idLike('McpSessionTable') }));
  const { checks } = JSON.parse((await runAt('doctor', '--json')).out) as Checks;
  const found = checks.filter(({ faults }) => faults?.some(({ id }) => id === 'resource-missing'));
  expect(found.map(({ check }) => check)).toEqual(['queues']);
});

async function putMetric(Namespace: string, MetricName: string, dimensions: Record<string, string>, Value: number) {
  const Dimensions = Object.entries(dimensions).map(([Name, value]) => ({ Name, Value: value }));
  await new CloudWatchClient(aws.client).send(
    new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName, Dimensions, Value, Timestamp: new Date() }] }),
  );
}

/** Creates a role with docs/iam/operate.json. Returns the credentials of a session. */
async function operatorKeys(): Promise<Record<string, string>> {
  const document = policy('operate', {
    Partition: 'aws',
    Region: REGION,
    Account: ACCOUNT,
    StackName: 'Orders',
    ApiId: new URL(url).pathname.split('/')[2]!,
    SessionTableArn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${idLike('McpSessionTable')}`,
    LogGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${idLike('McpLogGroup')}`,
  });
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const Properties = {
    RoleName: 'Operator',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
    },
    Policies: [{ PolicyName: 'operate', PolicyDocument: document }],
  };
  const StackName = 'Operators';
  const cloudFormation = new CloudFormationClient(aws.client);
  await cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify({ Resources: { Role: { Type: 'AWS::IAM::Role', Properties } } }),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  await expect
    .poll(async () => (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!.StackStatus)
    .toBe('CREATE_COMPLETE');
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/Operator`;
  const { Credentials } = await new STSClient(aws.client).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'ada' }),
  );
  return {
    AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
    AWS_SESSION_TOKEN: Credentials!.SessionToken!,
  };
}
