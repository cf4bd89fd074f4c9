/** Exact JSON beside plain parsing of the same text. */
import { parseExact } from '../../lambda/shared/exact-json';
import { payloads, payloadText } from '../exact-json';
import { alternate, type Ratio, ratioOf } from './ratio';

const BYTES = 8_192;
/** Calls in a run, so that a run is longer than the clock is exact. */
const BATCH = 10;
/** The same for each effort: V8 compiles the code of a longer run again, which changes the ratio. */
const ROUNDS = { rounds: 9, runs: 40 };

/** `JSON.parse` with a reviver that reads the source text, as exact parsing must. V8 runs it at one of several speeds, chosen by chance. */
const parseWithSource: (text: string) => unknown = (text) =>
  (
    JSON.parse as (
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ) => unknown
  )(text, (_key, value, { source }) => (source === undefined ? value : (value ?? source)));

export async function exactJson(): Promise<Ratio[]> {
  const ratios = [];
  for (const { numbers, altered, item } of payloads) {
    const text = payloadText(item, BYTES);
    const parse = altered ? parseWithSource : (each: string): unknown => JSON.parse(each);
    const sides = [() => repeated(() => parseExact(text)), () => repeated(() => parse(text))];
    await alternate(sides, { rounds: 2, runs: 40 }); // until the code is compiled
    const [exact, plain] = await alternate(sides, ROUNDS);
    const peer = altered ? 'JSON.parse with a reviver' : 'JSON.parse';
    const { p99: _, ...ratio } = ratioOf(`parseExact, ${numbers}`, peer, exact!, plain!);
    ratios.push(ratio);
  }
  return ratios;
}

function repeated(work: () => unknown): number {
  const start = performance.now();
  for (let n = 0; n < BATCH; n++) work();
  return performance.now() - start;
}
