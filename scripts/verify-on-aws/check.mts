import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './client/session.mjs';
import type { SignRequest } from './client/signed-fetch.mjs';
import type { stacksOf } from './stack.mjs';
import type { Target } from './targets/target.mjs';

/** Everything a check needs to run. */
export interface Context {
  /** Id of this run, part of the name of every resource it creates. */
  readonly run: string;
  readonly stacks: ReturnType<typeof stacksOf>;
  readonly target: Target;
  /** Outputs of the server stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Outputs of the stack with the other team's functions. */
  readonly external: Readonly<Record<string, string>>;
  /** Outputs of the VPC stack, with `--vpc`. */
  readonly vpc?: Readonly<Record<string, string>>;
  /** Outputs of the stack with access tokens, with `--oauth`. */
  readonly oauth?: Readonly<Record<string, string>>;
  /** Outputs of the stack with function URLs, with `--urls`. */
  readonly urls?: Readonly<Record<string, string>>;
  /** Whether checks that take about 15 minutes run too. */
  readonly long: boolean;
  /** `fetch` that signs requests with a role of the stack, in a role session of the given name. */
  as(caller: Caller, sessionName?: string): typeof fetch;
  /** Signs a request with a role of the stack, to send it many times. */
  sign(caller: Caller): SignRequest;
  /** Opens an HTTP+SSE session, by default as Alice. */
  session(caller?: Caller, sessionName?: string): Promise<Session>;
  /** Prints a progress message. */
  log(text: string): void;
  /** Aborted when the step times out or is interrupted. `as`, `sign` and `session` already use it. */
  readonly signal: AbortSignal;
}

export type Caller = 'Alice' | 'Bob' | 'Registrar';

/** Returns a summary of what it observed. Throws if the check fails. */
type Step = (context: Context) => Promise<string>;

/** One row of docs/verify-on-aws.md. */
export interface Check {
  /** Number of the row. */
  readonly id: number;
  readonly claim: string;
  /** The command-line option that enables this check. */
  readonly option?: 'long' | 'vpc' | 'oauth' | 'urls';
  /** Why the check cannot run on the local runner. Absent if it can. */
  readonly awsOnly?: string;
  /** What the update must do for this check only. An update without it cannot fail because of it. */
  readonly needs?: 'noConcurrency';
  /** Runs after the first deployment. */
  readonly run?: Step;
  /** Runs after the stack update. */
  readonly afterUpdate?: Step;
  /** Runs after the server stack is deleted. */
  readonly afterDelete?: Step;
}

/** A well-formed session id that does not exist. */
export const UNKNOWN_SESSION_ID = '0'.repeat(32);
/** Explains why concurrent requests may fail in a new account. */
export const NEW_ACCOUNT =
  'new accounts allow 10 concurrent executions of Lambda: see "Concurrent executions" in Service Quotas';
/** The smallest valid message. */
export const PING = { jsonrpc: '2.0', id: 'ping', method: 'ping' };

/** Throws an error unless the condition holds. @param message what was observed instead */
export function ensure(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Whether a duration can fail a check. On the local runner durations depend on the machine's load, so they are only reported. */
export const enforcesTimeLimits = ({ target }: Pick<Context, 'target'>) => target.kind === 'aws';

/** Waits until the condition holds. Throws after `seconds` on targets that enforce time limits; the error names `what`. */
export async function until<T>(
  { target, signal }: Pick<Context, 'target' | 'signal'>,
  what: string,
  seconds: number,
  condition: () => T | Promise<T>,
): Promise<Exclude<NonNullable<T>, false>> {
  const end = enforcesTimeLimits({ target }) ? Date.now() + seconds * 1000 : Number.POSITIVE_INFINITY;
  for (;;) {
    const found = await condition();
    if (found) return found as Exclude<NonNullable<T>, false>;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(Math.min(2_000, seconds * 10), undefined, { signal });
  }
}
