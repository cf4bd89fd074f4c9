/** Values of one metric in one minute. */
export interface Datum {
  /** Start of the minute, epoch milliseconds. */
  readonly minute: number;
  sum: number;
  count: number;
  min: number;
  max: number;
}

/** A metric: its namespace and name, and the values of its dimensions. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

const MINUTE_MS = 60_000;
/** How long values are kept, in milliseconds. */
const KEPT_MS = 24 * 3_600_000;

/** The metrics of the emulated account: those of Lambda, and those that functions write in the embedded metric format. */
export class MetricStore {
  private readonly metrics = new Map<string, Datum[]>();

  add(id: MetricId, value: number, now = Date.now()): void {
    const minute = now - (now % MINUTE_MS);
    const key = keyOf(id);
    const data = this.metrics.get(key) ?? [];
    this.metrics.set(key, data);
    const last = data.at(-1);
    if (last?.minute === minute) {
      last.sum += value;
      last.count += 1;
      last.min = Math.min(last.min, value);
      last.max = Math.max(last.max, value);
      return;
    }
    data.push({ minute, sum: value, count: 1, min: value, max: value });
    while (data[0]!.minute < now - KEPT_MS) data.shift();
  }

  /** Adds the metrics of a log line in the embedded metric format. Other lines have none. */
  addEmbedded(text: string, now = Date.now()): void {
    if (!text.startsWith('{') || !text.includes('"_aws"')) return;
    let record: Record<string, any>;
    try {
      record = JSON.parse(text) as Record<string, any>;
    } catch {
      return;
    }
    for (const { Namespace, Dimensions = [[]], Metrics = [] } of record._aws?.CloudWatchMetrics ?? []) {
      for (const names of new Set<string>(Dimensions.map((each: string[]) => JSON.stringify(each)))) {
        const dimensions = Object.fromEntries(
          (JSON.parse(names) as string[]).map((name) => [name, String(record[name])]),
        );
        for (const { Name } of Metrics) {
          for (const value of [record[Name]].flat()) {
            if (typeof value === 'number') this.add({ namespace: Namespace, name: Name, dimensions }, value, now);
          }
        }
      }
    }
  }

  /** Returns the values of a metric in `[start, end)`, epoch milliseconds. */
  read(id: MetricId, start: number, end: number): readonly Datum[] {
    return (this.metrics.get(keyOf(id)) ?? []).filter(({ minute }) => minute >= start - MINUTE_MS && minute < end);
  }
}

function keyOf({ namespace, name, dimensions }: MetricId): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}
