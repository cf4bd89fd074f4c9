import { Environment } from './environment.js';
import { functionNotFound, throttled } from './errors.js';
import { type FunctionDefinition, parseReference } from './function.js';
import { type Invocation, RunningInvocation } from './invocation.js';
import type { LogLine } from './log-lines.js';
import { FunctionPolicies, type PolicyStatement, type StatementInput } from './policy.js';
import { Runtimes } from './runtimes/runtimes.js';

/**
 * `shared`: one process per function in Node.js serves all its invocations, others one at a time; `lambda`: all one at a time, as on
 * Lambda.
 */
export type Isolation = 'shared' | 'lambda';

export interface LambdaServiceOptions {
  readonly isolation: Isolation;
  readonly runtimes: Runtimes;
  readonly onLog: (line: LogLine) => void;
  readonly accountId: string;
  readonly region: string;
}

export interface InvokeOptions {
  /** Base64 of the client context's JSON, as in the header `X-Amz-Client-Context`. */
  readonly clientContext?: string;
  /** Stops the waiting, with the signal's reason; the function runs on. */
  readonly signal?: AbortSignal;
}

/** Where an invocation or a policy is meant for. */
export interface Target {
  readonly definition: FunctionDefinition;
  /** Version or alias; absent for the function itself. */
  readonly qualifier?: string;
  /** With the qualifier. */
  readonly arn: string;
}

/** Lambda's default quota of concurrent executions per account and region. */
const ACCOUNT_CONCURRENCY = 1000;
const SHARED_CONCURRENCY = ACCOUNT_CONCURRENCY;

interface LiveFunction {
  definition: FunctionDefinition;
  readonly qualifiers: Set<string>;
  /** Those that run the current code. */
  environments: Environment[];
  active: number;
}

/** The functions of one account and region, in processes of this machine. */
export class LambdaService {
  readonly policies = new FunctionPolicies();
  /** Why functions cannot run here, by name. */
  readonly problems = new Map<string, string>();
  private readonly functions = new Map<string, LiveFunction>();
  /** Environments of former definitions and timed-out ones among them. */
  private readonly environments = new Set<Environment>();
  private active = 0;

  constructor(private readonly options: LambdaServiceOptions) {}

  /** Adds a function or puts new code and configuration in its place: running invocations finish on the old. */
  define(definition: FunctionDefinition): void {
    const live = this.functions.get(definition.name);
    if (!live) {
      this.functions.set(definition.name, { definition, qualifiers: new Set(), environments: [], active: 0 });
      return;
    }
    live.definition = definition;
    for (const environment of live.environments.splice(0)) environment.retire();
  }

  /** Whether a function can run on this machine; one that cannot is among the {@link problems} from now on. */
  async check(name: string): Promise<{ problem?: string; notice?: string }> {
    const result = await this.options.runtimes.check(this.find(name).definition);
    if (result.problem) this.problems.set(name, result.problem);
    else this.problems.delete(name);
    return result;
  }

  /** Makes a version or an alias callable. */
  defineQualifier(name: string, qualifier: string): void {
    this.find(name).qualifiers.add(qualifier);
  }

  remove(name: string): void {
    const live = this.functions.get(name);
    this.functions.delete(name);
    this.problems.delete(name);
    this.policies.removeFunction(name);
    for (const environment of live?.environments ?? []) environment.retire();
  }

  /** The function that a name or ARN, with or without qualifier, stands for. */
  get(nameOrArn: string): FunctionDefinition | undefined {
    const reference = parseReference(nameOrArn, this.options);
    return reference && this.functions.get(reference.name)?.definition;
  }

