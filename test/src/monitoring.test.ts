import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { type McpAlarmsOptions, McpEndpoint, McpLambdaServer } from '../../src';
import { METRICS } from '../../src/private/contract';
import { ALARMS, type AlarmDefinition } from '../../src/private/infrastructure/alarm-definitions';
import { testStack } from './support';

const own = (props = {}, stack = testStack()) => new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', ...props });
const imported = (attributes = {}) =>
  McpLambdaServer.fromMcpLambdaServerAttributes(testStack(), 'Mcp', {
    serverName: 'orders',
    restApiId: 'abc123',
    registrationProviderArn: 'arn:aws:lambda:us-east-1:111122223333:function:provider',
    runtimeRoleArn: 'arn:aws:iam::111122223333:role/runtime',
    ...attributes,
  });
const atFunctionUrl = () => own({ endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 20 }) });
const templateOf = (server: object) => Template.fromStack(Stack.of(server as McpLambdaServer));

/** The properties of the alarms in a template. */
function alarmsOf(server: ReturnType<typeof imported>, options?: McpAlarmsOptions): any[] {
  server.addAlarms(options);
  return Object.values(templateOf(server).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
}

/** The body of the dashboard in a template, with tokens as `<token>`. */
function bodyOf(server: ReturnType<typeof imported>): any {
  server.addDashboard({ dashboardName: 'orders' });
  const [{ Properties }] = Object.values(templateOf(server).findResources('AWS::CloudWatch::Dashboard'));
  const { DashboardBody } = Properties;
  const text = DashboardBody['Fn::Join']
    ? DashboardBody['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : '<token>')).join('')
    : DashboardBody;
  return JSON.parse(text);
}

const NAMES = Object.keys(ALARMS);
/** The metrics that the server functions emit. */
const { NAMESPACE, DIMENSION_SERVER, DIMENSION_TOOL, ...EMITTED } = METRICS;

describe('addAlarms()', () => {
  test('defines each alarm with its threshold and runbook', () => {
    const server = own();
    const alarms = server.addAlarms();
    expect(Object.keys(alarms)).toEqual(NAMES);
    for (const name of NAMES) {
      templateOf(server).hasResourceProperties('AWS::CloudWatch::Alarm', {
        Threshold: (ALARMS as Record<string, AlarmDefinition>)[name]!.threshold,
        AlarmDescription: Match.stringLikeRegexp(`^MCP server orders: .*/docs/runbooks\\.md#${name.toLowerCase()}$`),
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      });
    }
  });

  test('notifies a topic when an alarm rings and when it ends', () => {
    const stack = testStack();
    const topic = new sns.Topic(stack, 'Topic');
    for (const { AlarmActions, OKActions } of alarmsOf(own({}, stack), { topic })) {
      expect(AlarmActions).toEqual([stack.resolve(topic.topicArn)]);
      expect(OKActions).toEqual(AlarmActions);
    }
  });

  test('changes and leaves out alarms by name', () => {
    const server = own();
    const alarms = server.addAlarms({
      overrides: {
        ToolErrorRate: { threshold: 5, evaluationPeriods: 2, treatMissingData: cloudwatch.TreatMissingData.BREACHING },
        CallsRefused: { enabled: false },
      },
    });
    expect(alarms.CallsRefused).toBeUndefined();
    templateOf(server).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 5,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 2,
      TreatMissingData: 'breaching',
    });
  });

  test('rejects an override of an alarm that does not exist', () => {
    expect(() => own().addAlarms({ overrides: { ToolErrors: {} } })).toThrow(
      "addAlarms: overrides has an unknown alarm 'ToolErrors'; use one of ToolErrorRate, ",
    );
  });

  test.each([
    [{ threshold: -1 }, 'threshold -1 of CallsRefused must be 0 or more'],
    [{ evaluationPeriods: 97 }, 'evaluationPeriods of CallsRefused 97 must be a whole number of periods from 1 to 96'],
    [{ evaluationPeriods: 2, datapointsToAlarm: 3 }, 'datapointsToAlarm of CallsRefused 3 must be'],
  ])('rejects %o', (override, message) => {
    expect(() => own().addAlarms({ overrides: { CallsRefused: override } })).toThrow(message);
  });

  test('leaves out what the server does not have', () => {
    const names = (server: ReturnType<typeof imported>) => Object.keys(server.addAlarms());
    const without = (...left: string[]) => NAMES.filter((name) => !left.includes(name));
    for (const server of [own({ legacySse: false }), atFunctionUrl()]) {
      expect(names(server)).toEqual(without('SessionsRejected', 'QueuesSwept'));
    }
    expect(names(imported())).toEqual(without('FunctionErrors', 'FunctionThrottles'));
  });

  test('has at most 10 metrics in an expression, CloudWatch’s limit', () => {
    for (const { Metrics = [] } of alarmsOf(own({ tasks: true }))) {
      expect(Metrics.filter(({ MetricStat }: any) => MetricStat).length).toBeLessThanOrEqual(10);
    }
  });
});

