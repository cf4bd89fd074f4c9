import { type Caller, type Check, type Context, PING, UNKNOWN_SESSION_ID } from './check.mjs';
import { Session } from './client/session.mjs';
import { type Credentials, requestSigner, signedFetch } from './client/signed-fetch.mjs';
import { type AppOptions, stacksOf } from './stack.mjs';
import type { Outputs, Target } from './targets/target.mjs';

export interface VerifyOptions {
  readonly run: string;
  readonly target: Target;
  readonly checks: readonly Check[];
  readonly long?: boolean;
  readonly vpc?: boolean;
  readonly oauth?: boolean;
  readonly urls?: boolean;
  /** Keeps the stacks. */
  readonly keep?: boolean;
  readonly log?: (text: string) => void;
  /** Stops the running check and skips the rest. The stacks are still deleted. */
  readonly signal?: AbortSignal;
}

export interface Result {
  readonly id: number;
  readonly claim: string;
  readonly outcome: 'pass' | 'fail' | 'skipped';
  /** What the check observed, or why it was skipped. */
  readonly detail: string;
  readonly seconds: number;
}

export interface Verification {
  readonly results: readonly Result[];
  /** Stacks that still exist. */
  readonly remainingStacks: readonly string[];
}

const STEPS = ['run', 'afterUpdate', 'afterDelete'] as const;
type StepName = (typeof STEPS)[number];

/** Time limit for each step of a check, in minutes. */
const LIMIT_MINUTES = { default: 15, long: 45 };
const INTERRUPTED = 'interrupted';
const MARKS = { pass: '✓', fail: '✗', skipped: '–' };

/** Deploys the stacks, runs each check, updates and deletes the stacks. A failed check does not stop the others. */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { target, checks, keep = false, log = () => {} } = options;
  const runs = checks.map((check) => new CheckRun(check, options));
  const enabled = runs.filter(({ outcome }) => outcome !== 'skipped');
  /** The checks that have this step and did not fail or stop before it. */
  const pending = (name: StepName) => enabled.filter(({ check, outcome }) => check[name] && outcome === undefined);
  const noConcurrency = enabled.some(({ check }) => check.needs === 'noConcurrency');
  const app = {
    python: target.kind === 'aws',
    vpc: options.vpc,
    oauth: options.oauth,
    urls: options.urls,
    noConcurrency,
  };

  const { signal } = options;
  let contextFor: ReturnType<typeof contextFactory> | undefined;
  let remainingStacks: readonly string[] = [];
  /** Deploys a version of the stacks. If that fails, the first of the dependent checks fails and the others are skipped. */
  const deploy = async (activity: string, version: AppOptions['server'], dependents: CheckRun[]) => {
    if (dependents.length === 0 || signal?.aborted) return false;
    log(activity);
    try {
      const outputs = await target.deploy({ ...app, server: version });
      if (version) contextFor = contextFactory(options, outputs);
      return true;
    } catch (error) {
      const [first, ...others] = dependents;
      first!.fail(`${activity}: ${(error as Error).message}`);
      for (const run of others) run.skip(`${activity} failed, see check ${first!.check.id}`);
      return false;
    }
  };
  const runStep = async (name: StepName) => {
    for (const run of pending(name)) {
      if (signal?.aborted) return;
      await run.runStep(name, contextFor!, options);
    }
  };

  try {
    if (await deploy('deploying', 'first', enabled)) {
      await waitForApi(contextFor!(signal ?? new AbortController().signal));
      await runStep('run');
      if (await deploy('updating', 'second', pending('afterUpdate'))) await runStep('afterUpdate');
      if (keep) for (const run of pending('afterDelete')) run.note('deletion not checked because of --keep');
      else if (await deploy('deleting the server', undefined, pending('afterDelete'))) await runStep('afterDelete');
    }
  } finally {
    for (const run of enabled) run.finish(signal?.aborted);
    if (!keep) log('deleting the remaining stacks');
    remainingStacks = keep ? target.stacks : await target.destroy();
  }
  return { results: runs.map(({ result }) => result).sort((a, b) => a.id - b.id), remainingStacks };
}

/** A check and its outcome so far. */
class CheckRun {
  outcome: Result['outcome'] | undefined;
  private readonly details: string[] = [];
  private readonly remaining: Set<StepName>;
  private ms = 0;

