import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALARMS } from '../../src/private/infrastructure/alarm-definitions';

test('each alarm has a runbook, in the order of the alarms', () => {
  const headings = [...readFileSync('docs/runbooks.md', 'utf8').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(headings).toEqual(Object.keys(ALARMS));
});

test.each(Object.entries(ALARMS))('the runbook of %s has its threshold', (name, { threshold }) => {
  const section = readFileSync('docs/runbooks.md', 'utf8').split(`## ${name}\n`)[1]!.split('\n## ')[0]!;
  const [, ringsAt] = /\*\*Rings at:\*\* (.*)/.exec(section)!;
  const text = threshold === 0 ? 'any' : threshold === 24_000 ? '24 s' : String(threshold);
  expect(ringsAt).toContain(text);
});