describe('addDashboard()', () => {
  const titles = ({ widgets }: any) => widgets.map(({ properties }: any) => properties.title);

  test('shows traffic, errors, latency, sessions, limits, tools and cost on one screen', () => {
    const body = bodyOf(own());
    expect(titles(body)).toEqual([
      ...['Traffic', 'Errors', 'Tool duration (ms)', 'Callers at their limits'],
      ...['Sessions and listeners', 'Registry and sessions', 'Server functions'],
      ...['Slowest tools', 'Most failing tools', 'Callers at their limits', 'Usage by caller'],
      ...['Cost: time of server functions (ms)', 'Cost: requests and log', 'Cost: tables and open streams'],
    ]);
    expect(Math.max(...body.widgets.map(({ x, width }: any) => x + width))).toBe(24);
  });

  test('of an imported server finds its tools by their metrics', () => {
    const body = bodyOf(imported());
    expect(titles(body)).toEqual([
      ...['Traffic', 'Errors', 'Tool duration (ms)', 'Callers at their limits'],
      ...['Sessions and listeners', 'Registry and sessions', 'Messages'],
      ...['Slowest tools (p95, with toolMetrics)', 'Most failing tools (with toolMetrics)'],
    ]);
    expect(JSON.stringify(body)).toContain(
      `SEARCH('{McpLambda,Server,Tool} Server=\\"orders\\" MetricName=\\"ToolDuration\\"', 'p95', 300)`,
    );
  });

  test('of a server without HTTP+SSE has no session metrics', () => {
    expect(JSON.stringify(bodyOf(own({ legacySse: false })))).not.toMatch(/ActiveSessions|QueuesSwept/);
  });

  test('reads the requests of the endpoint', () => {
    const read = (server: ReturnType<typeof imported>) => {
      const widgets: any[] = bodyOf(server).widgets;
      const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
      return metrics.filter(([namespace, name]) => namespace === 'AWS/ApiGateway' || /^Url/.test(name)).map(String);
    };
    expect(read(own())).toEqual([
      expect.stringMatching(/^AWS\/ApiGateway,Count,ApiName,orders,Stage,prod,/),
      expect.stringMatching(/^AWS\/ApiGateway,4XXError,/),
      expect.stringMatching(/^AWS\/ApiGateway,5XXError,/),
      expect.stringMatching(/^AWS\/ApiGateway,Count,/),
    ]);
    expect(read(atFunctionUrl())).toEqual([
      expect.stringMatching(/^AWS\/Lambda,UrlRequestCount,FunctionName,<token>,/),
      expect.stringMatching(/^AWS\/Lambda,Url4xxCount,/),
      expect.stringMatching(/^AWS\/Lambda,Url5xxCount,/),
      expect.stringMatching(/^AWS\/Lambda,UrlRequestCount,/),
    ]);
  });

  test('cannot be added twice', () => {
    const server = own();
    server.addDashboard();
    expect(() => server.addDashboard()).toThrow('Dashboard');
  });
});

describe('metric names', () => {
  const lambda = join(import.meta.dirname, '..', '..', 'lambda');
  const sources = readdirSync(lambda, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(lambda, file), 'utf8'))
    .join('\n');
  const read = JSON.stringify([alarmsOf(own()), bodyOf(own())]);

  test.each(Object.entries(EMITTED))('the server functions emit METRICS.%s', (key) => {
    expect(sources).toContain(`METRICS.${key}`);
  });

  test('alarms and dashboard read every metric that the functions emit, but two', () => {
    const unread = Object.values(EMITTED).filter((name) => !read.includes(`"${name}"`));
    expect(unread).toEqual(['SessionDuration', 'MessagesAccepted']);
  });

  test('alarms and dashboard read only metrics that the functions emit', () => {
    const named = [
      ...read.matchAll(/\["McpLambda","(\w+)"/g),
      ...read.matchAll(/"MetricName":"(\w+)","Namespace":"McpLambda"/g),
    ];
    expect(named.length).toBeGreaterThan(20);
    for (const [, name] of named) expect(Object.values(EMITTED)).toContain(name);
  });
});
