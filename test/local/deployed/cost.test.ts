import { expect, it } from 'vitest';
import { breakEvens } from '../../../local/deployed/cost/break-even.js';
import { DEFAULT_USAGE, offers, quantity } from '../../../local/deployed/cost/model.js';
import { duration, parseDuration } from '../../../local/deployed/durations.js';

it('adds up the parts', () => {
  for (const { parts, usd } of offers({ ...DEFAULT_USAGE, sessions: 3 })) {
    expect(parts.reduce((sum, part) => sum + part.usd, 0)).toBeCloseTo(usd);
  }
});

it('computes a stream as docs/design and the guide do: 0.024 USD an hour at 512 MiB', () => {
  const [server] = offers({ ...DEFAULT_USAGE, calls: 0, sessions: 1 });
  expect(server!.parts.find(({ name }) => name.startsWith('open streams'))!.usd).toBeCloseTo(17.52, 2);
});

it('finds the numbers at which both cost the same', () => {
  const points = breakEvens(DEFAULT_USAGE);
  const crossings = points.filter(({ at }) => at !== undefined);
  expect(crossings.length).toBeGreaterThan(0);
  for (const { other, by, at } of crossings) {
    const all = offers({ ...DEFAULT_USAGE, [by]: at });
    const cost = (id: string) => all.find((each) => each.id === id)!.usd;
    expect(cost('server') / cost(other)).toBeCloseTo(1, 4);
  }
});

it.each([
  [950, '950'],
  [12_345, '12.3 k'],
  [1_200_000, '1.2 M'],
  [2.154, '2.15'],
])('quantity(%d) is %s', (value, text) => expect(quantity(value)).toBe(text));

it.each([
  [820, '820 ms'],
  [12_000, '12 s'],
  [300_000, '5 m'],
  [12_000_000, '3 h 20 m'],
  [604_800_000, '7 d'],
])('duration(%d) is %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

it.each([
  ['90s', 90_000],
  ['7d', 604_800_000],
  ['soon', undefined],
])('parseDuration(%s) is %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));
