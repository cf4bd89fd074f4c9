import type { AuditRecord } from '../../src/private/audit.js';

/** A value of a metric. */
export interface Point {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** A widget of a dashboard body. */
export interface Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly type: string;
  readonly properties: { readonly title: string; readonly metrics?: unknown[][] };
}

const UNIT = 40;
const ROW = 32;
const BUCKETS = 24;
const COLOURS = ['#3a73c0', '#c2701c', '#2f9149', '#7a4fb5', '#b5443a'];
const NO_DATA = 'no data in this run';
const OF_AWS = 'metrics of AWS, which the local runner does not have';

/** Draws a dashboard: its own metrics as lines, its queries as tables, and the title of what only AWS has. */
export function drawDashboard(
  widgets: readonly Widget[],
  points: readonly Point[],
  records: readonly AuditRecord[],
  start: number,
  end: number,
): string {
  const height = Math.max(...widgets.map(({ y, height }) => y + height)) * ROW;
  const drawn = widgets.map((widget) => draw(widget, points, records, start, end));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * UNIT} ${height}" font-family="system-ui, sans-serif" font-size="11" role="img" aria-labelledby="title">
  <title id="title">The dashboard of a server, drawn from the metrics and audit records of a run on the local runner</title>
  <style>
    text { fill: #1f2328; } .frame { fill: #fff; stroke: #d0d7de; } .note { fill: #59636e; }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .frame { fill: #0d1117; stroke: #3d444d; } .note { fill: #9198a1; } }
  </style>
${drawn.join('\n')}
</svg>
`;
}

function draw(widget: Widget, points: readonly Point[], records: readonly AuditRecord[], start: number, end: number) {
  const [w, h] = [widget.width * UNIT - 8, widget.height * ROW - 8];
  const { title, metrics } = widget.properties;
  const own = !metrics || metrics.some(([namespace]) => namespace === 'McpLambda');
  const body = metrics ? lines(metrics, points, start, end, w, h) : table(title, records);
  return `  <g transform="translate(${widget.x * UNIT + 4} ${widget.y * ROW + 4})">
    <rect class="frame" width="${w}" height="${h}" rx="4"/>
    <text x="8" y="18" font-weight="600">${title}</text>
    ${body || `<text class="note" x="8" y="40">${own ? NO_DATA : OF_AWS}</text>`}
  </g>`;
}

/** The lines of the metrics with data. */
function lines(
  metrics: unknown[][],
  points: readonly Point[],
  start: number,
  end: number,
  w: number,
  h: number,
): string {
  const series = metrics.flatMap((metric) => {
    const name = String(metric[1]);
    const { stat = 'Average', label = name } = (metric.at(-1) ?? {}) as { stat?: string; label?: string };
    const values = buckets(
      points.filter((each) => each.name === name),
      stat,
      start,
      end,
    );
    return metric[0] === 'McpLambda' && values.some((value) => value !== undefined) ? [{ label, values }] : [];
  });
  const max = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const drawn = series.map(({ label, values }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const at = (value: number | undefined, n: number) =>
      value === undefined
        ? []
        : [`${Math.round(8 + (n * (w - 16)) / (BUCKETS - 1))},${Math.round(h - 26 - (value * (h - 60)) / max)}`];
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${values.flatMap(at).join(' ')}"/>
    <text x="${8 + i * Math.floor((w - 8) / series.length)}" y="${h - 8}" style="fill:${colour}">${label}</text>`;
  });
  return drawn.length === 0
    ? ''
    : `<text class="note" x="8" y="34">${Math.round(max)}</text>\n    ${drawn.join('\n    ')}`;
}

function buckets(points: readonly Point[], stat: string, start: number, end: number): Array<number | undefined> {
  return Array.from({ length: BUCKETS }, (_, n) => {
    const from = start + ((end - start) * n) / BUCKETS;
    const to = start + ((end - start) * (n + 1)) / BUCKETS;
    const values = points.filter(({ at }) => at >= from && at < to).map(({ value }) => value);
    if (values.length === 0) return undefined;
    const sum = values.reduce((a, b) => a + b, 0);
    if (stat === 'Sum') return sum;
    if (stat === 'Maximum') return Math.max(...values);
    const percent = /^p(\d+)$/.exec(stat)?.[1];
    if (percent === undefined) return sum / values.length;
    return values.sort((a, b) => a - b)[Math.ceil((Number(percent) / 100) * values.length) - 1];
  });
}

type Row = readonly [label: string, value: string];

/** What the query with this title returns for the records. */
function table(title: string, records: readonly AuditRecord[]): string {
  const tools = records.filter(({ kind }) => kind === 'tool');
  const ending = (outcome: string) => tools.filter((record) => record.outcome === outcome);
  const queries: Readonly<Record<string, () => Row[]>> = {
    'Slowest tools': () => group(tools, 'name', (some) => `p95 ${p95(some)} ms`),
    'Most failing tools': () => group(ending('error'), 'name', (some) => `${some.length} errors`),
    'Callers at their limits': () => group(ending('refused'), 'name', (some) => `${some.length} refused`),
    'Usage by caller': () => group(tools, 'caller', (some) => `${some.length} calls`),
  };
  const rows = queries[title]?.() ?? [];
  return rows
    .slice(0, 6)
    .map(([label, value], i) => `<text x="8" y="${44 + i * 18}">${label}: ${value}</text>`)
    .join('\n    ');
}

function group(
  records: readonly AuditRecord[],
  by: 'name' | 'caller',
  value: (records: readonly AuditRecord[]) => string,
): Row[] {
  const groups = new Map<string, AuditRecord[]>();
  for (const record of records) {
    const key = shorten(record[by] ?? 'none');
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups].sort(([, a], [, b]) => p95(b) - p95(a)).map(([key, some]) => [key, value(some)]);
}

/** The last part of an ARN. */
const shorten = (id: string) => id.split(':').at(-1)!;

function p95(records: readonly AuditRecord[]): number {
  const values = records.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  return Math.round(values[Math.ceil(0.95 * values.length) - 1] ?? 0);
}
