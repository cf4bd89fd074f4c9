/**
 * Runs clients that come, vanish, stall and flood under faults: 500 sessions in shared processes, then 100 sessions with a process for each
 * invocation, which are killed at random. Prints the tables of RESULTS.md. Exits with 1 if a message was lost or answered twice, or if something
 * is left after the sweep.
 */
import { table } from '../report.js';
import { type SoakOptions, type SoakResult, soak } from './soak.mjs';

const minutes = Number(process.argv[2] ?? 10);
/** Share of each kind of fault. The arguments of the command: minutes, the beginning of the name of one run, share. */
const share = Number(process.argv[4] ?? 0.1);
/**
 * The clients, the runner and the embedded services share one process. A message costs it about 10 ms, so that it serves fewer than 100 per
 * second. 500 sessions send about 25, pings included.
 */
const common = {
  seconds: minutes * 60,
  share,
  seed: 1,
  pauseMs: 40_000,
  rampMs: 90_000,
  sessionSeconds: 600,
  pingSeconds: 40,
  onProgress: console.error,
};
const RUNS: Record<string, SoakOptions> = {
  '500 sessions, shared processes': {
    ...common,
    sessions: 500,
    isolation: 'shared',
    measuresMemory: true,
  },
  '100 sessions, killed processes': { ...common, sessions: 100, isolation: 'lambda', killSeconds: 2 },
};

const only = process.argv[3];
const results: Array<[string, SoakResult]> = [];
for (const [name, options] of Object.entries(RUNS)) {
  if (!only || name.startsWith(only)) results.push([name, await soak(options)]);
}

table(
  [
    'run',
    'sessions',
    'tasks',
    'sent',
    'answered',
    'refused',
    'client left',
    'session ended',
    'lost',
    'twice',
    'queues',
    'records',
    'statements',
  ],
  results.map(([name, { tally, ranTwice, remains }]) => [
    `${name}${tally.killed ? ` (${tally.killed})` : ''}`,
    tally.sessions,
    tally.tasks,
    tally.sent,
    tally.answered,
    tally.refused,
    tally.abandoned,
    tally.ended,
    tally.lost.length,
    tally.twice.length + ranTwice.length,
    remains.queues,
    remains.records,
    remains.statements,
  ]),
);
for (const [name, { tally, ranTwice, faults, memory }] of results) {
  console.log(`\n${name}: ${[...faults].map(([kind, count]) => `${kind}: ${count}`).join('; ')}\n`);
  const refusals = [...tally.refusals].sort(([, a], [, b]) => b - a).slice(0, 10);
  for (const [refusal, count] of refusals) console.log(`  ${count} x ${refusal}`);
  for (const problem of [...tally.lost, ...tally.twice, ...ranTwice].slice(0, 20)) console.log(`  ${problem}`);
  table(
    ['process', 'heap MiB, start', 'end', 'RSS MiB, start', 'end'],
    [...memory.end].map(([process, { heap, rss }]) => {
      const at = memory.start.get(process);
      return [process, at?.heap.toFixed(0) ?? '', heap.toFixed(0), at?.rss.toFixed(0) ?? '', rss.toFixed(0)];
    }),
  );
}
/** What must be 0: messages that were lost, ran or were answered twice, and what is left after the sweep. */
const faulty = results.some(
  ([, { tally, ranTwice, remains }]) =>
    [...tally.lost, ...tally.twice, ...ranTwice].length > 0 || Object.values(remains).some((count) => count > 0),
);
process.exit(faulty ? 1 : 0);
