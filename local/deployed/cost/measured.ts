import { METRICS } from '../../../src/private/contract.js';
import type { AwsAccess } from '../aws-access.js';
import { type Period, readMetrics } from '../metrics.js';
import { metricSource, readFunctionMetrics, readServerMetrics } from '../server-metrics.js';
import type { ServerStack } from '../server-stack.js';
import { DEFAULT_USAGE, type Endpoint, HOURS, type Usage } from './model.js';

/** Functions whose invocations are requests to the API. */
const SERVING = ['HttpFunction', 'SseFunction', 'MessageFunction', 'RegistrationFunction'];

/** What a server did in a period, and the usage of a month at that rate. */
export interface MeasuredUsage {
  readonly endpoint: Endpoint;
  readonly calls: number;
  readonly requests: number;
  readonly sessionHours: number;
  readonly usage: Usage;
}

/** Reads the usage of a server from its own metrics and those of Lambda. */
export async function measuredUsage(
  stack: ServerStack,
  aws: AwsAccess,
  period: Period,
  given: Pick<Usage, 'toolMemory' | 'responseKb'>,
): Promise<MeasuredUsage> {
  const hours = (period.end - period.start) / 3_600_000;
  const source = await metricSource(stack);
  const [metrics, functions, durations, http] = await Promise.all([
    readServerMetrics(stack, aws, period),
    readFunctionMetrics(stack, aws, period),
    readMetrics(aws, { sessions: { ...source, name: METRICS.SESSION_DURATION, statistic: 'Sum' as const } }, period),
    stack.httpFunction(),
  ]);
  const serving = functions.filter(({ name }) => SERVING.includes(name));
  const requests = serving.reduce((sum, { invocations }) => sum + invocations, 0);
  const calls = metrics.toolCalls ?? 0;
  const sessionHours = (durations.sessions ?? 0) / 3_600;
  const toMonth = HOURS / hours;
  return {
    endpoint: stack.endpoint,
    calls,
    requests,
    sessionHours,
    usage: {
      calls: calls * toMonth,
      toolMs: metrics.toolDuration ?? 0,
      ...given,
      sessions: (sessionHours * toMonth) / HOURS,
      sessionHours: HOURS,
      memory: http.configuration.MemorySize ?? DEFAULT_USAGE.memory,
      otherRequests: calls === 0 ? 0 : Math.max(0, requests - calls) / calls,
    },
  };
}
