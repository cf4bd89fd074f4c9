/** Compares exact JSON with plain parsing: time to parse a text and to write it again, for small and large payloads. */
import { parseExact, plainTwin } from '../lambda/shared/exact-json';
import { isMain, median, table } from './report';

const MEBIBYTE = 1_048_576;
const RUN_MS = 1_500;

/** An order: what most payloads hold. */
const order = (n: number, total: string) =>
  `{"id":${n},"customer":"Ada Lovelace","city":"Zürich","placed":"2026-07-28T12:34:56Z","lines":[{"sku":"LAMP-7","pieces":2,"price":19.95}],"paid":true,"total":${total}}`;

interface Payload {
  /** The numbers that it contains. */
  readonly numbers: string;
  /** Whether JavaScript alters one of them, so that the source text must be read. */
  readonly altered: boolean;
  readonly item: (n: number) => string;
}

export const payloads: readonly Payload[] = [
  { numbers: 'ordinary numbers', altered: false, item: (n) => order(n, '39.9') },
  { numbers: 'long digits in strings', altered: false, item: (n) => order(n, '"725653563933458432"') },
  { numbers: 'one large integer per order', altered: true, item: (n) => order(n, '725653563933458432') },
  { numbers: 'only decimals with trailing zeros', altered: true, item: () => `[${Array(20).fill('1.50').join()}]` },
];

export function payloadText(item: (n: number) => string, bytes: number): string {
  const items: string[] = [];
  for (let size = 0, n = 0; size < bytes; n++) {
    items.push(item(n));
    size += Buffer.byteLength(items.at(-1)!) + 1;
  }
  return `[${items.join()}]`;
}

/** Milliseconds of one call, the median of as many as fit into the time of a run. */
function milliseconds(work: () => unknown): number {
  const batch = Math.max(1, Math.round(5 / once(work, 3)));
  const times: number[] = [];
  for (const end = performance.now() + RUN_MS; performance.now() < end; ) times.push(once(work, batch));
  return median(times);
}

function once(work: () => unknown, times: number): number {
  const start = performance.now();
  for (let n = 0; n < times; n++) work();
  return (performance.now() - start) / times;
}

const shown = (ms: number) => (ms < 1 ? `${(ms * 1000).toFixed(1)} µs` : `${ms.toFixed(1)} ms`);

function main(): void {
  const rows: string[][] = [];
  for (const [size, bytes] of [
    ['1 KB', 1_024],
    ['4 MB', 4 * MEBIBYTE],
  ] as const) {
    for (const { numbers, item } of payloads) {
      const text = payloadText(item, bytes);
      const value = parseExact(text);
      const [parse, exact] = [milliseconds(() => JSON.parse(text)), milliseconds(() => parseExact(text))];
      const plain: unknown = JSON.parse(text);
      const write = milliseconds(() => JSON.stringify(plain));
      const writeExact = milliseconds(() => JSON.stringify(value));
      const twin = milliseconds(() => plainTwin(value));
      rows.push([size, numbers, ...[parse, exact, write, writeExact, twin].map(shown)]);
    }
  }
  table(['payload', 'numbers', 'JSON.parse', 'parseExact', 'JSON.stringify', '… of exact numbers', 'plainTwin'], rows);
}

if (isMain('bench/exact-json.ts')) main();
