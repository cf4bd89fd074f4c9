import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../contract';
import type { Monitored } from './monitored';

/** One alarm of `addAlarms()`. Its runbook is the section of docs/runbooks.md with its name as heading. */
export interface AlarmDefinition {
  readonly description: string;
  /** The metric to compare, or undefined if the server has none. */
  readonly metric: (monitored: Monitored, name: string) => cloudwatch.IMetric | undefined;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number;
}

const PERIOD = Duration.minutes(5);
/** Interval of the sweeper, whose metrics have one value in it. */
const SWEEP_PERIOD = Duration.minutes(15);
/** Calls in a period below which a share of errors says nothing. */
const MIN_CALLS = 20;
/** Most metrics in the expression of an alarm. */
const MAX_METRICS = 10;

/** The sum of a metric of the server. */
const sum =
  (metricName: string, period = PERIOD): AlarmDefinition['metric'] =>
  ({ server }) =>
    server.metric(metricName, { statistic: cloudwatch.Stats.SUM, period });

/** The sum of a Lambda metric over the server functions. */
const ofFunctions =
  (metricName: 'Errors' | 'Throttles'): AlarmDefinition['metric'] =>
  ({ parts }, label) => {
    if (!parts) return undefined;
    const metrics = parts.functions
      .slice(0, MAX_METRICS)
      .map((fn, i) => [`m${i}`, fn.metric(metricName, { statistic: cloudwatch.Stats.SUM, period: PERIOD })] as const);
    const expression = metrics.map(([id]) => `FILL(${id}, 0)`).join(' + ');
    return new cloudwatch.MathExpression({
      expression,
      label,
      usingMetrics: Object.fromEntries(metrics),
      period: PERIOD,
    });
  };

/** The alarms by name. */
export const ALARMS = {
  ToolErrorRate: {
    description: `percent of tool calls that fail, if there are at least ${MIN_CALLS} in 5 minutes`,
    metric: ({ server }, label) =>
      new cloudwatch.MathExpression({
        expression: `IF(calls >= ${MIN_CALLS}, 100 * errors / calls, 0)`,
        label,
        usingMetrics: {
          calls: server.metricToolCalls({ period: PERIOD }),
          errors: server.metricToolErrors({ period: PERIOD }),
        },
        period: PERIOD,
      }),
    threshold: 25,
    evaluationPeriods: 3,
  },
  ToolDuration: {
    description: 'milliseconds that 95% of tool calls stay below; a tool times out after 30 s by default',
    metric: ({ server }) => server.metricToolDuration({ statistic: 'p95', period: PERIOD }),
    threshold: 24_000,
    evaluationPeriods: 3,
  },
  ServerErrors: {
    description: 'responses with status 5xx in 5 minutes',
    metric: ({ endpoint }) => endpoint.metric('serverErrors', { statistic: cloudwatch.Stats.SUM, period: PERIOD }),
    threshold: 5,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  },
  FunctionErrors: {
    description: 'invocations of server functions that crash or time out, in 5 minutes',
    metric: ofFunctions('Errors'),
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  },
  FunctionThrottles: {
    description: 'invocations of server functions that Lambda throttles, in 5 minutes',
    metric: ofFunctions('Throttles'),
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  },
  SessionsRejected: {
    description: 'SSE sessions rejected in 5 minutes, because limits.sessions are open',
    metric: (monitored, name) => (monitored.hasSse ? sum(METRICS.SESSIONS_REJECTED)(monitored, name) : undefined),
    threshold: 0,
    evaluationPeriods: 1,
  },
  ListenersRejected: {
    description: 'listeners rejected in 5 minutes, because limits.listeners are connected',
    metric: sum(METRICS.LISTENERS_REJECTED),
    threshold: 0,
    evaluationPeriods: 1,
  },
  CallsRefused: {
    description: 'calls refused in 5 minutes by a limit of their caller',
    metric: sum(METRICS.CALLS_REFUSED),
    threshold: 100,
    evaluationPeriods: 3,
  },
  CallsNotCounted: {
    description: 'calls in 5 minutes that ran without the limits of their caller',
    metric: sum(METRICS.CALLS_NOT_COUNTED),
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  },
  PermissionsNotRenewed: {
    description: 'functions that cannot be invoked after the runtime role was replaced',
    metric: sum(METRICS.PERMISSIONS_NOT_RENEWED),
    threshold: 0,
    evaluationPeriods: 1,
  },
  QueuesSwept: {
    description: 'queues of killed SSE sessions removed in 15 minutes',
    metric: (monitored, name) =>
      monitored.hasSse ? sum(METRICS.QUEUES_SWEPT, SWEEP_PERIOD)(monitored, name) : undefined,
    threshold: 0,
    evaluationPeriods: 4,
    datapointsToAlarm: 3,
  },
  ValidationsStopped: {
    description: 'validations stopped in 5 minutes, because a schema takes too long',
    metric: sum(METRICS.VALIDATIONS_STOPPED),
    threshold: 0,
    evaluationPeriods: 1,
  },
  ShadowedRegistrations: {
    description: 'registrations that clients do not see, because another has the same URI',
    metric: ({ server }) => server.metricShadowedRegistrations({ period: SWEEP_PERIOD }),
    threshold: 0,
    evaluationPeriods: 1,
  },
} as const satisfies Readonly<Record<string, AlarmDefinition>>;
