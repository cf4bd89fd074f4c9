import { type Caller, type Check, type Context, NO_SESSION, PING } from './check.mjs';
import { Session } from './client/session.mjs';
import { type Credentials, signedFetch } from './client/signed.mjs';
import { type AppOptions, stacksOf } from './stack.mjs';
import type { Outputs, Target } from './targets/target.mjs';

export interface VerifyOptions {
  readonly run: string;
  readonly target: Target;
  readonly checks: readonly Check[];
  readonly long?: boolean;
  readonly vpc?: boolean;
  /** Leaves the stacks where they are. */
  readonly keep?: boolean;
  readonly say?: (text: string) => void;
  /** Gives up the check that runs, and those to come; what was made is deleted all the same. */
  readonly signal?: AbortSignal;
}

export interface Result {
  readonly id: number;
  readonly claim: string;
  readonly outcome: 'pass' | 'fail' | 'skipped';
  /** What was seen, or why not. */
  readonly detail: string;
  readonly seconds: number;
}

export interface Verification {
  readonly results: readonly Result[];
  /** Stacks that are still there. */
  readonly left: readonly string[];
}

const STEPS = ['run', 'afterUpdate', 'afterDelete'] as const;
type StepName = (typeof STEPS)[number];

/** No step of a check takes longer, minutes. */
const LIMIT = { usual: 15, long: 45 };
const INTERRUPTED = 'interrupted';
const MARKS = { pass: '✓', fail: '✗', skipped: '–' };

/** Deploys, runs each check, updates, deletes. A check that fails keeps no other from running. */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { target, checks, keep = false, say = () => {} } = options;
  const records = checks.map((check) => new Record(check, options));
  const due = records.filter(({ outcome }) => outcome !== 'skipped');
  /** Those with this step that neither failed nor were given up. */
  const open = (which: StepName) => due.filter(({ check, outcome }) => check[which] && outcome === undefined);
  const app = { python: target.kind === 'aws', vpc: options.vpc };

  const { signal } = options;
  let contextFor: ReturnType<typeof contextsOf> | undefined;
  let left: readonly string[] = [];
  /** Brings the stacks to another state; if that cannot be done, the first check that waits for it says why. */
  const bring = async (what: string, version: AppOptions['server'], waiting: Record[]) => {
    if (waiting.length === 0 || signal?.aborted) return false;
    say(what);
    try {
      const outputs = await target.deploy({ ...app, server: version });
      if (version) contextFor = contextsOf(options, outputs);
      return true;
    } catch (error) {
      const [first, ...others] = waiting;
      first!.fail(`${what}: ${(error as Error).message}`);
      for (const record of others) record.skip(`${what} has failed, see ${first!.check.id}`);
      return false;
    }
  };
  const step = async (which: StepName) => {
    for (const record of open(which)) {
      if (signal?.aborted) return;
      await record.take(which, contextFor!, options);
    }
  };

  try {
    if (await bring('deploying', 'first', due)) {
      await reachable(contextFor!(signal ?? new AbortController().signal));
      await step('run');
      if (await bring('updating', 'second', open('afterUpdate'))) await step('afterUpdate');
      if (keep) for (const record of open('afterDelete')) record.note('with --keep its deletion was not looked at');
      else if (await bring('deleting the server', undefined, open('afterDelete'))) await step('afterDelete');
    }
  } finally {
    for (const record of due) record.conclude(signal?.aborted);
    if (!keep) say('deleting what is left');
    left = keep ? target.stacks : await target.destroy();
  }
  return { results: records.map((record) => record.result).sort((a, b) => a.id - b.id), left };
}

/** A check, and what came of it so far. */
class Record {
  outcome: Result['outcome'] | undefined;
  private readonly details: string[] = [];
  private readonly missing: Set<StepName>;
  private ms = 0;

