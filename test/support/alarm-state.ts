/** Evaluates alarms of a template on metrics that a run emitted. */

/** Names and values of dimensions, as a key. */
const keyOf = (namespace: string, name: string, dimensions: Readonly<Record<string, string>>) =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);

/** The metrics of one period. */
export class PeriodMetrics {
  private readonly values = new Map<string, number[]>();

  /** Adds the metrics of a log line in CloudWatch's embedded metric format; other lines have none. */
  addLine(text: string): void {
    if (!text.startsWith('{"_aws"')) return;
    const { _aws, ...members } = JSON.parse(text);
    for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      for (const names of Dimensions as string[][]) {
        const dimensions = Object.fromEntries(names.map((name) => [name, members[name]]));
        for (const { Name } of Metrics) this.add(Namespace, Name, dimensions, members[Name]);
      }
    }
  }

  add(namespace: string, name: string, dimensions: Readonly<Record<string, string>>, value: number): void {
    const key = keyOf(namespace, name, dimensions);
    this.values.set(key, [...(this.values.get(key) ?? []), value]);
  }

  /** The statistic of a metric; undefined without data. */
  statistic(namespace: string, name: string, dimensions: Readonly<Record<string, string>>, statistic: string) {
    const values = this.values.get(keyOf(namespace, name, dimensions));
    if (!values) return undefined;
    const sum = values.reduce((a, b) => a + b, 0);
    if (statistic === 'Sum') return sum;
    if (statistic === 'Average') return sum / values.length;
    if (statistic === 'Maximum') return Math.max(...values);
    const percent = Number(/^p(\d+)$/.exec(statistic)?.[1]);
    return values.sort((a, b) => a - b)[Math.ceil((percent / 100) * values.length) - 1];
  }
}

/**
 * The state of an alarm if each of its periods has these metrics.
 *
 * @param alarm the properties of the alarm in a template
 */
export function stateOf(alarm: any, metrics: PeriodMetrics): 'OK' | 'ALARM' {
  const value = alarm.Metrics
    ? mathOf(alarm.Metrics, metrics)
    : metricValue(alarm, alarm.Statistic ?? alarm.ExtendedStatistic, metrics);
  if (alarm.ComparisonOperator !== 'GreaterThanThreshold') throw new Error(`unexpected ${alarm.ComparisonOperator}`);
  if (value === undefined) return alarm.TreatMissingData === 'breaching' ? 'ALARM' : 'OK';
  return value > alarm.Threshold ? 'ALARM' : 'OK';
}

function metricValue({ Namespace, MetricName, Dimensions = [] }: any, statistic: string, metrics: PeriodMetrics) {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }: any) => [Name, Value.Ref ?? Value]));
  return metrics.statistic(Namespace, MetricName, dimensions, statistic);
}

/** Evaluates metric math with `IF` and `FILL`. Without data in a metric that is not filled, the expression has none. */
function mathOf(entries: any[], metrics: PeriodMetrics): number | undefined {
  const returned = entries.find(({ ReturnData }) => ReturnData !== false);
  const inputs = entries.filter(({ MetricStat }) => MetricStat);
  const values = inputs.map(({ MetricStat: { Metric, Stat } }) => metricValue(Metric, Stat, metrics));
  const text = String(returned.Expression);
  if (!text.includes('FILL') && values.includes(undefined)) return undefined;
  const names = inputs.map(({ Id }) => Id);
  const IF = (condition: boolean, then: number, otherwise: number) => (condition ? then : otherwise);
  const FILL = (value: number | undefined, filled: number) => value ?? filled;
  return new Function('IF', 'FILL', ...names, `return ${text}`)(IF, FILL, ...values);
}