  /**
   * @param qualifier given beside the name; one in the name counts too
   * @throws ResourceNotFoundException for functions and qualifiers that are not there
   */
  target(nameOrArn: string, qualifier?: string): Target {
    const reference = parseReference(nameOrArn, this.options);
    const { accountId, region } = this.options;
    const asked = qualifier ?? reference?.qualifier;
    const suffix = asked === undefined ? '' : `:${asked}`;
    const live = reference && this.functions.get(reference.name);
    if (!live || (asked !== undefined && asked !== '$LATEST' && !live.qualifiers.has(asked))) {
      const name = reference?.name ?? nameOrArn;
      throw functionNotFound(
        nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${accountId}:function:${name}${suffix}`,
      );
    }
    const { definition } = live;
    return { definition, arn: `${definition.arn}${suffix}`, ...(asked === undefined ? {} : { qualifier: asked }) };
  }

  /**
   * Resolves when the response starts, or when the function has failed before that.
   * @param payload the event, JSON
   */
  async invoke(nameOrArn: string, payload: Buffer, options: InvokeOptions = {}): Promise<Invocation> {
    options.signal?.throwIfAborted();
    const { definition, arn } = this.target(nameOrArn);
    const live = this.find(definition.name);
    if (definition.reservedConcurrency !== undefined && live.active >= definition.reservedConcurrency) {
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    if (this.active >= ACCOUNT_CONCURRENCY) throw throttled('ConcurrentInvocationLimitExceeded');
    const clientContext =
      options.clientContext === undefined ? undefined : Buffer.from(options.clientContext, 'base64').toString('utf8');
    const invocation = new RunningInvocation(payload, arn, clientContext);
    live.active += 1;
    this.active += 1;
    void invocation.ended.then(() => {
      live.active -= 1;
      this.active -= 1;
    });
    this.dispatch(live, invocation);
    try {
      await untilAborted(invocation.began, options.signal);
    } catch (reason) {
      invocation.body.destroy();
      throw reason;
    }
    return invocation;
  }

  /** @see FunctionPolicies.add */
  addPermission(nameOrArn: string, statement: StatementInput, qualifier?: string): PolicyStatement {
    return this.policies.add(this.target(nameOrArn, qualifier), statement);
  }

  /** @see FunctionPolicies.remove */
  removePermission(nameOrArn: string, statementId: string, qualifier?: string, revisionId?: string): void {
    this.policies.remove(this.target(nameOrArn, qualifier), statementId, revisionId);
  }

  /** @see FunctionPolicies.get */
  getPolicy(nameOrArn: string, qualifier?: string): { policy: string; revisionId: string } {
    return this.policies.get(this.target(nameOrArn, qualifier));
  }

  /** Ends the processes of a function, as a crash would: what runs in them fails. Returns how many there were. */
  kill(name: string): number {
    const { definition } = this.target(name);
    const own = [...this.environments].filter((environment) => environment.definition.name === definition.name);
    for (const environment of own) environment.kill();
    return own.length;
  }

  /** Ends all functions at once and waits until their processes are gone. */
  async close(): Promise<void> {
    this.functions.clear();
    const environments = [...this.environments];
    for (const environment of environments) environment.kill();
    await Promise.all(environments.map(({ closed }) => closed));
  }

  private find(name: string): LiveFunction {
    const { definition } = this.target(name);
    return this.functions.get(definition.name)!;
  }

  private dispatch(live: LiveFunction, invocation: RunningInvocation): void {
    const environment = live.environments.find(({ hasRoom }) => hasRoom) ?? this.open(live);
    environment.invoke(invocation);
  }

  private open(live: LiveFunction): Environment {
    const { runtimes, region, onLog, isolation } = this.options;
    const { definition } = live;
    const environment = new Environment(definition, {
      command: () => runtimes.command(definition),
      region,
      onLog,
      concurrency: isolation === 'shared' && Runtimes.isConcurrent(definition) ? SHARED_CONCURRENCY : 1,
      onClosed: (closed, undelivered) => {
        live.environments = live.environments.filter((other) => other !== closed);
        void closed.closed.then(() => this.environments.delete(closed));
        for (const waiting of undelivered) this.dispatch(live, waiting);
      },
    });
    live.environments.push(environment);
    this.environments.add(environment);
    return environment;
  }
}

async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
