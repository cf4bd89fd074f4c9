import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { FunctionDefinition } from './function.js';
import { type FunctionError, platformError, type RunningInvocation } from './invocation.js';
import { eachRecord, type LogRecord } from './log-frames.js';
import { eachLine, type LogLine, parseLine } from './log-lines.js';
import { processEnvironment } from './process-environment.js';
import { RuntimeApi } from './runtime-api.js';
import { RECORDS_FD, type RuntimeCommand } from './runtimes/language-runtime.js';

interface ExecutionEnvironmentOptions {
  /** Returns the program to start. Rejects if the function cannot run on this machine. */
  readonly command: () => Promise<RuntimeCommand>;
  readonly region: string;
  /** Number of concurrent invocations in the process; 1 as on Lambda. */
  readonly concurrency: number;
  /** Whether invocations have no time limit, because a debugger may hold them. */
  readonly unlimited?: boolean;
  readonly onLog: (line: LogLine) => void;
  /** Called when the environment has terminated, with the invocations that the function never received. */
  readonly onClosed: (environment: ExecutionEnvironment, undelivered: RunningInvocation[]) => void;
}

/** Lambda's limit for the init phase, in milliseconds. A slower init continues in the first invocation and counts towards its timeout. */
const INIT_MS = 10_000;
/** Idle time in milliseconds, after which an environment with one invocation at a time is terminated. */
const IDLE_MS = 300_000;
/** Remaining time that functions see when invocations have no time limit, in milliseconds. */
const UNLIMITED_MS = 86_400_000;
/** Messages of the Node.js inspector. */
const INSPECTOR_MESSAGE =
  /^(?:Debugger (?:attached|listening|ending)|Waiting for the debugger to disconnect|For help, see: https:\/\/nodejs\.org)/;

/** All running processes, to kill them when the runner exits. */
const processes = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of processes) killTree(child);
});

/** An execution environment: one process with AWS's runtime client, and its Runtime API. */
export class ExecutionEnvironment {
  /** Resolves when the process has exited and its output is closed. */
  readonly closed: Promise<void>;
  private readonly api: RuntimeApi;
  private child: ChildProcess | undefined;
  private initialized = false;
  private initError: FunctionError | undefined;
  private retiring = false;
  private terminated = false;
  private killed = false;
  private idleTimer: NodeJS.Timeout | undefined;
  private settleClosed!: () => void;

  constructor(
    readonly definition: FunctionDefinition,
    private readonly options: ExecutionEnvironmentOptions,
  ) {
    this.closed = new Promise((resolve) => {
      this.settleClosed = resolve;
    });
    this.api = new RuntimeApi({
      ready: () => {
        this.initialized = true;
      },
      initFailed: (error) => {
        this.initError = withMissingLayers(error, this.definition);
        this.retire();
        this.terminate();
      },
      delivered: (invocation) => this.startTimeout(invocation),
    });
    this.start().catch((error: Error) => {
      this.initError = platformError('Runtime.InvalidEntrypoint', error.message);
      this.terminate();
    });
  }

  /** Whether the environment accepts another invocation. */
  get hasCapacity(): boolean {
    return !this.terminated && !this.retiring && this.api.load < this.options.concurrency;
  }

  invoke(invocation: RunningInvocation): void {
    clearTimeout(this.idleTimer);
    void invocation.ended.then((error) => this.invocationEnded(invocation, error));
    if (!this.initialized) this.startInitTimeout(invocation);
    this.api.enqueue(invocation);
  }

  /** Stops accepting invocations. Terminates when the last running invocation has ended. */
  retire(): void {
    this.retiring = true;
    if (this.api.load === 0) this.terminate();
  }

  /** Terminates immediately. All invocations fail as if the process had crashed. */
  kill(): void {
    this.killed = true;
    this.terminate();
  }

  private async start(): Promise<void> {
    const { command, args, env, logsRecords = false } = await this.options.command();
    const runtimeApi = await this.api.listen();
    if (this.terminated) {
      this.api.close();
      return;
    }
    const child = spawn(command, args, {
      cwd: this.definition.codeDir,
      env: {
        ...processEnvironment(this.definition, { ...this.options, runtimeApi }),
        ...env,
        ...(logsRecords && { _LAMBDA_TELEMETRY_LOG_FD: String(RECORDS_FD) }),
      },
      // the process exits when its standard input closes, because the runner has exited
      stdio: ['pipe', 'pipe', 'pipe', ...(logsRecords ? (['pipe'] as const) : [])],
      detached: process.platform !== 'win32', // a separate process group: does not receive Ctrl-C, and can be killed as a whole
      windowsHide: true,
    });
    this.child = child;
    processes.add(child);
    for (const stream of ['stdout', 'stderr'] as const) eachLine(child[stream]!, (line) => this.log(stream, line));
    if (logsRecords)
      eachRecord(child.stdio[RECORDS_FD] as Readable, (record) => this.log('stdout', record.text, record));
    child.once('error', (error) => this.processExited(`cannot start the process: ${error.message}`));
    child.once('exit', (code, signal) => this.processExited(describeExit(code, signal)));
    child.once('close', () => this.settleClosed());
    child.stdin!.on('error', () => {}); // EPIPE if the process has already exited
  }

