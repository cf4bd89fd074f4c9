import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/conformance');
const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
/** Longest time for one scenario, in milliseconds: the tasks scenarios wait for many tasks in turn. */
const SCENARIO_MS = 60_000;
/** Invocations of the HTTP function that a scenario has at once: streams that it opened and left, which Lambda does not see, and more. */
const CONCURRENCY = 8;

/** What the suite runs and does not score, under the names that it is reported with. All run at the newest revision. */
const UNSCORED = {
  // tasks-status-notifications skips itself whatever the server does: its harness waits for a rewrite
  tasks: (scenario: string) => scenario.startsWith('tasks-') && scenario !== 'tasks-status-notifications',
  headers: (scenario: string) => scenario.startsWith('http-'),
  'json-schema': (scenario: string) => scenario === 'json-schema-2020-12',
} as const;

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly description?: string;
  readonly errorMessage?: string;
}

/** How a group of scenarios came out. */
export interface Score {
  readonly name: string;
  readonly passed: readonly string[];
  /** Scenarios that did not pass, and why. */
  readonly failed: Readonly<Record<string, readonly string[]>>;
}

/** Runs everything that a server is measured by, and scores it from the checks that the suite wrote. */
export async function runSuite(url: string, print: (text: string) => void = () => {}): Promise<Score[]> {
  const scores: Score[] = [];
  for (const revision of REVISIONS) {
    await warmUp(url);
    const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
    try {
      await conformance(
        ['server', '--url', url, '--requirements', revision, '--timeout', String(SCENARIO_MS), '-o', directory],
        print,
      );
      const outcome = outcomesIn(directory);
      const { required, unscored } = requirements(revision);
      scores.push(score(revision, required, outcome));
      if (revision !== REVISIONS.at(-1)) continue;
      for (const [name, belongs] of Object.entries(UNSCORED)) {
        scores.push(score(name, unscored.filter(belongs), outcome));
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return scores;
}

/**
 * Calls what the suite waits half a second for, and as much at once as it will: a cold start on a busy machine can take longer.
 * It is what provisioned concurrency is for.
 */
async function warmUp(url: string): Promise<void> {
  const slow = Array.from({ length: CONCURRENCY }, () => call(url, 'slow_compute', { seconds: 1 }));
  await Promise.all([...slow, call(url, 'test_logging_tool'), call(url, 'test_missing_capability')]);
  for (const kind of ['tool', 'prompt']) await call(url, `test_trigger_${kind}_change`);
}

async function call(url: string, name: string, args: object = {}): Promise<void> {
  const params = { name, arguments: args };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  await response.text();
}

/** `<group>: <passed>/<all>`. */
export function line({ name, passed, failed }: Score): string {
  return `${name}: ${passed.length}/${passed.length + Object.keys(failed).length}`;
}

function score(name: string, scenarios: readonly string[], outcome: (scenario: string) => string[]): Score {
  const problems = scenarios.map((scenario) => [scenario, outcome(scenario)] as const);
  return {
    name,
    passed: problems.filter(([, why]) => why.length === 0).map(([scenario]) => scenario),
    failed: Object.fromEntries(problems.filter(([, why]) => why.length > 0)),
  };
}

/** The server scenarios that a revision's frozen list requires, and those that it runs beside them. */
export function requirements(revision: string): { required: string[]; unscored: string[] } {
  const lists: Record<string, string[]> = {};
  let section = '';
  // the form of these files: top-level keys, and below them `- name` (scored) or `- scenario: name` (not scored)
  for (const text of readFileSync(join(SUITE, 'requirements', `${revision}.yaml`), 'utf8').split('\n')) {
    const key = /^(\w+):/.exec(text)?.[1];
    if (key) section = key;
    const entry = /^ {2}- (?:scenario: )?([a-z0-9/-]+)$/.exec(text)?.[1];
    if (entry) lists[section] = [...(lists[section] ?? []), entry];
  }
  return { required: lists.server ?? [], unscored: lists.not_scored ?? [] };
}

/** Why a scenario did not pass, by the checks in the suite's results; empty for one that did. */
function outcomesIn(directory: string): (scenario: string) => string[] {
  const results = readdirSync(directory);
  return (scenario) => {
    const own = results.find((name) => name.replace(/-\d{4}-\d\d-\d\dT.*$/, '') === `server-${scenario}`);
    const file = own && join(directory, own, 'checks.json');
    if (!file || !existsSync(file)) return ['the suite could not run it'];
    const checks = JSON.parse(readFileSync(file, 'utf8')) as Check[];
    if (!checks.some(({ status }) => status === 'SUCCESS')) return ['nothing was checked'];
    return checks
      .filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO')
      .map(({ id, status, errorMessage, description }) => `${status} ${id}: ${errorMessage ?? description}`);
  };
}

async function conformance(args: string[], print: (text: string) => void): Promise<void> {
  const child = spawn(process.execPath, [join(SUITE, 'dist/index.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', print);
  }
  await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()));
}
