import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Runner, startRunner } from '../../local/runner.js';
import { parseFaults } from '../../local/services/faults/file.js';
import type { Isolation } from '../../local/services/lambda/service.js';
import { synthesise } from './app.mjs';
import { faultPlan } from './faults.mjs';
import { runTask, useHttpSession } from './http-client.mjs';
import { functionProcesses, type Memory, measureMemory } from './memory.mjs';
import { countRemains, type Remains } from './remains.mjs';
import { type Behaviour, useSseSession } from './sse-client.mjs';
import { randomNumbers, Tally } from './tally.mjs';

export interface SoakOptions {
  /** Clients that hold a session at any time. */
  readonly sessions: number;
  readonly seconds: number;
  /** The share of each kind of fault. */
  readonly share: number;
  readonly seed: number;
  readonly isolation: Isolation;
  /** Seconds between two kills of a random process of a server function, on Linux; no kills without it. */
  readonly killSeconds?: number;
  /** Time between two messages of a client, milliseconds. */
  readonly pauseMs: number;
  /** Time in which the clients start, milliseconds; `pauseMs` by default. */
  readonly rampMs?: number;
  /** Longest session, seconds. */
  readonly sessionSeconds?: number;
  readonly pingSeconds: number;
  readonly measuresMemory?: boolean;
  readonly onProgress?: (text: string) => void;
}

export interface SoakResult {
  readonly tally: Tally;
  /** The tool calls that ran twice. */
  readonly ranTwice: readonly string[];
  readonly remains: Remains;
  readonly faults: ReadonlyMap<string, number>;
  readonly memory: { readonly start: Map<string, Memory>; readonly end: Map<string, Memory> };
}

const BEHAVIOURS: readonly Behaviour[] = ['steady', 'steady', 'steady', 'vanish', 'stall', 'flood'];
const SESSION_SECONDS = 120;
/** Two receive calls of a session that are never answered take 49 seconds. A task has twice this time. */
const ANSWER_MS = 120_000;
const WARM_UP_MS = 10_000;
const KILLED = /Mcp(?:Sse|Http|Message|TaskRunner)Function/;

/** Runs clients under faults, and accounts for every message, run and resource. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const directory = mkdtempSync(join(tmpdir(), 'soak-'));
  const journal = join(directory, 'journal');
  const { sessions, isolation, seed, share, pingSeconds, sessionSeconds = SESSION_SECONDS } = options;
  const assembly = synthesise(directory, {
    journal,
    sessions: 2 * sessions,
    sessionSeconds,
    pingSeconds,
  });
  const faults = new Map<string, number>();
  const runner = await startRunner({
    app: assembly,
    port: 0,
    isolation,
    faults: parseFaults(faultPlan(share, seed)),
    onFault: ({ fault: { type, when } }) => {
      const kind = ['throttle', 'duplicate'].includes(type) ? type : `${type}, ${when}`;
      faults.set(kind, (faults.get(kind) ?? 0) + 1);
    },
  });
  try {
    const { tally, start } = await load(runner, options);
    runner.setFaults(false);
    await unregister(runner);
    await sleep(pingSeconds * SETTLE_PINGS * 1_000);
    await runner.fireSchedule('Sweep');
    await sleep(SWEEP_MS);
    const remains = await countRemains(runner);
    const end = options.measuresMemory ? await measureMemory(runner) : new Map();
    const runs = existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : [];
    const ranTwice = runs.filter((run, i) => runs.indexOf(run) !== i);
    return { tally, ranTwice, remains, faults, memory: { start, end } };
  } finally {
    await runner.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Time for the server functions to notice that the clients have left, in intervals of their pings. */
const SETTLE_PINGS = 4;
const SWEEP_MS = 5_000;
const UNREGISTER_ATTEMPTS = 10;
const LATE_REQUEST_MS = 5_000;

async function load(runner: Runner, options: SoakOptions) {
  const { sessions, seconds, seed, killSeconds, measuresMemory, onProgress, rampMs = options.pauseMs } = options;
  const tally = new Tally();
  const random = randomNumbers(seed);
  const until = Date.now() + seconds * 1_000;
  const [{ mcp, sse, register }] = runner.servers;
  let number = 0;
  const client = async (use: () => Promise<void>) => {
    await sleep(random() * rampMs);
    while (Date.now() < until) await use();
  };
  const common = () => ({ tally, random, name: `m${++number}`, pauseMs: options.pauseMs, answerMs: ANSWER_MS, until });
  const behaviour = () => BEHAVIOURS[Math.floor(random() * BEHAVIOURS.length)];
  const part = (share: number, use: () => Promise<void>) =>
    Array.from({ length: Math.max(1, Math.round(sessions * share)) }, () => client(use));
  const clients = [
    ...part(0.7, () => useSseSession({ ...common(), url: sse!, behaviour: behaviour() })),
    ...part(0.2, () => useHttpSession({ ...common(), url: mcp })),
    ...part(0.1, () => runTask({ ...common(), url: mcp })),
    client(() => registerAndRemove(register, runner, random)),
  ];
  if (killSeconds !== undefined) clients.push(kill(tally, killSeconds, until, random));
  const progress = setInterval(
    () => onProgress?.(`${tally.sent} sent, ${tally.open} open, ${tally.lost.length} lost`),
    30_000,
  );
  await sleep(Math.max(WARM_UP_MS, rampMs));
  const start = measuresMemory ? await measureMemory(runner) : new Map<string, Memory>();
  await Promise.all(clients);
  clearInterval(progress);
  return { tally, start };
}

async function kill(tally: Tally, everySeconds: number, until: number, random: () => number) {
  while (Date.now() < until) {
    await sleep(everySeconds * 1_000);
    const processes = functionProcesses(KILLED);
    if (processes.length === 0) continue;
    process.kill(processes[Math.floor(random() * processes.length)], 'SIGKILL');
    tally.killed += 1;
  }
}

const recordArn = (runner: Runner) => runner.functions.find(({ handler }) => handler === 'index.record')!.arn;

/** Registers a tool by API, and removes it. Both may fail under faults. */
async function registerAndRemove(url: string, runner: Runner, random: () => number): Promise<void> {
  const name = `more_${Math.floor(random() * 5)}`;
  await send(url, 'POST', { type: 'tool', name, lambdaArn: recordArn(runner) });
  await sleep(1_000);
  await send(`${url}/tool-${name}`, 'DELETE');
  await sleep(1_000);
}

/** Removes what the faults left registered. What interrupted requests left otherwise is for the sweep. */
async function unregister(runner: Runner): Promise<void> {
  const { register } = runner.servers[0];
  for (let attempt = 0; attempt < UNREGISTER_ATTEMPTS; attempt++) {
    const { items = [] } = JSON.parse(await send(register, 'GET'));
    const names = items.map(({ name }: { name: string }) => name).filter((name: string) => name.startsWith('more_'));
    if (attempt > 0 && names.length === 0) return;
    for (const name of names) await send(`${register}/tool-${name}`, 'DELETE');
    // a request that the API has answered with 504 may still be running
    await sleep(LATE_REQUEST_MS);
  }
}

async function send(url: string, method: string, body?: object): Promise<string> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return response.text();
}
