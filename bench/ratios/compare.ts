import type { Ratio } from './ratio';

/** Ratios by their names. */
export type References = Readonly<Record<string, Omit<Ratio, 'name'>>>;

/**
 * - `ok`: at most a fifth above the reference
 * - `worse`: more than a fifth above it
 * - `better`: more than a fifth below it, so that the reference can be lowered
 * - `new`: without a reference
 * - `missing`: in the reference, but not measured
 */
export type Verdict = 'ok' | 'worse' | 'better' | 'new' | 'missing';

export interface Comparison {
  readonly name: string;
  readonly value: 'median' | 'p99';
  readonly reference?: number;
  readonly now?: number;
  readonly verdict: Verdict;
}

/** How far a ratio may rise above its reference: a fifth. */
export const ALLOWED = 1.2;

/** Measurements after which a ratio fails. */
const ATTEMPTS = 3;
const VALUES = ['median', 'p99'] as const;

/** Compares measured ratios with the reference, in the order of the reference. */
export function compare(references: References, measured: readonly Ratio[]): Comparison[] {
  const now = new Map(measured.map((ratio) => [ratio.name, ratio]));
  const names = new Set([...Object.keys(references), ...now.keys()]);
  return [...names].flatMap((name) =>
    VALUES.flatMap((value) => {
      const pair = { reference: references[name]?.[value], now: now.get(name)?.[value] };
      if (pair.reference === undefined && pair.now === undefined) return [];
      return [{ name, value, ...pair, verdict: verdict(pair) }];
    }),
  );
}

function verdict({ reference, now }: Pick<Comparison, 'reference' | 'now'>): Verdict {
  if (now === undefined || Number.isNaN(now)) return 'missing';
  if (reference === undefined) return 'new';
  if (now > reference * ALLOWED) return 'worse';
  return now < reference / ALLOWED ? 'better' : 'ok';
}

/** Whether a comparison fails the check. */
export const fails = ({ verdict }: Comparison) => verdict === 'worse' || verdict === 'missing';

/**
 * Measures a benchmark and compares it with its references. If that fails, it measures again, and keeps the lower of the ratios: the load of
 * a machine is not the same in each measurement, a slower program is.
 */
export async function check(references: References, measure: () => Promise<Ratio[]>): Promise<Comparison[]> {
  let measured = await measure();
  for (let attempt = 1; attempt < ATTEMPTS && compare(references, measured).some(fails); attempt++) {
    measured = lower(measured, await measure());
  }
  return compare(references, measured);
}

function lower(first: readonly Ratio[], second: readonly Ratio[]): Ratio[] {
  const again = new Map(second.map((ratio) => [ratio.name, ratio]));
  return first.map((ratio) => {
    const { median = ratio.median, p99 = ratio.p99 } = again.get(ratio.name) ?? {};
    return {
      ...ratio,
      median: Math.min(ratio.median, median),
      ...(ratio.p99 !== undefined && { p99: Math.min(ratio.p99, p99!) }),
    };
  });
}
