/**
 * Opens 100 sessions of `/sse` at once on the local runner. Measures how long each takes from `GET /sse` to its `endpoint` event, and each
 * first message from its POST to its event on the stream. In the first round of a runner, the functions take their first requests, in the
 * second one they have served 100 sessions. Each runner has two rounds, because the sessions of disconnected clients stay open until they miss
 * two pings.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSession, type RawSession } from '../test/e2e/support/sse';
import { median, percentile, table } from './report';
import { type BenchServer, startServer } from './runner';

const SESSIONS = 100;
const RUNNERS = 4;
/** Longest pause of a client between the `endpoint` event and its first message, milliseconds. */
const PAUSES = [1_000, 0];
/** Time between two rounds, milliseconds. */
const REST_MS = 2_000;

interface Opening {
  readonly session: RawSession;
  readonly openMs: number;
  readonly messageMs: number;
}

async function open(server: URL, pauseMs: number): Promise<Opening> {
  let received!: () => void;
  const response = new Promise<void>((resolve) => {
    received = resolve;
  });
  const start = performance.now();
  const session = await openSession({ sseUrl: server }, {}, ({ id }) => id === 1 && received());
  const openMs = performance.now() - start;
  await sleep(Math.random() * pauseMs);
  const posted = performance.now();
  const accepted = await session.post({ jsonrpc: '2.0', id: 1, method: 'ping' });
  await Promise.all([accepted.text(), response]);
  return { session, openMs, messageMs: performance.now() - posted };
}

async function round({ sse }: BenchServer, pauseMs: number): Promise<Opening[]> {
  const openings = await Promise.all(Array.from({ length: SESSIONS }, () => open(sse, pauseMs)));
  for (const { session } of openings) session.disconnect();
  await sleep(REST_MS);
  return openings;
}

function row(processes: string, pauseMs: number, openings: readonly Opening[]): Array<string | number> {
  const figures = (values: number[]) => [median(values).toFixed(0), percentile(values, 0.99).toFixed(0)];
  return [
    processes,
    pauseMs === 0 ? 'at once' : `within ${pauseMs / 1000} s`,
    openings.length,
    ...figures(openings.map(({ openMs }) => openMs)),
    ...figures(openings.map(({ messageMs }) => messageMs)),
  ];
}

async function main(): Promise<void> {
  const rows: Array<Array<string | number>> = [];
  for (const pauseMs of PAUSES) {
    const first: Opening[] = [];
    const second: Opening[] = [];
    for (let n = 0; n < RUNNERS; n++) {
      const server = await startServer();
      first.push(...(await round(server, pauseMs)));
      second.push(...(await round(server, pauseMs)));
      await server.stop();
    }
    rows.push(row('start', pauseMs, first), row('run', pauseMs, second));
  }
  table(
    ['processes', 'first message', 'sessions', 'open, median ms', 'p99 ms', 'first message, median ms', 'p99 ms'],
    rows,
  );
  console.log(`load average ${loadavg()[0]!.toFixed(1)}`);
}

void main();
