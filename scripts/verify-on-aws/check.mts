import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './client/session.mjs';
import type { stacksOf } from './stack.mjs';
import type { Target } from './targets/target.mjs';

/** What a check works with. */
export interface Context {
  /** In the names of everything that belongs to this run. */
  readonly run: string;
  readonly stacks: ReturnType<typeof stacksOf>;
  readonly target: Target;
  /** Outputs of the server's stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Outputs of the stack with other teams' functions. */
  readonly neighbours: Readonly<Record<string, string>>;
  /** Outputs of the stack with a VPC, where there is one. */
  readonly vpc?: Readonly<Record<string, string>>;
  /** Takes its time: what needs a quarter of an hour is checked too. */
  readonly long: boolean;
  /** Requests as a role of the stack signs them. */
  as(caller: Caller): typeof fetch;
  /** An open HTTP+SSE session of Alice's, or of somebody else's. */
  session(caller?: Caller): Promise<Session>;
  /** For the person who waits. */
  say(text: string): void;
  /** Aborted when the step is given up; `as` and `session` listen to it already. */
  readonly signal: AbortSignal;
}

export type Caller = 'Alice' | 'Bob' | 'Registrar';

/** Says what it saw; throws when that is not what should be. */
type Step = (context: Context) => Promise<string>;

/** One row of docs/verify-on-aws.md. */
export interface Check {
  /** Of the row. */
  readonly id: number;
  readonly claim: string;
  /** The option without which it is left out, because of what it takes. */
  readonly option?: 'long' | 'vpc';
  /** Why the local runner cannot show it; absent where the check runs there too. */
  readonly awsOnly?: string;
  /** With the first deployment, in the order of the table. */
  readonly run?: Step;
  /** After the update of the stack. */
  readonly afterUpdate?: Step;
  /** After the server's stack is gone. */
  readonly afterDelete?: Step;
}

/** A well-formed id of a session that never was. */
export const NO_SESSION = '0'.repeat(32);
/** Why much at once may fail in an account that can do the same one by one. */
export const NEW_ACCOUNT =
  'new accounts allow 10 concurrent executions of Lambda: see "Concurrent executions" in Service Quotas';
/** The smallest message. */
export const PING = { jsonrpc: '2.0', id: 'ping', method: 'ping' };

/** Throws unless it holds. @param message what was seen, in place of what should be */
export function ensure(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Whether durations decide. The local runner is as slow as its machine is busy: what it takes is reported there, not judged. */
export const judgesTime = ({ target }: Pick<Context, 'target'>) => target.kind === 'aws';

/** Waits until it holds; throws after `seconds`, where durations decide, saying what did not come. */
export async function until<T>(
  { target, signal }: Pick<Context, 'target' | 'signal'>,
  what: string,
  seconds: number,
  condition: () => T | Promise<T>,
): Promise<Exclude<NonNullable<T>, false>> {
  const end = judgesTime({ target }) ? Date.now() + seconds * 1000 : Number.POSITIVE_INFINITY;
  for (;;) {
    const found = await condition();
    if (found) return found as Exclude<NonNullable<T>, false>;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(Math.min(2_000, seconds * 10), undefined, { signal });
  }
}
