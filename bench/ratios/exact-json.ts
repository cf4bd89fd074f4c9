/** Exact JSON beside plain parsing of the same text. */
import { parseExact } from '../../lambda/shared/exact-json';
import { payloads, payloadText } from '../exact-json';
import { alternate, type Ratio, ratioOf } from './ratio';

const BYTES = 8_192;
/** Calls in a run, so that a run is longer than the clock is exact. */
const BATCH = 10;
/** The same for each effort: V8 compiles the code of a longer run again, which changes the ratio. */
const ROUNDS = { rounds: 9, runs: 40 };

export async function exactJson(): Promise<Ratio[]> {
  const ratios = [];
  for (const [name, item] of payloads) {
    const text = payloadText(item, BYTES);
    const sides = [() => repeated(() => parseExact(text)), () => repeated(() => JSON.parse(text))];
    await alternate(sides, { rounds: 2, runs: 40 }); // until the code is compiled
    const [exact, plain] = await alternate(sides, ROUNDS);
    const { p99: _, ...ratio } = ratioOf(`parseExact, ${name}`, 'JSON.parse', exact!, plain!);
    ratios.push(ratio);
  }
  return ratios;
}

function repeated(work: () => unknown): number {
  const start = performance.now();
  for (let n = 0; n < BATCH; n++) work();
  return performance.now() - start;
}
