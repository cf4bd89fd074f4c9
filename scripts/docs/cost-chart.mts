// Writes docs/cost.svg: what servers cost by their calls and by their open streams, with the break-even points.
import { writeFileSync } from 'node:fs';
import { breakEvens } from '../../local/deployed/cost/break-even.js';
import {
  DEFAULT_USAGE,
  type Offer,
  offers,
  PRICE_LIST,
  quantity,
  type Usage,
} from '../../local/deployed/cost/model.js';

interface Panel {
  readonly by: 'calls' | 'sessions';
  readonly title: string;
  readonly left: number;
  readonly from: number;
  readonly to: number;
}

const [WIDTH, HEIGHT, TOP, BOTTOM, PANEL] = [1120, 456, 70, 350, 440];
/** Lowest and highest cost of the axes, USD. */
const [LOW, HIGH] = [0.1, 10_000];
const POINTS = 60;
const COLOURS: Record<Offer['id'], string> = {
  restApi: 'own',
  functionUrl: 'own dashed',
  gateway: 'gateway',
  container: 'container',
  sdk: 'sdk',
};

const PANELS: readonly Panel[] = [
  { by: 'calls', title: 'by calls a month, without open streams', left: 70, from: 1e4, to: 1e8 },
  { by: 'sessions', title: 'by open streams, with 1 M calls a month', left: 640, from: 0.01, to: 1_000 },
];

const log = (value: number, from: number, to: number) => Math.log(value / from) / Math.log(to / from);
const y = (usd: number) => BOTTOM - log(Math.min(HIGH, Math.max(LOW, usd)), LOW, HIGH) * (BOTTOM - TOP);
const round = (value: number) => Math.round(value * 10) / 10;

/** Returns the chart as SVG. */
export function costChart(): string {
  const { date, region } = PRICE_LIST;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif" font-size="14" role="img" aria-labelledby="title description">
  <title id="title">Cost of a server in a month</title>
  <desc id="description">Two charts with logarithmic axes. ${breakEvens(DEFAULT_USAGE)
    .flatMap(({ endpoint, name, by, at }) => {
      const own = endpoint === 'restApi' ? 'a REST API' : 'a function URL';
      return at === undefined
        ? []
        : [`The lines of cdk-mcp-lambda with ${own} and of ${name} cross at ${label(at, by)}.`];
    })
    .join(' ')}</desc>
  <style>
    text { fill: #1f2328; } .note { fill: #59636e; font-size: 12px; } .background { fill: #fff; } .grid { stroke: #d1d9e0; }
    .line { fill: none; stroke-width: 2.5; } .own { stroke: #2f9149; } .dashed { stroke-dasharray: 6 4; } .gateway { stroke: #c2701c; } .container { stroke: #3a73c0; } .sdk { stroke: #7a4fb5; }
    .point { fill: #1f2328; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .note { fill: #a9b4c0; } .background { fill: #0d1117; } .grid { stroke: #30363d; } .point { fill: #e6edf3; }
      .own { stroke: #5dbb77; } .gateway { stroke: #e09a4c; } .container { stroke: #6ea3e8; } .sdk { stroke: #a884e0; }
    }
  </style>
  <rect class="background" width="${WIDTH}" height="${HEIGHT}"/>
${PANELS.map(panel).join('\n')}
${legend()}
  <text class="note" x="70" y="444">USD a month, list prices of ${region} on ${date}; calls of ${DEFAULT_USAGE.toolMs} ms. Dots: break-even points of cdk-mcp-lambda.</text>
</svg>
`;
}

function panel(view: Panel): string {
  const { by, title, left, from, to } = view;
  const x = (value: number) => round(left + log(value, from, to) * PANEL);
  const usage = (value: number): Usage => ({ ...DEFAULT_USAGE, [by]: value });
  const values = Array.from({ length: POINTS + 1 }, (_, index) => from * (to / from) ** (index / POINTS));
  const lines = offers(DEFAULT_USAGE).map(({ id }) => {
    const points = values.map(
      (value) => `${x(value)},${round(y(offers(usage(value)).find((each) => each.id === id)!.usd))}`,
    );
    return `  <polyline class="line ${COLOURS[id]}" points="${points.join(' ')}"/>`;
  });
  const crossings = breakEvens(DEFAULT_USAGE).flatMap(({ endpoint, by: axis, at }) => {
    if (axis !== by || at === undefined || at < from || at > to) return [];
    const usd = offers(usage(at)).find(({ id }) => id === endpoint)!.usd;
    return [
      `  <circle class="point" cx="${x(at)}" cy="${round(y(usd))}" r="5"/>`,
      // the label of a REST API above its line, that of a function URL below its line
      endpoint === 'restApi'
        ? `  <text x="${round(x(at) - 9)}" y="${round(y(usd) - 12)}" text-anchor="end">${label(at, by)}, ${Math.round(usd)} USD</text>`
        : `  <text x="${round(x(at) + 9)}" y="${round(y(usd) + 20)}">${label(at, by)}, ${Math.round(usd)} USD</text>`,
    ];
  });
  return [
    `  <text x="${left}" y="44" font-weight="600">${title}</text>`,
    ...[0.1, 1, 10, 100, 1_000, 10_000].map((usd) => horizontal(usd, left)),
    ...decades(from, to).map((value) => vertical(value, x(value))),
    ...lines,
    ...crossings,
  ].join('\n');
}

function horizontal(usd: number, left: number): string {
  const at = round(y(usd));
  return `  <line class="grid" x1="${left}" x2="${left + PANEL}" y1="${at}" y2="${at}"/>\n  <text class="note" x="${left - 8}" y="${at + 4}" text-anchor="end">${usd}</text>`;
}

function vertical(value: number, at: number): string {
  return `  <line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${BOTTOM}"/>\n  <text class="note" x="${at}" y="${BOTTOM + 18}" text-anchor="middle">${quantity(value)}</text>`;
}

function decades(from: number, to: number): number[] {
  const count = Math.round(Math.log10(to / from));
  return Array.from({ length: count + 1 }, (_, index) => Number((from * 10 ** index).toPrecision(3)));
}

function legend(): string {
  return offers(DEFAULT_USAGE)
    .map(({ id, name }, index) => {
      const [left, top] = [70 + (index % 3) * 340, 392 + Math.floor(index / 3) * 20];
      return `  <line class="line ${COLOURS[id]}" x1="${left}" x2="${left + 28}" y1="${top}" y2="${top}"/>\n  <text x="${left + 36}" y="${top + 5}">${name}</text>`;
    })
    .join('\n');
}

function label(value: number, by: Panel['by']): string {
  return `${quantity(value)} ${by === 'calls' ? 'calls' : 'streams'}`;
}

if (process.argv[1]?.endsWith('cost-chart.mts')) writeFileSync('docs/cost.svg', costChart());
