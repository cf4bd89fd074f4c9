import { expect, test } from 'vitest';
import { timeOf } from '../../../local/deployed/audit-log.js';

const NOW = Date.UTC(2026, 10, 27, 12);

test.each([
  ['15m', '2026-11-27T11:45:00.000Z'],
  ['1.5h', '2026-11-27T10:30:00.000Z'],
  ['7d', '2026-11-20T12:00:00.000Z'],
  ['2026-11-26', '2026-11-26T00:00:00.000Z'],
  ['2026-11-26T12:00', '2026-11-26T12:00:00.000Z'],
  ['2026-11-26 12:00:01', '2026-11-26T12:00:01.000Z'], // as audit prints times
  ['2026-11-26T12:00:01.5Z', '2026-11-26T12:00:01.500Z'],
  ['2026-11-26T12:00+02:00', '2026-11-26T10:00:00.000Z'],
])('reads the time %s', (text, expected) => {
  expect(new Date(timeOf(text, '--since', NOW)).toISOString()).toBe(expected);
});

test.each(['5', '24', '-5m', 'yesterday', '2026', '2026-13-01', '26.11.2026', '10 m ago', ''])(
  'rejects the time "%s"',
  (text) => {
    expect(() => timeOf(text, '--since', NOW)).toThrow(`invalid --since "${text}": expected a duration such as 15m`);
  },
);
