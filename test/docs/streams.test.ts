import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import priceList from '../../local/deployed/cost/prices.json' with { type: 'json' };

const page = readFileSync('docs/design/streams.md', 'utf8');
const { lambdaGbSecond, sqsFifoRequest, fargateVcpuHour, fargateGbHour, loadBalancerHour, loadBalancerUnitHour } =
  priceList.prices;
const HOURS = 730;
const MINUTES = HOURS * 60;
/** Calls are messages in both directions. */
const MESSAGES = 10 * 2 * HOURS;
const KEEP_ALIVES = 7 * HOURS;
const POLLS = 180 * HOURS;

/** USD a month of each row of the page, by its number of clients. */
const HOSTS: Record<string, (clients: number) => number> = {
  'functions that stream': (clients) =>
    clients * (0.5 * HOURS * 3_600 * lambdaGbSecond.price + POLLS * sqsFifoRequest.price),
  'Web Functions': (clients) => Math.ceil(clients / 64) * 2 * HOURS * 3_600 * lambdaGbSecond.price,
  'Managed Instances': (clients) => Math.max(3, Math.ceil(clients / 128)) * 0.0816 * 1.15 * HOURS,
  'WebSocket API': (clients) => (clients * (MINUTES * 0.25 + MESSAGES + KEEP_ALIVES)) / 1e6,
  'AppSync Events': (clients) => (clients * (MINUTES * 0.08 + MESSAGES)) / 1e6,
  Fargate: (clients) =>
    Math.max(2, Math.ceil(clients / 5_000)) * (0.5 * fargateVcpuHour.price + fargateGbHour.price) * HOURS +
    (loadBalancerHour.price + Math.ceil(clients / 3_000) * loadBalancerUnitHour.price) * HOURS,
};

test.each(Object.entries(HOSTS))('docs/design/streams.md has the costs of %s', (name, cost) => {
  const row = page.split('\n').find((line) => line.startsWith(`| ${name}`))!;
  const cells = row.split('|').slice(2, 5);
  for (const [column, clients] of [10, 1_000, 100_000].entries()) {
    const shown = Number(/[\d,.]+/.exec(cells[column]!)![0].replaceAll(',', ''));
    expect(Math.abs(shown / cost(clients) - 1), `${name} with ${clients} clients: ${cost(clients)}`).toBeLessThan(0.02);
  }
});
