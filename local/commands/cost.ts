import { breakEvens } from '../deployed/cost/break-even.js';
import { type MeasuredUsage, measuredUsage } from '../deployed/cost/measured.js';
import { measuredServer } from '../deployed/cost/measured-server.js';
import { DEFAULT_USAGE, type Offer, offers, PRICE_LIST, quantity, type Usage } from '../deployed/cost/model.js';
import { DeployedServer } from '../deployed/deployed-server.js';
import { duration, parseDuration } from '../deployed/durations.js';
import { Failure } from '../deployed/failure.js';
import type { ServerOptions } from '../deployed/server-options.js';
import type { Terminal } from '../deployed/terminal.js';
import { withTerminal } from './with-server.js';

interface CostOptions extends ServerOptions, Partial<Usage> {
  /** The period whose metrics are read, with a server. */
  readonly period?: string;
}

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
    const [estimated, ...others] = offers(usage) as [Offer, ...Offer[]];
    const isMeasured = measured !== undefined && !HYPOTHETICAL.some((key) => key in given);
    const own = isMeasured ? measuredServer({ ...measured, usage }, given.memory) : estimated;
    const points = breakEvens(usage);
    if (terminal.json) {
      const { date, region, currency } = PRICE_LIST;
      const prices = { date, region, currency };
      terminal.value({
        prices,
        measured: measured && { ...measured, usage: undefined },
        usage,
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
        [{ text: money(own.usd), style: 'bold' as const }, { text: own.name, style: 'bold' as const }, ''],
        ...others.map(({ usd, name }) => [money(usd), name, '']),
      ],
    );
    terminal.line('');
    for (const point of points) terminal.line(breakEvenText(point));
    const { date, region } = PRICE_LIST;
    terminal.note({
      text: `list prices of ${region} on ${date}, without free tiers, transfer and taxes: docs/cost.md`,
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
  const { toolMemory = DEFAULT_USAGE.toolMemory } = options;
  return { milliseconds, ...(await measuredUsage(server.stack('cost'), await server.aws(), period, { toolMemory })) };
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

function breakEvenText({ name, by, at, cheaperBelow }: ReturnType<typeof breakEvens>[number]): string {
  const what = by === 'calls' ? 'calls a month' : 'open streams';
  if (at !== undefined) {
    return `${name} costs ${cheaperBelow === 'server' ? 'less' : 'more'} above ${quantity(at)} ${what}`;
  }
  return `${name} costs ${cheaperBelow === 'server' ? 'more' : 'less'} at any number of ${what}`;
}

function money(usd: number): string {
  return usd.toFixed(2).padStart(11);
}
