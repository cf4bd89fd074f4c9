import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
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
    ['metricCallsNotCounted', 'CallsNotCounted', 'Sum'],
    ['metricCallsRefused', 'CallsRefused', 'Sum'],
    ['metricPermissionsNotRenewed', 'PermissionsNotRenewed', 'Sum'],
    ['metricValidationsStopped', 'ValidationsStopped', 'Sum'],
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

describe('the metrics of individual tools', () => {
  const chosen = (toolMetrics?: boolean) => {
    const server = new McpLambdaServer(testStack(), 'Mcp', { serverName: 'orders', toolMetrics, tasks: true });
    return { server, tool: server.addTool(testFunction(Stack.of(server)), { name: 'lookup' }) };
  };
  const valuesOf = (server: McpLambdaServer) => {
    const functions = Object.values(Template.fromStack(Stack.of(server)).findResources('AWS::Lambda::Function'));
    const values = functions.map(({ Properties }) => Properties.Environment?.Variables.MCP_TOOL_METRICS);
    return values.filter((value) => value !== undefined);
  };

  test('are off by default: CloudWatch charges for each', () => {
    expect(valuesOf(chosen().server)).toEqual(['off', 'off', 'off']);
  });

  test('are on for a server that has them on, or whose app reads one of them', () => {
    expect(valuesOf(chosen(true).server)).toEqual(['on', 'on', 'on']);
    const { server, tool } = chosen();
    tool.metricErrors();
    expect(valuesOf(server)).toEqual(['on', 'on', 'on']);
  });

  test('cannot be read from a server that has them off', () => {
    const { server, tool } = chosen(false);
    expect(() => tool.metricErrors()).toThrow('this metric has no data: the server has toolMetrics: false');
    expect(read(tool.metric('ToolCalls', { dimensionsMap: { Server: 'orders' } }))).toMatchObject({
      dimensions: { Server: 'orders' },
    });
    expect(valuesOf(server)).toEqual(['off', 'off', 'off']);
  });
});
