import type { Faults } from '../faults/faults.js';
import { functionNotFound, throttled } from './errors.js';
import { ExecutionEnvironment } from './execution-environment.js';
import { type FunctionDefinition, parseReference } from './function.js';
import { type Invocation, RunningInvocation } from './invocation.js';
import { InvokedTools } from './invoked-tools.js';
import type { LogLine } from './log-lines.js';
import { FunctionPolicies, type PolicyStatement, type StatementInput } from './policy.js';
import { type RuntimeCheck, Runtimes } from './runtimes/runtimes.js';

/**
 * `shared`: one process serves the concurrent invocations of a Node.js function; functions in other languages have a process per concurrent
 * invocation. `lambda`: a process per concurrent invocation for all functions, as on Lambda.
 */
export type Isolation = 'shared' | 'lambda';

interface LambdaServiceOptions {
  readonly isolation: Isolation;
  readonly runtimes: Runtimes;
  /** Injects faults into invocations. */
  readonly faults?: Faults;
  readonly onLog: (line: LogLine) => void;
  /** Receives the result of each invocation. */
  readonly onInvocation?: (result: InvocationResult) => void;
  readonly accountId: string;
  readonly region: string;
}

/** The result of an invocation, for metrics. */
export interface InvocationResult {
  readonly functionName: string;
  readonly outcome: 'success' | 'error' | 'throttled';
  readonly milliseconds: number;
}

interface InvokeOptions {
  /** Base64 of the client context's JSON, as in the header `X-Amz-Client-Context`. */
  readonly clientContext?: string;
  /** Rejects with the signal's reason when aborted. The function keeps running. */
  readonly signal?: AbortSignal;
  /** Whether the event comes from the queue of asynchronous invocations. */
  readonly asynchronous?: boolean;
}

/** The function, version or alias that an invocation or a policy applies to. */
interface InvocationTarget {
  readonly definition: FunctionDefinition;
  /** Version or alias; absent for the function itself. */
  readonly qualifier?: string;
  /** ARN with the qualifier. */
  readonly arn: string;
}

/** Lambda's default quota of concurrent executions per account and region. */
const ACCOUNT_CONCURRENCY = 1000;
const SHARED_CONCURRENCY = ACCOUNT_CONCURRENCY;

interface FunctionState {
  definition: FunctionDefinition;
  readonly qualifiers: Set<string>;
  /** Execution environments with the current code. */
  environments: ExecutionEnvironment[];
  active: number;
}

/** The Lambda functions of one account and region. Each execution environment is a local process. */
export class LambdaService {
  readonly policies = new FunctionPolicies();
  /** The reasons why functions cannot run on this machine, by function name. */
  readonly unavailable = new Map<string, string>();
  private readonly functions = new Map<string, FunctionState>();
  /** All execution environments, including those with previous code and those that timed out. */
  private readonly environments = new Set<ExecutionEnvironment>();
  private readonly tools = new InvokedTools();
  private active = 0;

  constructor(private readonly options: LambdaServiceOptions) {}

  /** Creates or updates a function. Running invocations finish with the previous code and configuration. */
  define(definition: FunctionDefinition): void {
    const state = this.functions.get(definition.name);
    if (!state) {
      this.functions.set(definition.name, { definition, qualifiers: new Set(), environments: [], active: 0 });
      return;
    }
    state.definition = definition;
    for (const environment of state.environments.splice(0)) environment.retire();
  }

  /** Checks whether a function can run on this machine, and updates {@link unavailable}. */
  async check(name: string): Promise<RuntimeCheck> {
    const result = await this.options.runtimes.check(this.state(name).definition);
    if (result.problem) this.unavailable.set(name, result.problem);
    else this.unavailable.delete(name);
    return result;
  }

  /** Creates a version or an alias. */
  defineQualifier(name: string, qualifier: string): void {
    this.state(name).qualifiers.add(qualifier);
  }

  remove(name: string): void {
    const state = this.functions.get(name);
    this.functions.delete(name);
    this.unavailable.delete(name);
    this.policies.removeFunction(name);
    for (const environment of state?.environments ?? []) environment.retire();
  }

  /** Returns the function with a name or ARN, with or without qualifier. */
  get(nameOrArn: string): FunctionDefinition | undefined {
    const reference = parseReference(nameOrArn, this.options);
    return reference && this.functions.get(reference.name)?.definition;
  }

