/**
 * From the POST of a message to its event on the stream, on the local runner: median and p99 at 1, 100 and 500 open sessions,
 * and whether any message was lost. Client, runner and functions share the machine's cores.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startFixture } from '../test/e2e/support/fixture';
import { openSession, type RawSession } from '../test/e2e/support/sse';
import { median, percentile, table } from './report';

/** Sessions, messages of each, milliseconds between two of one session. */
const LOADS = [
  { sessions: 1, messages: 500, think: 0 },
  { sessions: 100, messages: 10, think: 1_000 },
  { sessions: 500, messages: 4, think: 5_000 },
];

async function measure(
  session: RawSession,
  messages: number,
  think: number,
): Promise<{ latencies: number[]; lost: number }> {
  const latencies: number[] = [];
  let lost = 0;
  await sleep(Math.random() * think);
  for (let n = 0; n < messages; n++) {
    const id = `m${n}`;
    const start = performance.now();
    await session.post({ jsonrpc: '2.0', id, method: 'ping' });
    while (!session.messages.some((m) => m.id === id) && performance.now() - start < 20_000) await sleep(1);
    if (session.messages.some((m) => m.id === id)) latencies.push(performance.now() - start);
    else lost += 1;
    await sleep(think);
  }
  return { latencies, lost };
}

const rows: Array<Array<string | number>> = [];
for (const { sessions, messages, think } of LOADS) {
  await using fixture = await startFixture({
    server: { maxSessions: 1_000, throttlingRateLimit: 10_000, throttlingBurstLimit: 10_000 },
  });
  const open = await Promise.all(Array.from({ length: sessions }, () => openSession(fixture)));
  const results = await Promise.all(open.map((session) => measure(session, messages, think)));
  const latencies = results.flatMap((r) => r.latencies);
  const lost = results.reduce((sum, r) => sum + r.lost, 0);
  rows.push([
    sessions,
    latencies.length + lost,
    median(latencies).toFixed(1),
    percentile(latencies, 0.99).toFixed(1),
    lost,
  ]);
  for (const session of open) session.vanish();
}
table(['open sessions', 'messages', 'median ms', 'p99 ms', 'lost'], rows);
process.exit(0);
