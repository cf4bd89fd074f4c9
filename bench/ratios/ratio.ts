import { median, percentile } from '../report';

/** A result, as a ratio to its peer measured in the same run. Below 1, the subject is faster or smaller than its peer. */
export interface Ratio {
  readonly name: string;
  /** What the subject is compared with. */
  readonly peer: string;
  /** Ratio of the medians. */
  readonly median: number;
  /** Ratio of the 99th percentiles; absent where the runs are too few for one. */
  readonly p99?: number;
}

/** How many runs a benchmark makes: `short` for `npm run bench:check`, `long` for the reference. */
export type Effort = 'short' | 'long';

/** Benchmarks that share a server or a process. */
export interface Benchmark {
  /** The name that `--only` selects. */
  readonly name: string;
  measure(effort: Effort): Promise<Ratio[]>;
}

/** Makes one run and returns its result, such as milliseconds. */
export type Run = () => Promise<number> | number;

interface Rounds {
  readonly rounds: number;
  /** Runs of each side in a round. */
  readonly runs: number;
}

/**
 * Measures a subject and its peers in alternating rounds. Both sides of a round have the same load of the machine, so that their ratio
 * holds where their times do not. The order turns around after each round.
 */
export async function alternate(sides: readonly Run[], { rounds, runs }: Rounds): Promise<number[][][]> {
  const results: number[][][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [...sides.keys()] : [...sides.keys()].reverse();
    for (const side of order) {
      const samples: number[] = [];
      for (let n = 0; n < runs; n++) samples.push(await sides[side]!());
      results[side]!.push(samples);
    }
  }
  return results;
}

/** Parts of the rounds with a 99th percentile each. */
const PARTS = 3;

/**
 * Returns the ratios of a subject to a peer. The ratio of the medians is the median of the rounds' ratios: one disturbed round does not
 * change it. A round has too few runs for a 99th percentile. That ratio is the median of three parts of the rounds.
 */
export function ratioOf(
  name: string,
  peer: string,
  subject: readonly number[][],
  other: readonly number[][],
): Required<Ratio> {
  const rounds = subject.map((samples, round) => median(samples) / median(other[round]!));
  const slowest = (side: readonly number[][], part: number) =>
    percentile(side.filter((_, round) => round % PARTS === part).flat(), 0.99);
  const parts = Array.from(
    { length: Math.min(PARTS, subject.length) },
    (_, n) => slowest(subject, n) / slowest(other, n),
  );
  return { name, peer, median: median(rounds), p99: median(parts) };
}