  private processExited(reason: string): void {
    if (this.child) processes.delete(this.child);
    this.terminate(reason);
    this.settleClosed();
  }

  /**
   * Kills the process and settles its invocations.
   * @param reason why the process exited, if the runner did not kill it
   */
  private terminate(reason?: string): void {
    if (this.terminated) return;
    this.terminated = true;
    clearTimeout(this.idleTimer);
    if (this.child) killTree(this.child);
    else this.settleClosed();
    const { undelivered, running } = this.api.close();
    const lost = this.killed || !this.initialized;
    for (const invocation of lost ? [...running, ...undelivered] : running) {
      const message = `RequestId: ${invocation.requestId} Error: ${reason ?? 'Runtime exited with error: signal: killed'}`;
      if (reason) this.platformLog(message, invocation);
      invocation.fail(this.initError ?? platformError('Runtime.ExitError', message));
    }
    this.options.onClosed(this, lost ? [] : undelivered);
  }

  /** Starts the function timeout. Returns the deadline in epoch milliseconds. */
  private startTimeout(invocation: RunningInvocation): number {
    if (this.options.unlimited) return Date.now() + UNLIMITED_MS;
    const { timeoutSeconds } = this.definition;
    const timer = setTimeout(() => this.timeOut(invocation, timeoutSeconds), timeoutSeconds * 1000);
    void invocation.ended.then(() => clearTimeout(timer));
    return Date.now() + timeoutSeconds * 1000;
  }

  private startInitTimeout(invocation: RunningInvocation): void {
    if (this.options.unlimited) return;
    const { timeoutSeconds } = this.definition;
    const timer = setTimeout(
      () => {
        if (!this.initialized) this.timeOut(invocation, timeoutSeconds);
      },
      INIT_MS + timeoutSeconds * 1000,
    );
    void invocation.ended.then(() => clearTimeout(timer));
  }

  /**
   * Fails the invocation with Lambda's timeout error. The process terminates as soon as no other invocation runs in it, as Lambda resets the
   * environment.
   */
  private timeOut(invocation: RunningInvocation, seconds: number): void {
    const message = `RequestId: ${invocation.requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
    this.platformLog(message, invocation);
    this.retiring = true;
    invocation.fail(platformError('Sandbox.Timedout', message));
  }

  private invocationEnded(invocation: RunningInvocation, error: FunctionError | undefined): void {
    const { missingLayers = [] } = this.definition;
    if (error && missingLayers.length > 0) {
      this.platformLog(
        `failed without its layers ${missingLayers.join(', ')}, which are not part of the app`,
        invocation,
      );
    }
    if (this.terminated || this.api.load > 0) return;
    if (this.retiring) this.terminate();
    else if (this.options.concurrency === 1 && !this.options.unlimited)
      this.idleTimer = setTimeout(() => this.retire(), IDLE_MS).unref();
  }

  private log(stream: 'stdout' | 'stderr', text: string, more: Partial<LogRecord> = {}): void {
    if (this.definition.debugPort !== undefined && stream === 'stderr' && INSPECTOR_MESSAGE.test(text)) return;
    const requestId = this.options.concurrency === 1 ? this.api.soleInvocation?.requestId : undefined;
    const line = { functionName: this.definition.name, stream, program: this.child!.spawnfile };
    this.options.onLog({ ...line, ...(requestId ? { requestId } : {}), ...more, ...parseLine(text) });
  }

  private platformLog(text: string, { requestId }: RunningInvocation): void {
    this.options.onLog({ functionName: this.definition.name, stream: 'platform', text, requestId });
  }
}

/** Names the layers that a function runs without, because they can be the reason of an error. */
function withMissingLayers(error: FunctionError, { missingLayers = [] }: FunctionDefinition): FunctionError {
  if (missingLayers.length === 0) return error;
  const payload = JSON.parse(error.payload.toString()) as { errorMessage?: unknown };
  const errorMessage = `${payload.errorMessage} (the function runs without its layers ${missingLayers.join(', ')}, which are not part of the app)`;
  return { ...error, payload: Buffer.from(JSON.stringify({ ...payload, errorMessage })) };
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // the process has already exited
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
  return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
}
