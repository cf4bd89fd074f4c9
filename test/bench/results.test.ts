import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readReference, referenceTable } from '../../bench/ratios/reference';
import { SUITE } from '../../bench/ratios/suite';

const reference = readReference();

it('bench/ratios.json has each benchmark; npm run bench writes it', () => {
  expect(Object.keys(reference.benchmarks)).toEqual(SUITE.map(({ name }) => name));
});

it('bench/RESULTS.md shows bench/ratios.json, and its date', () => {
  const page = readFileSync('bench/RESULTS.md', 'utf8');
  expect(page).toContain(`\n\nMeasured on ${reference.measured}:\n\n${referenceTable(reference)}\n\n`);
});
