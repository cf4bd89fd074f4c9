import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/conformance');
/** Revisions without a list of required scenarios: all that apply to them are scored, as unofficial. */
const UNOFFICIAL = ['2025-03-26', '2025-06-18'] as const;
/** Revisions for which the suite lists the required scenarios. */
const OFFICIAL = ['2025-11-25', '2026-07-28'] as const;
/** Time limit for one scenario, in milliseconds. The tasks scenarios wait for many tasks in turn. */
const SCENARIO_MS = 60_000;
/** Concurrent invocations of the HTTP function in a scenario, including streams whose clients have disconnected. */
const CONCURRENCY = 8;

/** Groups of scenarios that the suite runs at an official revision but does not score. */
const UNSCORED: Readonly<Record<string, (scenario: string) => boolean>> = {
  tasks: (scenario) => scenario.startsWith('tasks-'),
  headers: (scenario) => scenario.startsWith('http-'),
  'json-schema': (scenario) => scenario === 'json-schema-2020-12',
  sessions: (scenario) => scenario === 'server-session-lifecycle',
  'sse-polling': (scenario) => scenario === 'server-sse-polling',
};

/** Scenarios that the server does not pass by decision, with the reason. */
const DECLINED: Readonly<Record<string, string>> = {
  'server-sse-polling':
    'POST streams send no priming event and do not close early, because they are not resumable: docs/adr/015-post-streams.md',
};

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly description?: string;
  readonly errorMessage?: string;
}

/** The result of a group of scenarios. Every scenario that ran is in one of its lists. */
export interface Score {
  readonly name: string;
  readonly passed: readonly string[];
  /** Reasons of failed scenarios. */
  readonly failed: Reasons;
  /** Reasons of scenarios that the suite itself skips. */
  readonly skipped: Reasons;
  /** Reasons of scenarios that the server does not pass by decision. */
  readonly declined: Reasons;
}

type Reasons = Readonly<Record<string, readonly string[]>>;

interface Outcome {
  readonly status: 'passed' | 'failed' | 'skipped' | 'declined';
  readonly reasons: readonly string[];
}

/** Runs all server scenarios and scores them from the results that the suite writes. */
export async function runSuite(url: string, print: (text: string) => void = () => {}): Promise<Score[]> {
  const scores: Score[] = [];
  for (const revision of UNOFFICIAL) {
    const outcome = await runScenarios(url, ['--suite', 'all', '--spec-version', revision], print);
    scores.push(score(`${revision} (unofficial)`, await scenariosOf(revision), outcome));
  }
  for (const revision of OFFICIAL) {
    const outcome = await runScenarios(url, ['--requirements', revision], print);
    const { required, unscored } = requirements(revision);
    scores.push(score(revision, required, outcome));
    for (const [name, scenarios] of Object.entries(grouped(unscored))) {
      scores.push(score(`${revision} ${name}`, scenarios, outcome));
    }
  }
  return scores;
}

async function runScenarios(url: string, selection: string[], print: (text: string) => void) {
  await warmUp(url);
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const options = ['--timeout', String(SCENARIO_MS), '-o', directory];
    await conformance(['server', '--url', url, ...selection, ...options], print);
    return outcomesIn(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The server scenarios that apply to a revision. */
async function scenariosOf(revision: string): Promise<string[]> {
  let list = '';
  await conformance(['list', '--server', '--spec-version', revision], (text) => {
    list += text;
  });
  return [...list.matchAll(/^ {2}- (\S+)/gm)].map(([, name]) => name!);
}

/** Sorts scenarios into the groups of `UNSCORED`. */
function grouped(scenarios: readonly string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const scenario of scenarios) {
    const [name] = Object.entries(UNSCORED).find(([, belongs]) => belongs(scenario)) ?? ['other'];
    groups[name] = [...(groups[name] ?? []), scenario];
  }
  return groups;
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

/** Formats a score as `<group>: <passed>/<total>`, with the numbers of scenarios that are skipped and declined. */
export function line({ name, passed, failed, skipped, declined }: Score): string {
  const count = (reasons: Reasons) => Object.keys(reasons).length;
  const total = passed.length + count(failed) + count(skipped) + count(declined);
  return [
    `${name}: ${passed.length}/${total}`,
    ...(count(skipped) > 0 ? [`${count(skipped)} skipped by the suite`] : []),
    ...(count(declined) > 0 ? [`${count(declined)} declined`] : []),
  ].join(', ');
}

function score(name: string, scenarios: readonly string[], outcome: (scenario: string) => Outcome): Score {
  const outcomes = scenarios.map((scenario) => ({ scenario, ...withDecision(scenario, outcome(scenario)) }));
  const reasons = (kind: Outcome['status']): Reasons =>
    Object.fromEntries(
      outcomes.filter(({ status }) => status === kind).map(({ scenario, reasons }) => [scenario, reasons]),
    );
  return {
    name,
    passed: Object.keys(reasons('passed')),
    failed: reasons('failed'),
    skipped: reasons('skipped'),
    declined: reasons('declined'),
  };
}

/** Replaces the failure of a declined scenario by the decision. One that passes must not be declined. */
function withDecision(scenario: string, outcome: Outcome): Outcome {
  const decision = DECLINED[scenario];
  if (decision === undefined) return outcome;
  if (outcome.status === 'passed') return { status: 'failed', reasons: ['it passes: remove it from DECLINED'] };
  return { status: 'declined', reasons: [decision, ...outcome.reasons] };
}

/** The server scenarios that a revision requires, and those that it runs without scoring. */
export function requirements(revision: string): { required: string[]; unscored: string[] } {
  const yaml = readFileSync(join(SUITE, 'requirements', `${revision}.yaml`), 'utf8');
  // each top-level key has a list, of names or of objects that begin with `scenario` and `leg`
  const sections = Object.fromEntries(yaml.split(/^(?=\w)/m).map((text) => [text.split(':', 1)[0]!, text]));
  const names = (section: string | undefined, entry: RegExp) =>
    [...(section ?? '').matchAll(entry)].map(([, name]) => name!);
  return {
    required: names(sections.server, /^ {2}- (\S+)$/gm),
    unscored: names(sections.not_scored, /^ {2}- scenario: (\S+)\n {4}leg: server$/gm),
  };
}

/** Reads the outcome of each scenario from the results of the suite. */
function outcomesIn(directory: string): (scenario: string) => Outcome {
  const checks = new Map<string, Check[]>();
  for (const name of readdirSync(directory)) {
    const file = join(directory, name, 'checks.json');
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
    if (existsSync(file)) checks.set(scenario, JSON.parse(readFileSync(file, 'utf8')));
  }
  return (scenario) => outcomeOf(checks.get(scenario));
}

function outcomeOf(checks: readonly Check[] | undefined): Outcome {
  if (!checks) return { status: 'failed', reasons: ['the suite wrote no results'] };
  const decisive = checks.filter(({ status }) => status !== 'INFO');
  const problems = decisive.filter(({ status }) => status !== 'SUCCESS');
  const reasons = problems.map(({ id, status, errorMessage, description }) => {
    return `${status} ${id}: ${errorMessage ?? description}`;
  });
  if (decisive.length === 0) return { status: 'failed', reasons: ['the suite ran no checks'] };
  if (decisive.every(({ status }) => status === 'SKIPPED')) return { status: 'skipped', reasons };
  return { status: problems.length > 0 ? 'failed' : 'passed', reasons };
}

async function conformance(args: string[], print: (text: string) => void): Promise<void> {
  const child = spawn(process.execPath, [join(SUITE, 'dist/index.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', print);
  }
  await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()));
}
