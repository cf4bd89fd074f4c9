import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { AwsAccess } from './aws-access.js';

/** A metric to read. */
export interface MetricQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'SampleCount';
}

export interface Period {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
}

/** CloudWatch's limit of queries in a request. */
const MAX_QUERIES = 500;
const DAY_MS = 24 * 3_600_000;
/** Length of the shortest periods that CloudWatch keeps, by the age of the data. A period must be a multiple of it. */
const KEPT: ReadonlyArray<{ readonly olderThanDays: number; readonly seconds: number }> = [
  { olderThanDays: 63, seconds: 3_600 },
  { olderThanDays: 15, seconds: 300 },
  { olderThanDays: 0, seconds: 60 },
];

/**
 * Reads each metric as one number for the whole period.
 * @returns the numbers by the keys of the queries; undefined for a metric without data
 */
export async function readMetrics<K extends string>(
  aws: AwsAccess,
  queries: Readonly<Record<K, MetricQuery>>,
  { start, end }: Period,
): Promise<Record<K, number | undefined>> {
  const keys = Object.keys(queries) as K[];
  const step = granularity(start);
  const first = start - (start % step);
  const last = end + step;
  // one period for all of it
  const seconds = (Math.ceil((last - first) / step) * step) / 1000;
  const values = new Map<string, number[]>();
  for (let from = 0; from < keys.length; from += MAX_QUERIES) {
    const part = keys.slice(from, from + MAX_QUERIES);
    let NextToken: string | undefined;
    do {
      const response = await aws.cloudWatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(first),
          EndTime: new Date(last),
          MetricDataQueries: part.map((key, index) => query(`m${from + index}`, queries[key], seconds)),
          NextToken,
        }),
      );
      for (const { Id = '', Values = [] } of response.MetricDataResults ?? []) {
        values.set(Id, [...(values.get(Id) ?? []), ...Values]);
      }
      NextToken = response.NextToken;
    } while (NextToken !== undefined);
  }
  const entries = keys.map((key, index) => [key, combined(values.get(`m${index}`) ?? [], queries[key].statistic)]);
  return Object.fromEntries(entries) as Record<K, number | undefined>;
}

/** Returns the length of the shortest periods that CloudWatch has since a time, in milliseconds. */
export function granularity(start: number, now = Date.now()): number {
  // a minute early: the time of the request counts
  const days = (now + 60_000 - start) / DAY_MS;
  return KEPT.find(({ olderThanDays }) => days >= olderThanDays)!.seconds * 1000;
}

function query(Id: string, metric: MetricQuery, Period: number): MetricDataQuery {
  const Dimensions = Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: metric.namespace, MetricName: metric.name, Dimensions };
  return { Id, MetricStat: { Metric, Period, Stat: metric.statistic }, ReturnData: true };
}

/** CloudWatch may still return several values, in pages. */
function combined(values: readonly number[], statistic: MetricQuery['statistic']): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  if (statistic === 'Maximum') return Math.max(...values);
  return statistic === 'Average' ? sum / values.length : sum;
}
