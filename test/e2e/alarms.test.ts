import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseFaults } from '../../local/services/faults/file';
import { McpLambdaServer, McpSchema } from '../../src';
import { METRICS } from '../../src/private/contract';
import { ALARMS } from '../../src/private/infrastructure/alarm-definitions';
import { PeriodMetrics, stateOf } from '../support/alarm-state';
import { createOrphanRegistration, createOrphans } from './support/aws';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { openSession } from './support/sse';
import { until } from './support/until';

type AlarmName = keyof typeof ALARMS;

/** The alarms of the test app, by name. Runs are short, so a call of nine seconds is slow. */
function synthesise(): Record<string, any> {
  const stack = new Stack(new App(), 'E2e');
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'e2e', notifications: true });
  server.addAlarms({ overrides: { ToolDuration: { threshold: 8_000 } } });
  const alarms = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm');
  return Object.fromEntries(
    Object.entries(alarms).map(([id, { Properties }]) => [/^McpAlarms(\w+?)[0-9A-F]{8}$/.exec(id)![1], Properties]),
  );
}
const alarms = synthesise();

/** Each of these happens as often as it says, then never again. */
const FAULTS = JSON.stringify({
  seed: 1,
  faults: [
    { type: 'throttle', function: 'E2e-McpHttpFunction*', times: 6 },
    { type: 'reset', function: 'E2e-McpHttpFunction*', times: 2 },
    { type: 'error', service: 'dynamodb', operation: 'UpdateItem', caller: 'E2e-McpHttp*' },
    {
      type: 'error',
      service: 'lambda',
      operation: 'AddPermission',
      code: 'PolicyLengthExceededException',
      status: 400,
    },
  ],
});

let metrics = new PeriodMetrics();
let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    server: {
      notifications: true,
      limits: { sessions: 1, listeners: 1 },
      registrableFunctions: ['arn:aws:lambda:us-east-1:123456789012:function:*'],
    },
    faults: parseFaults(FAULTS),
    onLog: ({ text }) => metrics.addLine(text),
    // CloudWatch gets these metrics from Lambda, which emits them for what happens to invocations
    onFault: ({ fault: { type }, target }) => {
      const [, FunctionName] = /^invocation of (\w+)$/.exec(target) ?? [];
      const name = { throttle: 'Throttles', reset: 'Errors' }[type as string];
      if (FunctionName && name) metrics.add('AWS/Lambda', name, { FunctionName }, 1);
    },
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), { name: 'limited', limit: { dailyCalls: 1 } });
      server.addTool(fn('echo'), {
        name: 'validated',
        inputSchema: McpSchema.fromObject({ type: 'object', properties: { message: { pattern: '^(a+)+$' } } }),
      });
    },
  });
  fixture.runner.setFaults(false);
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** Calls a tool. Counts the status as API Gateway does. */
async function call(name: string, args: object = {}): Promise<number> {
  const { status } = await fetch(fixture.mcpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }),
  });
  const dimensions = { ApiName: 'e2e', Stage: 'prod' };
  metrics.add('AWS/ApiGateway', '5XXError', dimensions, status >= 500 ? 1 : 0);
  return status;
}
const calls = (count: number, name: string, args?: object) =>
  Promise.all(Array.from({ length: count }, () => call(name, args)));

/** The alarms that ring. */
const ringing = () => Object.keys(alarms).filter((name) => stateOf(alarms[name], metrics) === 'ALARM');
const sum = (name: string) => metrics.statistic(METRICS.NAMESPACE, name, { Server: 'e2e' }, 'Sum');

test('a healthy server rings no alarm', async () => {
  metrics = new PeriodMetrics();
  const sse = await sseClient(fixture);
  const http = await httpClient(fixture);
  for (const client of [sse, http]) {
    for (let n = 0; n < 12; n++) await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
    await client.close();
  }
  await fixture.runner.fireSchedule('Sweep');
  await until(
    'the metrics',
    () => sum('ToolCalls') === 24 && sum('SessionsOpened') && sum('QueuesSwept') !== undefined,
  );
  expect(ringing()).toEqual([]);
});

