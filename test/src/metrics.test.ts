import { Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer } from '../../src';
import { METRICS } from '../../src/private/contract';
import { testFunction, testStack } from './support';

const mcp = new McpLambdaServer(testStack(), 'Mcp', { serverName: 'orders' });

/** The name, statistic and dimensions of a metric. */
function read({ namespace, metricName, statistic, dimensions }: cloudwatch.Metric) {
  return { namespace, metricName, statistic, dimensions };
}

describe('of a server', () => {
  test.each([
    ['metricToolCalls', 'ToolCalls', 'Sum'],
    ['metricToolErrors', 'ToolErrors', 'Sum'],
    ['metricToolDuration', 'ToolDuration', 'Average'],
    ['metricActiveSessions', 'ActiveSessions', 'Maximum'],
    ['metricSessionsOpened', 'SessionsOpened', 'Sum'],
    ['metricSessionsRejected', 'SessionsRejected', 'Sum'],
    ['metricSessionDuration', 'SessionDuration', 'Average'],
    ['metricMessagesAccepted', 'MessagesAccepted', 'Sum'],
    ['metricMessagesRejected', 'MessagesRejected', 'Sum'],
    ['metricShadowedRegistrations', 'ShadowedRegistrations', 'Maximum'],
    ['metricQueuesSwept', 'QueuesSwept', 'Sum'],
    ['metricActiveListeners', 'ActiveListeners', 'Maximum'],
    ['metricListenersRejected', 'ListenersRejected', 'Sum'],
  ] as const)('%s', (method, metricName, statistic) => {
    const dimensions = { Server: 'orders' };
    expect(read(mcp[method]())).toEqual({ namespace: 'McpLambda', metricName, statistic, dimensions });
    expect(mcp[method]({ statistic: 'p99', period: Duration.minutes(1) }).toMetricConfig().metricStat).toMatchObject({
      statistic: 'p99',
      period: Duration.minutes(1),
    });
  });

  test('metric() accepts any name', () => {
    expect(read(mcp.metric('Other'))).toMatchObject({ metricName: 'Other', dimensions: { Server: 'orders' } });
  });

  test('every metric that the server functions emit has a method', () => {
    const { NAMESPACE, DIMENSION_SERVER, DIMENSION_TOOL, ...names } = METRICS;
    for (const name of Object.values(names)) expect(mcp).toHaveProperty(`metric${name}`);
  });
});

describe('of a tool', () => {
  const tool = mcp.addTool(testFunction(Stack.of(mcp)), { name: 'lookup' });

  test.each([
    ['metricCalls', 'ToolCalls', 'Sum'],
    ['metricErrors', 'ToolErrors', 'Sum'],
    ['metricDuration', 'ToolDuration', 'Average'],
  ] as const)('%s', (method, metricName, statistic) => {
    const dimensions = { Server: 'orders', Tool: 'lookup' };
    expect(read(tool[method]())).toEqual({ namespace: 'McpLambda', metricName, statistic, dimensions });
  });

  test('supports alarms', () => {
    const alarm = tool.metricErrors().createAlarm(Stack.of(mcp), 'Alarm', { threshold: 1, evaluationPeriods: 1 });
    expect(alarm.metric).toMatchObject({ metricName: 'ToolErrors' });
  });
});
