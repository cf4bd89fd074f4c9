import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/conformance');
const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
/** Time limit for one scenario, in milliseconds. The tasks scenarios wait for many tasks in turn. */
const SCENARIO_MS = 60_000;
/** Concurrent invocations of the HTTP function in a scenario, including streams whose clients have disconnected. */
const CONCURRENCY = 8;

/** Groups of scenarios that the suite runs at the newest revision but does not score. */
const UNSCORED = {
  // tasks-status-notifications always skips itself, pending a rewrite of its harness
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

/** The result of a group of scenarios. */
export interface Score {
  readonly name: string;
  readonly passed: readonly string[];
  /** Reasons of failed scenarios. */
  readonly failed: Readonly<Record<string, readonly string[]>>;
}

/** Runs all server scenarios and scores them from the results that the suite writes. */
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
 * Warms up the functions that the suite gives only half a second, at its concurrency. A cold start on a busy machine takes longer. On
 * AWS, provisioned concurrency has the same effect.
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

/** Formats a score as `<group>: <passed>/<total>`. */
export function line({ name, passed, failed }: Score): string {
  return `${name}: ${passed.length}/${passed.length + Object.keys(failed).length}`;
}

function score(name: string, scenarios: readonly string[], outcome: (scenario: string) => string[]): Score {
  const outcomes = scenarios.map((scenario) => [scenario, outcome(scenario)] as const);
  return {
    name,
    passed: outcomes.filter(([, reasons]) => reasons.length === 0).map(([scenario]) => scenario),
    failed: Object.fromEntries(outcomes.filter(([, reasons]) => reasons.length > 0)),
  };
}

/** The server scenarios that a revision requires, and those that it runs without scoring. */
export function requirements(revision: string): { required: string[]; unscored: string[] } {
  const lists: Record<string, string[]> = {};
  let section = '';
  // the file has top-level keys with entries `- name` (scored) or `- scenario: name` (not scored)
  for (const text of readFileSync(join(SUITE, 'requirements', `${revision}.yaml`), 'utf8').split('\n')) {
    const key = /^(\w+):/.exec(text)?.[1];
    if (key) section = key;
    const entry = /^ {2}- (?:scenario: )?([a-z0-9/-]+)$/.exec(text)?.[1];
    if (entry) lists[section] = [...(lists[section] ?? []), entry];
  }
  return { required: lists.server ?? [], unscored: lists.not_scored ?? [] };
}

/** Returns the reasons why a scenario failed, from the results of the suite. Empty if it passed. */
function outcomesIn(directory: string): (scenario: string) => string[] {
  const results = readdirSync(directory);
  return (scenario) => {
    const own = results.find((name) => name.replace(/-\d{4}-\d\d-\d\dT.*$/, '') === `server-${scenario}`);
    const file = own && join(directory, own, 'checks.json');
    if (!file || !existsSync(file)) return ['the suite wrote no results'];
    const checks = JSON.parse(readFileSync(file, 'utf8')) as Check[];
    if (!checks.some(({ status }) => status === 'SUCCESS')) return ['the suite ran no checks'];
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
