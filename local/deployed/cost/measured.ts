import { DEFAULTS, ENV } from '../../../src/private/contract.js';
import type { AwsAccess } from '../aws-access.js';
import type { Period } from '../metrics.js';
import { type FunctionMetrics, readFunctionMetrics, readServerMetrics } from '../server-metrics.js';
import type { ServerFunctionName } from '../server-parts.js';
import type { ServerStack } from '../server-stack.js';
import { DEFAULT_USAGE, type Endpoint, HOURS, OVERHEAD_MS, PINGS, type Usage } from './model.js';

/** Functions whose invocations are requests to the API. */
const SERVING: readonly ServerFunctionName[] = [
  'HttpFunction',
  'SseFunction',
  'MessageFunction',
  'RegistrationFunction',
];
const HOUR_MS = 3_600_000;

/** What a server function did in a month, at the rate of the period. */
export interface MonthlyFunction {
  readonly name: ServerFunctionName;
  /** In MiB. */
  readonly memory: number;
  readonly invocations: number;
  readonly milliseconds: number;
}

/** What a server did in a period, and the usage of a month at that rate. */
export interface MeasuredUsage {
  readonly endpoint: Endpoint;
  readonly calls: number;
  readonly requests: number;
  /** Hours of SSE sessions: the duration of the SSE function. */
  readonly sessionHours: number;
  /** Hours of listeners. Estimated: the time of the HTTP function that its other requests do not explain. */
  readonly listenerHours: number;
  /** Requests of a month. */
  readonly monthlyRequests: number;
  /** Hours of SSE sessions in a month. */
  readonly monthlySessionHours: number;
  /** Hours of listeners in a month. */
  readonly monthlyListenerHours: number;
  readonly functions: readonly MonthlyFunction[];
  readonly usage: Usage;
}

/** Reads the usage of a server from its own metrics and those of Lambda. */
export async function measuredUsage(
  stack: ServerStack,
  aws: AwsAccess,
  period: Period,
  given: Pick<Usage, 'toolMemory' | 'responseKb'>,
): Promise<MeasuredUsage> {
  const [metrics, functions, http] = await Promise.all([
    readServerMetrics(stack, aws, period),
    readFunctionMetrics(stack, aws, period),
    stack.httpFunction(),
  ]);
  const memories = await Promise.all(functions.map(async ({ name }) => (await stack.function(name))?.configuration));
  const toMonth = (HOURS * HOUR_MS) / (period.end - period.start);
  const millisecondsOf = (wanted: ServerFunctionName) =>
    functions.find(({ name }) => name === wanted)?.milliseconds ?? 0;
  const requests = functions.reduce((sum, each) => sum + (SERVING.includes(each.name) ? each.invocations : 0), 0);
  const { toolCalls: calls = 0, toolDuration: toolMs = 0 } = metrics;
  const sessionHours = millisecondsOf('SseFunction') / HOUR_MS;
  // the answers to pings belong to the sessions
  const others = Math.max(0, requests - calls - PINGS * sessionHours);
  const listenerHours =
    http.environment[ENV.NOTIFICATIONS] === undefined
      ? 0
      : listenerTime(millisecondsOf('HttpFunction'), { calls, toolMs, others }) / HOUR_MS;
  return {
    endpoint: stack.endpoint,
    calls,
    requests,
    sessionHours,
    listenerHours,
    monthlyRequests: requests * toMonth,
    monthlySessionHours: sessionHours * toMonth,
    monthlyListenerHours: listenerHours * toMonth,
    functions: functions.map((each, index) => monthly(each, memories[index]?.MemorySize, toMonth)),
    usage: {
      calls: calls * toMonth,
      toolMs,
      ...given,
      sessions: ((sessionHours + listenerHours) * toMonth) / HOURS,
      sessionHours: HOURS,
      memory: http.configuration.MemorySize ?? DEFAULT_USAGE.memory,
      otherRequests: calls === 0 ? 0 : others / calls,
    },
  };
}

function monthly(
  { name, invocations, milliseconds }: FunctionMetrics,
  memory: number = DEFAULTS.MEMORY_SIZE,
  toMonth: number,
): MonthlyFunction {
  return { name, memory, invocations: invocations * toMonth, milliseconds: milliseconds * toMonth };
}

/** The time of the HTTP function that calls and other requests do not explain, in milliseconds. */
function listenerTime(
  milliseconds: number,
  { calls, toolMs, others }: { readonly calls: number; readonly toolMs: number; readonly others: number },
): number {
  return Math.max(0, milliseconds - calls * (toolMs + OVERHEAD_MS) - others * OVERHEAD_MS);
}