  /**
   * Resolves a name or ARN to a function, version or alias.
   * @param qualifier qualifier in addition to the name, which can have one, too
   * @throws ResourceNotFoundException if the function or qualifier does not exist
   */
  target(nameOrArn: string, qualifier?: string): InvocationTarget {
    const reference = parseReference(nameOrArn, this.options);
    const { accountId, region } = this.options;
    const requested = qualifier ?? reference?.qualifier;
    const suffix = requested === undefined ? '' : `:${requested}`;
    const state = reference && this.functions.get(reference.name);
    if (!state || (requested !== undefined && requested !== '$LATEST' && !state.qualifiers.has(requested))) {
      const name = reference?.name ?? nameOrArn;
      throw functionNotFound(
        nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${accountId}:function:${name}${suffix}`,
      );
    }
    const { definition } = state;
    return {
      definition,
      arn: `${definition.arn}${suffix}`,
      ...(requested === undefined ? {} : { qualifier: requested }),
    };
  }

  /**
   * Invokes a function. Resolves when the response starts, or when the function fails before that.
   * @param payload the event as JSON
   */
  async invoke(nameOrArn: string, payload: Buffer, options: InvokeOptions = {}): Promise<Invocation> {
    const { faults } = this.options;
    const run = () => this.run(nameOrArn, payload, options);
    if (!faults) return run();
    const { asynchronous = false, signal } = options;
    const call = { ...this.target(nameOrArn), payload, asynchronous };
    return untilAborted(faults.invocation(call, run), signal);
  }

  private async run(nameOrArn: string, payload: Buffer, options: InvokeOptions): Promise<Invocation> {
    options.signal?.throwIfAborted();
    const { definition, arn } = this.target(nameOrArn);
    const state = this.state(definition.name);
    if (definition.reservedConcurrency !== undefined && state.active >= definition.reservedConcurrency) {
      throw this.throttle(definition, 'ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    if (this.active >= ACCOUNT_CONCURRENCY) throw this.throttle(definition, 'ConcurrentInvocationLimitExceeded');
    const clientContext =
      options.clientContext === undefined ? undefined : Buffer.from(options.clientContext, 'base64').toString('utf8');
    const invocation = new RunningInvocation(payload, arn, clientContext);
    this.tools.remember(invocation);
    state.active += 1;
    this.active += 1;
    const startedAt = Date.now();
    void invocation.ended.then((error) => {
      state.active -= 1;
      this.active -= 1;
      this.options.onInvocation?.({
        functionName: definition.name,
        outcome: error ? 'error' : 'success',
        milliseconds: Date.now() - startedAt,
      });
    });
    this.dispatch(state, invocation);
    try {
      await untilAborted(invocation.started, options.signal);
    } catch (reason) {
      invocation.body.destroy();
      throw reason;
    }
    return invocation;
  }

  /** Returns the quotas of the account, as `GetAccountSettings` does. */
  accountSettings(): object {
    const reserved = [...this.functions.values()].map(({ definition }) => definition.reservedConcurrency ?? 0);
    const unreserved = ACCOUNT_CONCURRENCY - reserved.reduce((sum, each) => sum + each, 0);
    return {
      AccountLimit: { ConcurrentExecutions: ACCOUNT_CONCURRENCY, UnreservedConcurrentExecutions: unreserved },
      AccountUsage: { FunctionCount: this.functions.size },
    };
  }

  /** @see FunctionPolicies.add */
  addPermission(nameOrArn: string, statement: StatementInput, qualifier?: string): PolicyStatement {
    return this.policies.add(this.target(nameOrArn, qualifier), statement);
  }

  /** @see FunctionPolicies.remove */
  removePermission(nameOrArn: string, statementId: string, qualifier?: string, revisionId?: string): void {
    this.policies.remove(this.target(nameOrArn, qualifier), statementId, revisionId);
  }

  /** Returns the resource-based policy of a function, version or alias for the policy evaluation. */
  resourcePolicy(nameOrArn: string, qualifier?: string): { readonly Statement: readonly PolicyStatement[] } {
    return { Statement: this.policies.statements(this.target(nameOrArn, qualifier)) };
  }

  /** @see FunctionPolicies.get */
  getPolicy(nameOrArn: string, qualifier?: string): { policy: string; revisionId: string } {
    return this.policies.get(this.target(nameOrArn, qualifier));
  }

  /**
   * Kills the processes of a function, like a crash. Their invocations fail.
   * @returns the number of killed processes
   */
  kill(name: string): number {
    const { definition } = this.target(name);
    const own = [...this.environments].filter((environment) => environment.definition.name === definition.name);
    for (const environment of own) environment.kill();
    return own.length;
  }

  /** Kills all functions and waits until their processes have exited. */
  async close(): Promise<void> {
    this.functions.clear();
    const environments = [...this.environments];
    for (const environment of environments) environment.kill();
    await Promise.all(environments.map(({ closed }) => closed));
  }

  private state(name: string): FunctionState {
    const { definition } = this.target(name);
    return this.functions.get(definition.name)!;
  }

  private throttle({ name }: FunctionDefinition, reason: string): Error {
    this.options.onInvocation?.({ functionName: name, outcome: 'throttled', milliseconds: 0 });
    return throttled(reason);
  }

  private dispatch(state: FunctionState, invocation: RunningInvocation): void {
    const environment = state.environments.find(({ hasCapacity }) => hasCapacity) ?? this.startEnvironment(state);
    environment.invoke(invocation);
  }

  private startEnvironment(state: FunctionState): ExecutionEnvironment {
    const { runtimes, region, isolation } = this.options;
    const onLog = (line: LogLine) => this.options.onLog({ ...line, ...this.tools.of(line) });
    const { definition } = state;
    const environment = new ExecutionEnvironment(definition, {
      command: () => runtimes.command(definition),
      region,
      onLog,
      concurrency: isolation === 'shared' && Runtimes.isConcurrent(definition) ? SHARED_CONCURRENCY : 1,
      onClosed: (closed, undelivered) => {
        state.environments = state.environments.filter((other) => other !== closed);
        void closed.closed.then(() => this.environments.delete(closed));
        for (const waiting of undelivered) this.dispatch(state, waiting);
      },
    });
    state.environments.push(environment);
    this.environments.add(environment);
    return environment;
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