  constructor(
    readonly check: Check,
    { target, ...options }: VerifyOptions,
  ) {
    const { awsOnly, option } = check;
    this.missing = new Set(STEPS.filter((which) => check[which]));
    if (target.kind === 'local' && awsOnly) this.skip(awsOnly);
    // on the local runner time is short enough
    else if (option && !options[option] && !(target.kind === 'local' && option === 'long'))
      this.skip(`takes --${option}`);
  }

  get result(): Result {
    const { id, claim } = this.check;
    const seconds = Math.round(this.ms / 1000);
    return { id, claim, outcome: this.outcome ?? 'skipped', detail: this.details.join('; '), seconds };
  }

  async take(
    which: StepName,
    contextFor: ReturnType<typeof contextsOf>,
    { long, signal: interrupted, say = () => {} }: VerifyOptions,
  ): Promise<void> {
    const started = Date.now();
    say(`${this.check.id}. ${this.check.claim}`);
    try {
      const step = (signal: AbortSignal) => this.check[which]!(contextFor(signal));
      this.note(await withinLimit(long ? LIMIT.long : LIMIT.usual, interrupted, step));
      this.missing.delete(which);
    } catch (error) {
      if (interrupted?.aborted) this.skip(INTERRUPTED);
      else this.fail((error as Error).message);
    }
    this.ms += Date.now() - started;
    say(`${this.check.id}. ${MARKS[this.outcome ?? 'pass']} ${this.details.at(-1)}`);
  }

  note(detail: string): void {
    this.details.push(detail);
  }

  fail(detail: string): void {
    this.outcome = 'fail';
    this.details.push(detail);
  }

  /** No step is to come: what has not failed has passed, if it has run at all. */
  conclude(interrupted = false): void {
    if (this.outcome !== undefined) return;
    if (interrupted && this.missing.size > 0) this.skip(INTERRUPTED);
    else this.outcome = this.details.length > 0 ? 'pass' : 'skipped';
  }

  skip(reason: string): void {
    this.outcome = 'skipped';
    this.details.push(reason);
  }
}

/** What the checks of a deployment work with, each with a signal of its own; roles are taken once. */
function contextsOf(
  { run, target, long = false, say = () => {} }: VerifyOptions,
  outputs: Outputs,
): (signal: AbortSignal) => Context {
  const stacks = stacksOf(run);
  const own = outputs[stacks.server]!;
  const known = new Map<Caller, Credentials>();
  const credentialsOf = (caller: Caller) => {
    const credentials = known.get(caller) ?? target.credentialsOf(caller, own[`${caller}Arn`]!);
    known.set(caller, credentials);
    return credentials;
  };
  return (signal) => {
    const as = (caller: Caller) => signedFetch(target.region, credentialsOf(caller), signal);
    return {
      run,
      stacks,
      target,
      long,
      outputs: own,
      neighbours: outputs[stacks.neighbours]!,
      vpc: outputs[stacks.vpc],
      as,
      session: (caller = 'Alice') => Session.open(own.Sse!, as(caller)),
      say,
      signal,
    };
  };
}

/** Runs a step until its end, or gives it up: then its signal tells it to stop, and nothing waits for it. */
async function withinLimit<T>(
  minutes: number,
  interrupted: AbortSignal | undefined,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${minutes} minutes`)), minutes * 60_000);
  const signal = AbortSignal.any(interrupted ? [late.signal, interrupted] : [late.signal]);
  const givenUp = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([step(signal), givenUp]);
  } finally {
    clearTimeout(timer);
  }
}

/** New roles and a new API take a moment until everybody knows them. */
async function reachable({ as, outputs, say, signal }: Context): Promise<void> {
  const end = Date.now() + 90_000;
  const url = `${outputs.Message}?sessionId=${NO_SESSION}`;
  const init = { method: 'POST', body: JSON.stringify(PING), headers: { 'content-type': 'application/json' } };
  for (;;) {
    const refusal = await as('Alice')(url, init).then(
      ({ status }) => (status === 404 ? undefined : `status ${status}`),
      (error: Error) => error.message,
    );
    if (refusal === undefined || signal.aborted) return;
    if (Date.now() > end) return say(`the new API does not answer as it should: ${refusal}`);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
}
