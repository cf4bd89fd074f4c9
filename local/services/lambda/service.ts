import type { CallRecorder } from '../../calls/recorder.js';
import type { Faults } from '../faults/faults.js';
import { functionNotFound, throttled } from './errors.js';
import { ExecutionEnvironment } from './execution-environment.js';
import { type ExternalReference, type FunctionDefinition, parseExternalReference, parseReference } from './function.js';
import { type Invocation, RunningInvocation } from './invocation.js';
import { InvocationPurposes } from './invocation-purposes.js';
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
  /** Whether invocations have no time limit, because a debugger may hold them. */
  readonly unlimited?: boolean;
  readonly runtimes: Runtimes;
  /** Injects faults into invocations. */
  readonly faults?: Faults;
  /** Records the calls of MCP clients. */
  readonly recorder?: CallRecorder;
  readonly onLog: (line: LogLine) => void;
  /** Receives the result of each invocation. */
  readonly onInvocation?: (result: InvocationResult) => void;
  /** Returns the definition of a function that is not part of the app; undefined if it does not exist here. */
  readonly external?: (reference: ExternalReference) => FunctionDefinition | undefined;
  /** Receives the ARN of a function that is invoked and does not exist. */
  readonly onMissing?: (reference: ExternalReference) => void;
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
  /** Header `X-Amzn-Trace-Id` of the request. */
  readonly trace?: string;
  /** Whether the event is a request of a custom resource. */
  readonly customResource?: boolean;
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
  /** How often an asynchronous invocation is repeated when the function fails. */
  retryAttempts?: number;
  /** Versions and aliases; absent for a function that is not part of the app, which can have any. */
  readonly qualifiers?: Set<string>;
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
  /** The functions that are not part of the app, by ARN. */
  private readonly externals = new Map<string, FunctionState>();
  /** All execution environments, including those with previous code and those that timed out. */
  private readonly environments = new Set<ExecutionEnvironment>();
  private readonly purposes = new InvocationPurposes();
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
    for (const environment of state.environments.splice(0)) replace(environment);
  }

  /** Starts a process of a function before its first invocation, which then does not wait for it, and so that a debugger can attach. */
  warm(name: string): void {
    const state = this.state(name);
    if (state.environments.length === 0) this.startEnvironment(state);
  }

  /** Makes a function start with the current files of its code. Running invocations finish with the previous code. */
  reload(nameOrArn: string): void {
    const state = this.state(nameOrArn);
    for (const environment of state.environments.splice(0)) replace(environment);
    if (state.definition.debugPort !== undefined) this.startEnvironment(state);
  }

  /** Checks whether a function can run on this machine, and updates {@link unavailable}. */
  async check(nameOrArn: string): Promise<RuntimeCheck> {
    const { definition } = this.state(nameOrArn);
    const result = await this.options.runtimes.check(definition);
    const reason = result.problem ?? result.handler;
    if (reason) this.unavailable.set(definition.name, reason);
    else this.unavailable.delete(definition.name);
    return result;
  }

  /** Sets how often an asynchronous invocation is repeated when the function fails. */
  setRetryAttempts(nameOrArn: string, attempts: number | undefined): void {
    this.state(nameOrArn).retryAttempts = attempts;
  }

  /** Returns how often an asynchronous invocation is repeated when the function fails. */
  retryAttempts(nameOrArn: string): number {
    return this.state(nameOrArn).retryAttempts ?? 0;
  }

  /** Creates a version or an alias. */
  defineQualifier(name: string, qualifier: string): void {
    this.state(name).qualifiers?.add(qualifier);
  }

  remove(name: string): void {
    const state = this.functions.get(name);
    this.functions.delete(name);
    this.unavailable.delete(name);
    this.policies.removeFunction(name);
    for (const environment of state?.environments ?? []) environment.retire();
  }

  /** Returns the function of the app with a name or ARN, with or without qualifier. */
  get(nameOrArn: string): FunctionDefinition | undefined {
    const reference = parseReference(nameOrArn, this.options);
    return reference && this.functions.get(reference.name)?.definition;
  }

  /** Returns a function like {@link get}, also one that is not part of the app. */
  find(nameOrArn: string): FunctionDefinition | undefined {
    return this.get(nameOrArn) ?? this.external(nameOrArn)?.state.definition;
  }

  /** The functions that are not part of the app, and that it has referred to. */
  get externalFunctions(): FunctionDefinition[] {
    return [...this.externals.values()].map(({ definition }) => definition);
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
    const external = state ? undefined : this.external(nameOrArn);
    if (external) {
      const { state: found, qualifier: own } = external;
      return withQualifier(found.definition, qualifier ?? own);
    }
    if (!state || (requested !== undefined && requested !== '$LATEST' && !state.qualifiers!.has(requested))) {
      const name = reference?.name ?? nameOrArn;
      throw functionNotFound(
        nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${accountId}:function:${name}${suffix}`,
      );
    }
    return withQualifier(state.definition, requested);
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
    const state = this.state(nameOrArn);
    if (definition.reservedConcurrency !== undefined && state.active >= definition.reservedConcurrency) {
      throw this.throttle(definition, 'ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    if (this.active >= ACCOUNT_CONCURRENCY) throw this.throttle(definition, 'ConcurrentInvocationLimitExceeded');
    const clientContext =
      options.clientContext === undefined ? undefined : Buffer.from(options.clientContext, 'base64').toString('utf8');
    const { trace } = options;
    const invocation = new RunningInvocation(payload, arn, clientContext, trace);
    this.purposes.remember(definition.name, invocation, options.customResource);
    const { requestId } = invocation;
    const recordEnd = this.options.recorder?.invocation({
      requestId,
      functionName: definition.name,
      trace,
      clientContext: options.clientContext,
    });
    void invocation.ended.then((error) =>
      recordEnd?.({ error: error?.type, ...(invocation.coldStart && { detail: 'cold start' }) }),
    );
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

  /** Reports an invocation of a function that does not exist. */
  reportMissing(nameOrArn: string): void {
    const reference = parseExternalReference(nameOrArn, this.options);
    if (reference && !this.find(nameOrArn)) this.options.onMissing?.(reference);
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
    this.externals.clear();
    const environments = [...this.environments];
    for (const environment of environments) environment.kill();
    await Promise.all(environments.map(({ closed }) => closed));
  }

  /** @throws ResourceNotFoundException if the function does not exist */
  private state(nameOrArn: string): FunctionState {
    const { definition } = this.target(nameOrArn);
    return this.externals.get(definition.arn) ?? this.functions.get(definition.name)!;
  }

  /** Returns a function that is not part of the app. */
  private external(nameOrArn: string): { state: FunctionState; qualifier?: string } | undefined {
    const { external } = this.options;
    const reference = external && parseExternalReference(nameOrArn, this.options);
    if (!reference) return undefined;
    const { arn, name, qualifier } = reference;
    const known = this.externals.get(arn);
    if (known) return { state: known, qualifier };
    const definition = external({ arn, name });
    if (!definition) return undefined;
    const state: FunctionState = { definition, environments: [], active: 0 };
    this.externals.set(arn, state);
    return { state, qualifier };
  }

  private throttle({ name }: FunctionDefinition, reason: string): Error {
    this.options.onInvocation?.({ functionName: name, outcome: 'throttled', milliseconds: 0 });
    return throttled(reason);
  }

  private dispatch(state: FunctionState, invocation: RunningInvocation): void {
    const warm = state.environments.find(({ hasCapacity }) => hasCapacity);
    if (!warm) invocation.coldStart = true;
    (warm ?? this.startEnvironment(state)).invoke(invocation);
  }

  /** Gives the port of the debugger to one process of a function: further ones run without it. */
  private debugged({ definition, environments }: FunctionState): NextProcess {
    if (definition.debugPort === undefined) return { definition };
    const { debugPort: _, ...others } = definition;
    const isTaken = environments.some((each) => each.definition.debugPort !== undefined);
    if (isTaken) return { definition: others };
    const holder = [...this.environments].find((each) => each.definition.debugPort === definition.debugPort);
    return { definition, holder };
  }

  private startEnvironment(state: FunctionState): ExecutionEnvironment {
    const { runtimes, region, isolation } = this.options;
    const onLog = (line: LogLine) => this.options.onLog({ ...line, ...this.purposes.of(line) });
    const { definition, holder } = this.debugged(state);
    const environment = new ExecutionEnvironment(definition, {
      command: async () => {
        await holder?.closed;
        return runtimes.command(definition);
      },
      unlimited: this.options.unlimited,
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

function withQualifier(definition: FunctionDefinition, qualifier: string | undefined): InvocationTarget {
  return qualifier === undefined
    ? { definition, arn: definition.arn }
    : { definition, arn: `${definition.arn}:${qualifier}`, qualifier };
}

/** The definition for the next process of a function, and the process of previous code that still listens on the port of the debugger. */
interface NextProcess {
  readonly definition: FunctionDefinition;
  readonly holder?: ExecutionEnvironment;
}

/** Ends a process with previous code when its invocations have ended. */
function replace(environment: ExecutionEnvironment): void {
  // a process that a debugger holds would keep the port from the next one
  if (environment.definition.debugPort === undefined) environment.retire();
  else environment.kill();
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
