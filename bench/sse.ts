/**
 * Measures the latency from the POST of a message to its event on the stream, on the local runner with 1, 100 and 500 open sessions,
 * and counts lost messages. Client, runner and functions share the machine's cores.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openSession, type RawSession } from '../test/e2e/support/sse';
import { median, percentile, table } from './report';
import { startServer } from './runner';

/** Number of sessions, messages per session, and milliseconds between the messages of a session. */
const LOADS = [
  { sessions: 1, messages: 500, pauseMs: 0 },
  { sessions: 100, messages: 10, pauseMs: 1_000 },
  { sessions: 500, messages: 4, pauseMs: 5_000 },
];

const LOST_AFTER_MS = 20_000;

/** Sends pings one after the other. Returns the latency of each, or undefined for a lost one. */
async function measure(
  server: URL,
  messages: number,
  pauseMs: number,
): Promise<{ session: RawSession; latencies: Array<number | undefined> }> {
  const waiting = new Map<unknown, () => void>();
  const session = await openSession({ sseUrl: server }, {}, ({ id }) => waiting.get(id)?.());
  const latencies: Array<number | undefined> = [];
  await sleep(Math.random() * pauseMs);
  for (let n = 0; n < messages; n++) {
    const start = performance.now();
    const answered = new Promise<number>((resolve) => waiting.set(n, () => resolve(performance.now() - start)));
    const posted = session.post({ jsonrpc: '2.0', id: n, method: 'ping' });
    latencies.push(await Promise.race([answered, sleep(LOST_AFTER_MS, undefined, { ref: false })]));
    await (await posted).text();
    waiting.delete(n);
    await sleep(pauseMs);
  }
  return { session, latencies };
}

async function main(): Promise<void> {
  const rows: Array<Array<string | number>> = [];
  for (const { sessions, messages, pauseMs } of LOADS) {
    const server = await startServer();
    const results = await Promise.all(Array.from({ length: sessions }, () => measure(server.sse, messages, pauseMs)));
    const sent = results.flatMap(({ latencies }) => latencies);
    const answered = sent.filter((latency) => latency !== undefined);
    const lost = sent.length - answered.length;
    rows.push([sessions, sent.length, median(answered).toFixed(1), percentile(answered, 0.99).toFixed(1), lost]);
    for (const { session } of results) session.disconnect();
    await server.stop();
  }
  table(['open sessions', 'messages', 'median ms', 'p99 ms', 'lost'], rows);
}

void main();
