import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
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

test('docs/cost.md has the date of the prices', () => {
  const { date } = JSON.parse(readFileSync('local/deployed/cost/prices.json', 'utf8'));
  expect(page).toContain(`read on ${date}`);
});
