import { ENV, METRICS } from '../../src/private/contract.js';
import type { AwsAccess } from './aws-access.js';
import { type MetricQuery, type Period, readMetrics } from './metrics.js';
import type { ServerFunctionName } from './server-parts.js';
import type { ServerStack } from './server-stack.js';

/** Metrics of a server in a period. Values are undefined if CloudWatch has none. */
export interface ServerMetrics {
  readonly toolCalls?: number;
  readonly toolErrors?: number;
  /** Average duration of a tool call, in milliseconds. */
  readonly toolDuration?: number;
  readonly sessionsOpened?: number;
  readonly sessionsRejected?: number;
  readonly listenersRejected?: number;
  readonly messagesAccepted?: number;
  readonly messagesRejected?: number;
  readonly queuesSwept?: number;
  readonly permissionsNotRenewed?: number;
  readonly callsNotCounted?: number;
  readonly validationsStopped?: number;
}

/** Lambda's metrics of a server function. */
export interface FunctionMetrics {
  readonly name: ServerFunctionName;
  readonly invocations: number;
  readonly errors: number;
  readonly throttles: number;
  /** Sum of the durations, in milliseconds. */
  readonly milliseconds: number;
  /** Longest duration, in milliseconds. */
  readonly slowest: number;
}

const SERVER_METRICS = {
  toolCalls: [METRICS.TOOL_CALLS, 'Sum'],
  toolErrors: [METRICS.TOOL_ERRORS, 'Sum'],
  toolDuration: [METRICS.TOOL_DURATION, 'Average'],
  sessionsOpened: [METRICS.SESSIONS_OPENED, 'Sum'],
  sessionsRejected: [METRICS.SESSIONS_REJECTED, 'Sum'],
  listenersRejected: [METRICS.LISTENERS_REJECTED, 'Sum'],
  messagesAccepted: [METRICS.MESSAGES_ACCEPTED, 'Sum'],
  messagesRejected: [METRICS.MESSAGES_REJECTED, 'Sum'],
  queuesSwept: [METRICS.QUEUES_SWEPT, 'Sum'],
  permissionsNotRenewed: [METRICS.PERMISSIONS_NOT_RENEWED, 'Sum'],
  callsNotCounted: [METRICS.CALLS_NOT_COUNTED, 'Sum'],
  validationsStopped: [METRICS.VALIDATIONS_STOPPED, 'Sum'],
} as const satisfies Record<keyof ServerMetrics, readonly [string, MetricQuery['statistic']]>;

const FUNCTION_METRICS = {
  invocations: ['Invocations', 'Sum'],
  errors: ['Errors', 'Sum'],
  throttles: ['Throttles', 'Sum'],
  milliseconds: ['Duration', 'Sum'],
  slowest: ['Duration', 'Maximum'],
} as const satisfies Record<Exclude<keyof FunctionMetrics, 'name'>, readonly [string, MetricQuery['statistic']]>;

/** Returns where CloudWatch has the server's own metrics. */
export async function metricSource(stack: ServerStack): Promise<Pick<MetricQuery, 'namespace' | 'dimensions'>> {
  const namespace = (await stack.variable(ENV.METRIC_NAMESPACE)) ?? METRICS.NAMESPACE;
  return { namespace, dimensions: { [METRICS.DIMENSION_SERVER]: (await stack.serverInfo()).name } };
}

/** Reads the server's own metrics. */
export async function readServerMetrics(stack: ServerStack, aws: AwsAccess, period: Period): Promise<ServerMetrics> {
  const source = await metricSource(stack);
  const queries = Object.entries(SERVER_METRICS).map(([key, [name, statistic]]) => [
    key,
    { ...source, name, statistic },
  ]);
  return readMetrics(aws, Object.fromEntries(queries), period);
}

/** Reads Lambda's metrics of the server functions. */
export async function readFunctionMetrics(
  stack: ServerStack,
  aws: AwsAccess,
  period: Period,
): Promise<FunctionMetrics[]> {
  const queries: Record<string, MetricQuery> = {};
  for (const [name, functionName] of stack.functionNames) {
    for (const [key, [metric, statistic]] of Object.entries(FUNCTION_METRICS)) {
      const dimensions = { FunctionName: functionName };
      queries[`${name}.${key}`] = { namespace: 'AWS/Lambda', name: metric, dimensions, statistic };
    }
  }
  const values = await readMetrics(aws, queries, period);
  return [...stack.functionNames.keys()].map((name) => {
    const value = (key: string) => values[`${name}.${key}`] ?? 0;
    return {
      name,
      invocations: value('invocations'),
      errors: value('errors'),
      throttles: value('throttles'),
      milliseconds: value('milliseconds'),
      slowest: value('slowest'),
    };
  });
}