  constructor(
    readonly check: Check,
    { target, ...options }: VerifyOptions,
  ) {
    const { awsOnly, option } = check;
    this.remaining = new Set(STEPS.filter((name) => check[name]));
    if (target.kind === 'local' && awsOnly) this.skip(awsOnly);
    // on the local runner, long checks run with shortened times
    else if (option && !options[option] && !(target.kind === 'local' && option === 'long'))
      this.skip(`requires --${option}`);
  }

  get result(): Result {
    const { id, claim } = this.check;
    const seconds = Math.round(this.ms / 1000);
    return { id, claim, outcome: this.outcome ?? 'skipped', detail: this.details.join('; '), seconds };
  }

  async runStep(
    name: StepName,
    contextFor: ReturnType<typeof contextFactory>,
    { long, signal: interrupted, log = () => {} }: VerifyOptions,
  ): Promise<void> {
    const started = Date.now();
    log(`${this.check.id}. ${this.check.claim}`);
    try {
      const step = (signal: AbortSignal) => this.check[name]!(contextFor(signal));
      this.note(await withinLimit(long ? LIMIT_MINUTES.long : LIMIT_MINUTES.default, interrupted, step));
      this.remaining.delete(name);
    } catch (error) {
      if (interrupted?.aborted) this.skip(INTERRUPTED);
      else this.fail((error as Error).message);
    }
    this.ms += Date.now() - started;
    log(`${this.check.id}. ${MARKS[this.outcome ?? 'pass']} ${this.details.at(-1)}`);
  }

  note(detail: string): void {
    this.details.push(detail);
  }

  fail(detail: string): void {
    this.outcome = 'fail';
    this.details.push(detail);
  }

  /** Sets the outcome after the last step: a check that ran and did not fail has passed. */
  finish(interrupted = false): void {
    if (this.outcome !== undefined) return;
    if (interrupted && this.remaining.size > 0) this.skip(INTERRUPTED);
    else this.outcome = this.details.length > 0 ? 'pass' : 'skipped';
  }

  skip(reason: string): void {
    this.outcome = 'skipped';
    this.details.push(reason);
  }
}

/** Returns a function that creates the context of a check from its abort signal. Credentials of a role are shared. */
function contextFactory(
  { run, target, long = false, log = () => {} }: VerifyOptions,
  outputs: Outputs,
): (signal: AbortSignal) => Context {
  const stacks = stacksOf(run);
  const own = outputs[stacks.server]!;
  const assumed = new Map<string, Credentials>();
  const credentialsOf = (caller: Caller, sessionName?: string) => {
    const key = `${caller} ${sessionName}`;
    const credentials = assumed.get(key) ?? target.credentialsOf(caller, own[`${caller}Arn`]!, sessionName);
    assumed.set(key, credentials);
    return credentials;
  };
  return (signal) => {
    const as = (caller: Caller, sessionName?: string) =>
      signedFetch(target.region, credentialsOf(caller, sessionName), signal);
    return {
      run,
      stacks,
      target,
      long,
      outputs: own,
      external: outputs[stacks.external]!,
      vpc: outputs[stacks.vpc],
      oauth: outputs[stacks.oauth],
      urls: outputs[stacks.urls],
      as,
      sign: (caller) => requestSigner(target.region, credentialsOf(caller), signal),
      session: (caller = 'Alice', sessionName) => Session.open(own.Sse!, as(caller, sessionName)),
      log,
      signal,
    };
  };
}

/** Runs a step. On a timeout or an interruption, aborts its signal and returns without waiting for it. */
async function withinLimit<T>(
  minutes: number,
  interrupted: AbortSignal | undefined,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error(`timed out after ${minutes} minutes`)), minutes * 60_000);
  const signal = AbortSignal.any(interrupted ? [timeout.signal, interrupted] : [timeout.signal]);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([step(signal), aborted]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until the new API and the new roles have propagated. */
async function waitForApi({ as, outputs, log, signal }: Context): Promise<void> {
  const end = Date.now() + 90_000;
  const url = `${outputs.Message}?sessionId=${UNKNOWN_SESSION_ID}`;
  const init = { method: 'POST', body: JSON.stringify(PING), headers: { 'content-type': 'application/json' } };
  for (;;) {
    const problem = await as('Alice')(url, init).then(
      ({ status }) => (status === 404 ? undefined : `status ${status}`),
      (error: Error) => error.message,
    );
    if (problem === undefined || signal.aborted) return;
    if (Date.now() > end) return log(`the new API is not ready: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
}
