import { type BreakEven, breakEvens } from '../deployed/cost/break-even.js';
import { type MeasuredUsage, measuredUsage } from '../deployed/cost/measured.js';
import { measuredServer } from '../deployed/cost/measured-server.js';
import { DEFAULT_USAGE, type Endpoint, offers, PRICE_LIST, quantity, type Usage } from '../deployed/cost/model.js';
import { DeployedServer } from '../deployed/deployed-server.js';
import { duration, parseDuration } from '../deployed/durations.js';
import { Failure } from '../deployed/failure.js';
import type { ServerOptions } from '../deployed/server-options.js';
import type { Terminal } from '../deployed/terminal.js';
import { withTerminal } from './with-server.js';

interface CostOptions extends ServerOptions, Partial<Usage> {
  /** The endpoint whose parts are shown: `rest-api` or `function-url`. */
  readonly endpoint?: string;
  /** The period whose metrics are read, with a server. */
  readonly period?: string;
}

/** Values of `--endpoint`. */
const ENDPOINTS: Readonly<Record<string, Endpoint>> = { 'rest-api': 'restApi', 'function-url': 'functionUrl' };

const DEFAULT_PERIOD = '7d';
/** CloudWatch has a value for each minute, and keeps it for 15 months. */
const PERIODS = { min: 60_000, max: 455 * 24 * 3_600_000 } as const;
/** Options that replace what the metrics say. With them, the cost of the server is estimated. */
const HYPOTHETICAL = ['calls', 'toolMs', 'sessions', 'sessionHours', 'otherRequests'] as const;

/** `mcp-lambda cost`: what a usage costs in a month, part by part, beside other ways; for a server, its own usage. */
export async function cost(options: CostOptions): Promise<void> {
  await withTerminal(options, async (terminal) => {
    const given = Object.fromEntries(
      Object.keys(DEFAULT_USAGE).flatMap((key) => {
        const value = options[key as keyof Usage];
        return value === undefined ? [] : [[key, value]];
      }),
    ) as Partial<Usage>;
    const measured =
      options.stack === undefined && options.url === undefined ? undefined : await measure(options, terminal);
    const usage: Usage = { ...DEFAULT_USAGE, ...measured?.usage, ...given };
    const endpoint = ENDPOINTS[options.endpoint ?? ''] ?? measured?.endpoint ?? 'restApi';
    const all = offers(usage);
    const estimated = all.find(({ id }) => id === endpoint)!;
    const isMeasured = measured?.endpoint === endpoint && !HYPOTHETICAL.some((key) => key in given);
    const own = isMeasured ? measuredServer(estimated, { ...measured, usage }, given.memory) : estimated;
    const others = all.filter((each) => each !== estimated);
    const points = breakEvens(usage);
    if (terminal.json) {
      const { date, region, currency } = PRICE_LIST;
      const prices = { date, region, currency };
      terminal.value({
        prices,
        measured: measured && { ...measured, usage: undefined },
        usage,
        endpoint,
        offers: [own, ...others],
        breakEvens: points,
      });
      return;
    }
    if (measured) printMeasured(terminal, measured);
    printUsage(terminal, usage);
    terminal.line('');
    terminal.table(
      [`USD A MONTH`, 'PART', 'COMPUTED FROM'],
      [
        ...own.parts.map(({ name, formula, usd }) => [money(usd), name, formula]),
        [
          { text: money(own.usd), style: 'bold' as const },
          { text: own.name, style: 'bold' as const },
          further(own.perMillionCalls),
        ],
        ...others.map(({ usd, name, perMillionCalls }) => [money(usd), name, further(perMillionCalls)]),
      ],
    );
    terminal.line('');
    terminal.table(
      ['COSTS LESS', 'THAN A REST API', 'THAN A FUNCTION URL'],
      points
        .filter((point) => point.endpoint === 'restApi')
        .map((restApi) => {
          const { other, name, by } = restApi;
          const functionUrl = points.find(
            (each) => each.endpoint === 'functionUrl' && each.other === other && each.by === by,
          )!;
          const unit = by === 'calls' ? 'calls a month' : 'open streams';
          return [`${name}, by ${unit}`, breakEvenText(restApi), breakEvenText(functionUrl)];
        }),
    );
    const { date, region } = PRICE_LIST;
    terminal.note({
      text: `list prices of ${region} on ${date}, without free tiers and taxes: docs/cost.md`,
      style: 'dim',
    });
  });
}

async function measure(options: CostOptions, terminal: Terminal) {
  const text = options.period ?? DEFAULT_PERIOD;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < PERIODS.min || milliseconds > PERIODS.max) {
    throw new Failure(`invalid --period "${text}": expected a duration from 1m to 455d, such as 7d or 24h`);
  }
  terminal.progress('reading metrics');
  const server = await DeployedServer.find(options);
  const end = Date.now();
  const period = { start: end - milliseconds, end };
  const { toolMemory = DEFAULT_USAGE.toolMemory, responseKb = DEFAULT_USAGE.responseKb } = options;
  const given = { toolMemory, responseKb };
  return { milliseconds, ...(await measuredUsage(server.stack('cost'), await server.aws(), period, given)) };
}

function printMeasured(
  terminal: Terminal,
  { milliseconds, calls, requests, sessionHours, listenerHours }: MeasuredUsage & { readonly milliseconds: number },
): void {
  const counts = [
    `${quantity(calls)} calls`,
    `${quantity(requests)} requests`,
    `${quantity(sessionHours)} hours of SSE sessions`,
    ...(listenerHours === 0 ? [] : [`about ${quantity(listenerHours)} hours of listeners`]),
  ];
  terminal.line(`In ${duration(milliseconds)}: ${counts.join(', ')}`);
}

function printUsage(terminal: Terminal, { calls, toolMs, toolMemory, sessions, sessionHours, memory }: Usage): void {
  const streams = sessions > 0 ? `, ${quantity(sessions)} open streams for ${quantity(sessionHours)} hours` : '';
  terminal.line(
    `${quantity(calls)} calls a month of ${Math.round(toolMs)} ms (${toolMemory} MiB)${streams}, server functions with ${memory} MiB`,
  );
}

/** Where the other way costs less. */
function breakEvenText({ at, cheaperBelow }: BreakEven): string {
  if (at === undefined) return cheaperBelow === 'server' ? 'never' : 'always';
  return `${cheaperBelow === 'server' ? 'above' : 'below'} ${quantity(at)}`;
}

const further = (usd: number) => `${usd.toFixed(2)} for each further million calls`;

function money(usd: number): string {
  return usd.toFixed(2).padStart(11);
}
