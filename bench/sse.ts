/**
 * From the POST of a message to its event on the stream, on the local runner: median and p99 at 1, 100 and 500 open sessions,
 * and whether any message was lost. Client, runner and functions share the machine's cores.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openSession, type RawSession } from '../test/e2e/support/sse';
import { median, percentile, table } from './report';
import { startServer } from './runner';

/** Sessions, messages of each, milliseconds between two of one session. */
const LOADS = [
  { sessions: 1, messages: 500, think: 0 },
  { sessions: 100, messages: 10, think: 1_000 },
  { sessions: 500, messages: 4, think: 5_000 },
];

const LOST_AFTER_MS = 20_000;

/** Sends pings one after the other and notes how long each answer took; undefined for one that never came. */
async function measure(
  server: URL,
  messages: number,
  think: number,
): Promise<{ session: RawSession; latencies: Array<number | undefined> }> {
  const waiting = new Map<unknown, () => void>();
  const session = await openSession({ sseUrl: server }, {}, ({ id }) => waiting.get(id)?.());
  const latencies: Array<number | undefined> = [];
  await sleep(Math.random() * think);
  for (let n = 0; n < messages; n++) {
    const start = performance.now();
    const answered = new Promise<number>((resolve) => waiting.set(n, () => resolve(performance.now() - start)));
    const posted = session.post({ jsonrpc: '2.0', id: n, method: 'ping' });
    latencies.push(await Promise.race([answered, sleep(LOST_AFTER_MS, undefined, { ref: false })]));
    await (await posted).text();
    waiting.delete(n);
    await sleep(think);
  }
  return { session, latencies };
}

async function main(): Promise<void> {
  const rows: Array<Array<string | number>> = [];
  for (const { sessions, messages, think } of LOADS) {
    const server = await startServer();
    const results = await Promise.all(Array.from({ length: sessions }, () => measure(server.sse, messages, think)));
    const sent = results.flatMap(({ latencies }) => latencies);
    const answered = sent.filter((latency) => latency !== undefined);
    const lost = sent.length - answered.length;
    rows.push([sessions, sent.length, median(answered).toFixed(1), percentile(answered, 0.99).toFixed(1), lost]);
    for (const { session } of results) session.vanish();
    await server.stop();
  }
  table(['open sessions', 'messages', 'median ms', 'p99 ms', 'lost'], rows);
}

void main();
