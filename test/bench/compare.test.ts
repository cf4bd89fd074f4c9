import { describe, expect, it } from 'vitest';
import { check, compare, fails, type References } from '../../bench/ratios/compare';
import { alternate, type Ratio, ratioOf } from '../../bench/ratios/ratio';

const reference: References = {
  'tools/call': { peer: 'SDK alone', median: 2, p99: 3 },
  memory: { peer: 'SDK alone', median: 1.2 },
};
const call = (median: number, p99: number): Ratio => ({ name: 'tools/call', peer: 'SDK alone', median, p99 });
const memory: Ratio = { name: 'memory', peer: 'SDK alone', median: 1.2 };
const verdicts = (...measured: Ratio[]) =>
  compare(reference, measured).map(({ name, value, verdict }) => `${name} ${value} ${verdict}`);

describe('compare', () => {
  it('accepts a ratio up to a fifth above its reference', () => {
    expect(verdicts(call(2.39, 3.59), memory)).toEqual([
      'tools/call median ok',
      'tools/call p99 ok',
      'memory median ok',
    ]);
    expect(compare(reference, [call(2.39, 3.59), memory]).some(fails)).toBe(false);
  });

  it.each([
    ['the median', call(2.41, 3), 'tools/call median worse'],
    ['the p99', call(2, 3.61), 'tools/call p99 worse'],
  ])('fails when %s falls back by more than a fifth', (_, ratio, expected) => {
    const comparisons = compare(reference, [ratio, memory]);
    expect(verdicts(ratio, memory)).toContain(expected);
    expect(comparisons.filter(fails)).toHaveLength(1);
  });

  it('fails when a ratio of the reference was not measured', () => {
    expect(verdicts(call(2, 3))).toContain('memory median missing');
    expect(compare(reference, [call(2, 3)]).some(fails)).toBe(true);
    expect(compare(reference, [call(Number.NaN, 3), memory]).some(fails)).toBe(true);
  });

  it('reports a better ratio, and one without a reference', () => {
    const added: Ratio = { name: 'opening', peer: 'SDK alone', median: 4 };
    expect(verdicts(call(1.6, 3), memory, added)).toEqual([
      'tools/call median better',
      'tools/call p99 ok',
      'memory median ok',
      'opening median new',
    ]);
    expect(compare(reference, [call(1.6, 3), memory, added]).some(fails)).toBe(false);
  });
});

describe('ratioOf', () => {
  /** A round of a machine: twice the load doubles the times of both sides. */
  const rounds = (milliseconds: number) => [1, 1, 9, 2, 1].map((load) => Array(100).fill(milliseconds * load));

  it('is the same on a machine whose load changes between the rounds', () => {
    expect(ratioOf('x', 'y', rounds(6), rounds(3))).toMatchObject({ median: 2, p99: 2 });
  });

  it('ignores one disturbed round', () => {
    const disturbed = rounds(6).with(1, Array(100).fill(600));
    expect(ratioOf('x', 'y', disturbed, rounds(3)).median).toBe(2);
  });
});

describe('check', () => {
  /** Benchmarks whose rounds have so many milliseconds, under a load that changes. */
  const benchmark = (milliseconds: readonly number[]) => {
    const left = [...milliseconds];
    return async () => {
      const times = (each: number) => [1, 3, 1, 2, 1].map((load) => Array(100).fill(each * load));
      return [ratioOf('tools/call', 'SDK alone', times(left.shift()!), times(3))];
    };
  };
  const references: References = { 'tools/call': { peer: 'SDK alone', median: 2, p99: 2 } };
  const verdicts = async (...milliseconds: number[]) =>
    (await check(references, benchmark(milliseconds))).map(({ verdict }) => verdict);

  it('fails on a planted regression of a quarter, which each measurement shows', async () => {
    expect(await verdicts(7.5, 7.5, 7.5)).toEqual(['worse', 'worse']);
  });

  it('measures again when the machine disturbed a measurement', async () => {
    expect(await verdicts(9, 6.1)).toEqual(['ok', 'ok']);
  });

  it('measures once when no ratio is worse', async () => {
    expect(await verdicts(6)).toEqual(['ok', 'ok']);
  });
});

it('alternate runs all sides in each round, and turns their order around', async () => {
  let log = '';
  const side = (name: string, result: number) => () => {
    log += name;
    return result;
  };
  const results = await alternate([side('a', 1), side('b', 2)], { rounds: 3, runs: 2 });
  expect(log).toBe('aabbbbaaaabb');
  expect(results).toEqual([Array(3).fill([1, 1]), Array(3).fill([2, 2])]);
});
