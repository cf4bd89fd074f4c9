import type { ServerResponse } from 'node:http';
import type { RequiredPermission } from '../aws-endpoint/access.js';
import { AwsError } from '../aws-endpoint/errors.js';
import { jsonOperation, parseJson, type ServiceCall } from '../aws-endpoint/service-call.js';
import type { BufferedRequest } from '../forward.js';
import type { Datum, MetricStore } from './metric-store.js';

/** A statistic of the data of one period. */
const STATISTICS: Readonly<Record<string, (data: readonly Datum[]) => number>> = {
  Sum: (data) => total(data, 'sum'),
  SampleCount: (data) => total(data, 'count'),
  Average: (data) => total(data, 'sum') / total(data, 'count'),
  Maximum: (data) => Math.max(...data.map(({ max }) => max)),
  Minimum: (data) => Math.min(...data.map(({ min }) => min)),
};

const DAY_MS = 24 * 3_600_000;

/** An alarm of a template. */
export interface DeclaredAlarm {
  readonly name: string;
  readonly properties: Readonly<Record<string, any>>;
}

/** CloudWatch: `GetMetricData` of single metrics, and `DescribeAlarms`. Alarms are not evaluated. */
export class CloudWatchService {
  constructor(
    private readonly metrics: MetricStore,
    private readonly alarms: () => readonly DeclaredAlarm[],
  ) {}

  parseCall(request: BufferedRequest): ServiceCall | undefined {
    const operation = jsonOperation(request, 'GraniteServiceVersion20100801');
    const handlers: Readonly<Record<string, (body: Record<string, any>) => object>> = {
      GetMetricData: (body) => this.metricData(body),
      DescribeAlarms: () => this.describeAlarms(),
    };
    if (operation === undefined || !Object.hasOwn(handlers, operation)) return undefined;
    const permission: RequiredPermission = { action: `cloudwatch:${operation}`, resource: '*', context: {} };
    return {
      permissions: [permission],
      handle: async (response) => send(response, handlers[operation]!(parseJson(request.body))),
    };
  }

  private metricData({ MetricDataQueries = [], StartTime, EndTime }: Record<string, any>): object {
    const [start, end] = [Number(StartTime) * 1000, Number(EndTime) * 1000];
    const results = (MetricDataQueries as Array<Record<string, any>>).map(({ Id, Label, MetricStat }) => {
      if (!MetricStat) {
        throw new AwsError(
          'ValidationError',
          400,
          'the local runner does not support expressions in MetricDataQueries',
        );
      }
      const { Metric, Period, Stat } = MetricStat;
      const isKept = Period % shortestPeriod(start) === 0;
      const dimensions = Object.fromEntries(
        (Metric.Dimensions ?? []).map(({ Name, Value }: Record<string, string>) => [Name, Value]),
      );
      const id = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions };
      const periods = new Map<number, Datum[]>();
      for (const datum of isKept ? this.metrics.read(id, start, end) : []) {
        const period = start + Math.floor(Math.max(0, datum.minute - start) / (Period * 1000)) * Period * 1000;
        periods.set(period, [...(periods.get(period) ?? []), datum]);
      }
      const entries = [...periods].sort(([a], [b]) => b - a);
      const statistic = STATISTICS[Stat] ?? STATISTICS.Maximum!; // percentiles of a minute's values are not kept
      return {
        Id,
        Label: Label ?? Metric.MetricName,
        Timestamps: entries.map(([time]) => time / 1000),
        Values: entries.map(([, data]) => statistic(data)),
        StatusCode: 'Complete',
      };
    });
    return { MetricDataResults: results, Messages: [] };
  }

  private describeAlarms(): object {
    const MetricAlarms = this.alarms().map(({ name, properties }) => ({
      AlarmName: name,
      ActionsEnabled: properties.ActionsEnabled ?? true,
      AlarmActions: properties.AlarmActions ?? [],
      StateValue: 'INSUFFICIENT_DATA',
      Namespace: properties.Namespace,
      MetricName: properties.MetricName,
      Dimensions: properties.Dimensions ?? [],
      Metrics: properties.Metrics,
    }));
    return { MetricAlarms, CompositeAlarms: [] };
  }
}

/** CloudWatch returns no data for a shorter period than it keeps, or another multiple. Seconds. */
function shortestPeriod(start: number): number {
  const days = (Date.now() - start) / DAY_MS;
  if (days > 63) return 3_600;
  return days > 15 ? 300 : 60;
}

function total(data: readonly Datum[], member: 'sum' | 'count'): number {
  return data.reduce((sum, each) => sum + each[member], 0);
}

function send(response: ServerResponse, output: object): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(output));
}
