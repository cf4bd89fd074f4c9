import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { McpDashboardOptions } from '../../monitoring';
import { AUDIT_QUERIES, type AuditQuery } from '../audit-queries';
import { METRICS } from '../contract';
import { queryString } from './audit-queries';
import type { Monitored, MonitoredParts } from './monitored';

const HEIGHT = 6;
const { SUM, MAXIMUM } = cloudwatch.Stats;

/** Defines a dashboard of a server: one screen, with more for a server whose parts are known. */
export function defineDashboard(monitored: Monitored, options: McpDashboardOptions): cloudwatch.Dashboard {
  const { server, parts } = monitored;
  return new cloudwatch.Dashboard(server, 'Dashboard', {
    dashboardName: options.dashboardName,
    defaultInterval: Duration.hours(3),
    widgets: [
      trafficRow(monitored),
      healthRow(monitored),
      ...(parts ? ownRows(parts, monitored) : [toolRow(monitored)]),
    ],
  });
}

function graph(
  title: string,
  width: number,
  left: cloudwatch.IMetric[],
  right: cloudwatch.IMetric[] = [],
): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    title,
    width,
    height: HEIGHT,
    left,
    right,
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
  });
}

function trafficRow({ server, endpoint }: Monitored): cloudwatch.IWidget[] {
  const percentile = (p: string) => server.metricToolDuration({ statistic: p, label: p });
  return [
    graph(
      'Traffic',
      6,
      [server.metricToolCalls()],
      [endpoint.metric('requests', { label: 'requests', statistic: SUM })],
    ),
    graph(
      'Errors',
      6,
      [server.metricToolErrors()],
      (['clientErrors', 'serverErrors'] as const).map((name) => {
        const metric = endpoint.metric(name, { statistic: SUM });
        return metric.with({ label: metric.metricName });
      }),
    ),
    graph('Tool duration (ms)', 6, ['p50', 'p95', 'p99'].map(percentile)),
    graph('Callers at their limits', 6, [server.metricCallsRefused(), server.metricCallsNotCounted()]),
  ];
}

function healthRow({ server, hasSse, parts }: Monitored): cloudwatch.IWidget[] {
  const sessions = hasSse ? [server.metricActiveSessions()] : [];
  const opened = hasSse ? [server.metricSessionsOpened(), server.metricSessionsRejected()] : [];
  const ofFunctions = (name: string) =>
    (parts?.functions ?? []).map((fn) => fn.metric(name, { statistic: SUM, label: `${name} ${fn.node.id}` }));
  return [
    graph(
      'Sessions and listeners',
      8,
      [...sessions, server.metricActiveListeners()],
      [...opened, server.metricListenersRejected()],
    ),
    graph('Registry and sessions', 8, [
      server.metricShadowedRegistrations(),
      server.metricPermissionsNotRenewed(),
      server.metricValidationsStopped(),
      ...(hasSse ? [server.metricQueuesSwept(), server.metricMessagesRejected()] : []),
    ]),
    parts
      ? graph('Server functions', 8, [...ofFunctions('Errors'), ...ofFunctions('Throttles')])
      : graph('Messages', 8, hasSse ? [server.metricMessagesAccepted(), server.metricMessagesRejected()] : []),
  ];
}

/** Tools by their own metrics, for a server whose log group is not known. */
function toolRow({ server }: Monitored): cloudwatch.IWidget[] {
  const schema = `{${METRICS.NAMESPACE},${METRICS.DIMENSION_SERVER},${METRICS.DIMENSION_TOOL}}`;
  const byTool = (metricName: string, statistic: string) =>
    new cloudwatch.MathExpression({
      expression: `SEARCH('${schema} ${METRICS.DIMENSION_SERVER}="${server.serverName}" MetricName="${metricName}"', '${statistic}', 300)`,
      label: '',
      usingMetrics: {},
    });
  return [
    graph('Slowest tools (p95, with toolMetrics)', 12, [byTool(METRICS.TOOL_DURATION, 'p95')]),
    graph('Most failing tools (with toolMetrics)', 12, [byTool(METRICS.TOOL_ERRORS, SUM)]),
  ];
}

function ownRows({ functions, tables, logGroup }: MonitoredParts, { server, endpoint, hasSse }: Monitored) {
  const query = (each: AuditQuery) =>
    new cloudwatch.LogQueryWidget({
      title: each.name,
      logGroupNames: [logGroup.logGroupName],
      queryString: queryString(each).toString(),
      width: 6,
      height: HEIGHT,
    });
  const consumed = (name: 'ConsumedReadCapacityUnits' | 'ConsumedWriteCapacityUnits') =>
    tables.map((table) => table.metric(name, { statistic: SUM, label: `${name} ${table.node.id}` }));
  const bytes = new cloudwatch.Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: logGroup.logGroupName },
    statistic: SUM,
    label: 'log bytes',
  });
  const durations = functions.map((fn) => fn.metricDuration({ statistic: SUM, label: fn.node.id }));
  const { slowest, failing, limited, callers } = AUDIT_QUERIES;
  return [
    [slowest, failing, limited, callers].map(query),
    [
      graph('Cost: time of server functions (ms)', 8, durations),
      graph('Cost: requests and log', 8, [endpoint.metric('requests', { statistic: SUM, label: 'requests' })], [bytes]),
      graph(
        'Cost: tables and open streams',
        8,
        [...consumed('ConsumedReadCapacityUnits'), ...consumed('ConsumedWriteCapacityUnits')],
        [...(hasSse ? [server.metricActiveSessions({ statistic: MAXIMUM })] : []), server.metricActiveListeners()],
      ),
    ],
  ];
}