/** What makes each alarm ring. Several alarms may ring for one reason. */
const TROUBLES: ReadonlyArray<readonly [name: AlarmName, others: AlarmName[], cause: () => Promise<unknown>]> = [
  ['ToolErrorRate', [], () => calls(24, 'fail')],
  ['ToolDuration', [], () => calls(3, 'slow', { seconds: 9 })],
  [
    'CallsRefused',
    [],
    async () => {
      while ((sum('CallsRefused') ?? 0) <= 100) await calls(4, 'limited', { message: 'hi' });
    },
  ],
  ['ValidationsStopped', [], () => call('validated', { message: `${'a'.repeat(40)}!` })],
  [
    'ServerErrors',
    ['FunctionErrors', 'FunctionThrottles'],
    async () => {
      fixture.runner.setFaults(true);
      for (let n = 0; n < 8; n++) await call('echo', { message: 'hi' });
      fixture.runner.setFaults(false);
    },
  ],
  [
    'CallsNotCounted',
    [],
    async () => {
      fixture.runner.setFaults(true);
      await call('limited', { message: 'hi' });
      fixture.runner.setFaults(false);
    },
  ],
  [
    'SessionsRejected',
    [],
    async () => {
      await using _ = await openSession(fixture);
      expect((await fetch(fixture.sseUrl, { headers: { accept: 'text/event-stream' } })).status).toBe(503);
    },
  ],
  ['ListenersRejected', [], () => listen(2)],
  [
    'QueuesSwept',
    [],
    async () => {
      await createOrphans(fixture);
      await fixture.runner.fireSchedule('Sweep');
    },
  ],
  [
    'ShadowedRegistrations',
    [],
    async () => {
      const lambdaArn = fixture.functionArn('documents');
      const body = JSON.stringify({ type: 'resource', name: 'shadowed', uri: 'docs://pages/7', lambdaArn });
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(fixture.registerUrl, { method: 'POST', headers, body })).status).toBe(201);
      await until('the catalog', () => call('echo', { message: 'hi' }).then(() => sum('ShadowedRegistrations')));
      await fetch(`${fixture.registerUrl.href}/resource-shadowed`, { method: 'DELETE' });
    },
  ],
  ['PermissionsNotRenewed', [], renewPermissions],
];

describe.each(TROUBLES)('%s', (name, others, cause) => {
  test('rings', async () => {
    metrics = new PeriodMetrics();
    await cause();
    await until('the metrics', () => ringing().includes(name));
    expect(ringing().sort()).toEqual([name, ...others].sort());
  });
});

test('every alarm has been evaluated', () => {
  const evaluated = TROUBLES.flatMap(([name, others]) => [name, ...others]);
  expect(evaluated.sort()).toEqual(Object.keys(ALARMS).sort());
  expect(Object.keys(alarms).sort()).toEqual(Object.keys(ALARMS).sort());
});

/** Connects clients that listen for notifications, each in a session of its own. */
async function listen(count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => httpClient(fixture)));
  await until('a rejection', () => sum('ListenersRejected'));
  for (const client of clients) await client.close();
}

/** Sends the registration provider what CloudFormation sends when the runtime role is replaced, while Lambda refuses its statement. */
async function renewPermissions(): Promise<void> {
  await createOrphanRegistration(fixture, fixture.functionArn('echo'), 'tool-late');
  const { arn } = fixture.runner.functions.find(({ handler }) => handler === 'index.provider')!;
  const client = new LambdaClient({
    region: fixture.runner.region,
    endpoint: fixture.runner.awsEndpointUrl,
    credentials: fixture.runner.admin,
  });
  const event = {
    RequestType: 'Update',
    ResourceType: 'Custom::McpLambdaServer',
    PhysicalResourceId: 'mcp',
    LogicalResourceId: 'Lifecycle',
    StackId: 'stack',
    RequestId: 'r',
    ResponseURL: 'http://127.0.0.1:9/',
    ResourceProperties: {},
    OldResourceProperties: {},
  };
  fixture.runner.setFaults(true);
  await client.send(new InvokeCommand({ FunctionName: arn, Payload: JSON.stringify(event) }));
  fixture.runner.setFaults(false);
  client.destroy();
}
