import { expect, test } from 'vitest';
import type { AwsAccess } from '../../../local/deployed/aws-access.js';
import { measuredUsage } from '../../../local/deployed/cost/measured.js';
import { measuredServer } from '../../../local/deployed/cost/measured-server.js';
import { granularity } from '../../../local/deployed/metrics.js';
import type { ServerStack } from '../../../local/deployed/server-stack.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A month, so that measured and monthly numbers are the same. */
const PERIOD = { start: 0, end: 730 * HOUR_MS };

/** Durations of functions in hours, by the names of the functions. */
type Hours = Readonly<Record<string, number>>;

function measure(hours: Hours, { notifications = false, calls = 0, requests = 0 } = {}) {
  const names = ['HttpFunction', 'SseFunction', 'MessageFunction', 'TaskRunnerFunction'] as const;
  const environment = notifications ? { MCP_NOTIFICATIONS: 'true' } : {};
  const stack = {
    functionNames: new Map(names.map((name) => [name, name])),
    function: async () => ({ configuration: { MemorySize: 1024 }, environment }),
    httpFunction: async () => ({ configuration: { MemorySize: 1024 }, environment }),
    variable: async () => undefined,
    serverInfo: async () => ({ name: 'orders', version: '1.0.0' }),
  };
  const metricValue = (name: string, fn: string | undefined): number | undefined =>
    ({
      'Duration Sum': (hours[fn!] ?? 0) * HOUR_MS,
      'Invocations Sum': fn === 'HttpFunction' ? requests : 0,
      'ToolCalls Sum': calls,
      'ToolDuration Average': 200,
    })[name];
  const cloudWatch = {
    send: async ({ input }: any) => ({
      MetricDataResults: input.MetricDataQueries.map(({ Id, MetricStat: { Metric, Stat } }: any) => {
        const fn = Metric.Dimensions.find((each: any) => each.Name === 'FunctionName')?.Value;
        return { Id, Values: [metricValue(`${Metric.MetricName} ${Stat}`, fn) ?? []].flat() };
      }),
    }),
  };
  const aws = { cloudWatch } as unknown as AwsAccess;
  return measuredUsage(stack as unknown as ServerStack, aws, PERIOD, { toolMemory: 128 });
}

const computed = (measured: Awaited<ReturnType<typeof measure>>, memory?: number) =>
  measuredServer(measured, memory).parts.filter(({ formula }) => formula.includes('GB-s'));

test('bills the durations of the functions, open streams included', async () => {
  const measured = await measure({ HttpFunction: 3, SseFunction: 100, MessageFunction: 1, TaskRunnerFunction: 2 });
  expect(measured).toMatchObject({ sessionHours: 100, usage: { sessions: 100 / 730 } });
  const parts = computed(measured);
  expect(parts.map(({ name, formula }) => `${name}: ${formula.split(' × ')[0]}`)).toEqual([
    'HTTP function, 1024 MiB: 10.8 k GB-s',
    'SSE function, 1024 MiB: 360 k GB-s',
    'other server functions, 1024 MiB: 10.8 k GB-s',
    'your functions, 128 MiB: 0 GB-s',
  ]);
  const total = parts.reduce((sum, { usd }) => sum + usd, 0);
  expect(total).toBeCloseTo(106 * 3_600 * 0.0000133334, 6);
  expect(computed(measured, 512)[1]!.usd).toBeCloseTo(parts[1]!.usd / 2, 6);
});

test('estimates the time of listeners as what the other requests do not explain', async () => {
  // 1 M calls of 230 ms and 0.2 M requests of 30 ms take 65.6 h
  const traffic = { calls: 1_000_000, requests: 1_200_000 };
  const { listenerHours, usage } = await measure({ HttpFunction: 265.6 }, { ...traffic, notifications: true });
  expect(listenerHours).toBeCloseTo(200, 0);
  expect(usage.sessions).toBeCloseTo(200 / 730, 2);
  expect(usage.otherRequests).toBeCloseTo(0.2);
  expect(await measure({ HttpFunction: 265.6 }, traffic)).toMatchObject({ listenerHours: 0 });
  expect(await measure({ HttpFunction: 60 }, { ...traffic, notifications: true })).toMatchObject({ listenerHours: 0 });
});

test.each([
  [1, 60],
  [14, 60],
  [15, 300],
  [62, 300],
  [64, 3_600],
])('reads metrics of the last %d days in periods of %d s, which CloudWatch keeps', (days, seconds) => {
  const now = Date.now();
  expect(granularity(now - days * DAY_MS, now)).toBe(seconds * 1000);
});
