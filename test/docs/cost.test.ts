import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { breakEvens } from '../../local/deployed/cost/break-even.js';
import { DEFAULT_USAGE, offers, quantity } from '../../local/deployed/cost/model.js';
import { costChart } from '../../scripts/docs/cost-chart.mjs';

const page = readFileSync('docs/cost.md', 'utf8');

test('docs/cost.svg is drawn from the prices; after a change, run npx tsx scripts/docs/cost-chart.mts', () => {
  expect(readFileSync('docs/cost.svg', 'utf8')).toBe(costChart());
});

test('docs/cost.md shows what the command prints', () => {
  const args = ['assets/cli/index.mjs', 'cost', '--calls', '1e6', '--tool-ms', '200', '--sessions', '50'];
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(page).toContain(`\`\`\`text\n${out.trimEnd()}\n\`\`\``);
});

test('docs/cost.md has what a million calls cost with each of the ways', () => {
  for (const { id, name, perMillionCalls, parts } of offers({ ...DEFAULT_USAGE, calls: 1e6 })) {
    const gateway = parts.find((part) => ['API Gateway', 'gateway'].includes(part.name))?.usd;
    expect(page).toContain(`| ${name} | ${perMillionCalls.toFixed(2)} | ${gateway?.toFixed(2) ?? '0'} |`);
    const point = breakEvens(DEFAULT_USAGE).find(
      ({ endpoint, other, by }) => endpoint === 'functionUrl' && other === id && by === 'calls',
    );
    if (point?.at !== undefined) {
      const side = point.cheaperBelow === 'server' ? 'above' : 'below';
      expect(page).toContain(`${side} ${quantity(point.at).replace(' M', '')} million calls a month`);
    }
  }
});

test('docs/cost.md has the date of the prices', () => {
  const { date } = JSON.parse(readFileSync('local/deployed/cost/prices.json', 'utf8'));
  expect(page).toContain(`read on ${date}`);
});
