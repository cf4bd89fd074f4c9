import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { FunctionDefinition } from './function.js';
import { type FunctionError, platformError, type RunningInvocation } from './invocation.js';
import { eachRecord, type LogRecord } from './log-frames.js';
import { eachLine, type LogLine, parseLine } from './log-lines.js';
import { processEnvironment } from './process-environment.js';
import { RuntimeApi } from './runtime-api.js';
import { RECORDS_FD, type RuntimeCommand } from './runtimes/runtimes.js';

export interface EnvironmentOptions {
  /** The program to start; rejects when it cannot run here. */
  readonly command: () => Promise<RuntimeCommand>;
  readonly region: string;
  /** Invocations that the process serves at a time; 1 as on Lambda. */
  readonly concurrency: number;
  readonly onLog: (line: LogLine) => void;
  /** The environment is gone; these invocations never reached it. */
  readonly onClosed: (environment: Environment, undelivered: RunningInvocation[]) => void;
}

/** Lambda's limit for the initialisation of a function, in milliseconds; a slower one goes on at the first invocation's cost. */
const INIT_MS = 10_000;
/** An environment that serves one invocation at a time is given up after this time without any, in milliseconds. */
const IDLE_MS = 300_000;

/** All processes that run, so that none outlives the runner whatever way it exits. */
const processes = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of processes) killTree(child);
});

/** An execution environment: one process with AWS's runtime client, and the Runtime API that it is fed from. */
export class Environment {
  /** Resolves when the process and all it left open are gone. */
  readonly closed: Promise<void>;
  private readonly api: RuntimeApi;
  private child: ChildProcess | undefined;
  private initialised = false;
  private initError: FunctionError | undefined;
  private retiring = false;
  private gone = false;
  private killed = false;
  private idleTimer: NodeJS.Timeout | undefined;
  private settleClosed!: () => void;

  constructor(
    readonly definition: FunctionDefinition,
    private readonly options: EnvironmentOptions,
  ) {
    this.closed = new Promise((resolve) => {
      this.settleClosed = resolve;
    });
    this.api = new RuntimeApi({
      ready: () => {
        this.initialised = true;
      },
      initFailed: (error) => {
        this.initError = error;
        this.retire();
        this.finish();
      },
      delivered: (invocation) => this.startClock(invocation),
    });
    this.start().catch((error: Error) => {
      this.initError = platformError('Runtime.InvalidEntrypoint', error.message);
      this.finish();
    });
  }

  /** Whether one more invocation may come here. */
  get hasRoom(): boolean {
    return !this.gone && !this.retiring && this.api.load < this.options.concurrency;
  }

  invoke(invocation: RunningInvocation): void {
    clearTimeout(this.idleTimer);
    void invocation.ended.then(() => this.settled());
    if (!this.initialised) this.limitInit(invocation);
    this.api.enqueue(invocation);
  }

  /** Takes no new invocation; ends when the last running one has. */
  retire(): void {
    this.retiring = true;
    if (this.api.load === 0) this.finish();
  }

  /** Ends at once; what is here fails as if the process had died. */
  kill(): void {
    this.killed = true;
    this.finish();
  }

  private async start(): Promise<void> {
    const { command, args, logsRecords = false } = await this.options.command();
    const runtimeApi = await this.api.listen();
    if (this.gone) {
      this.api.close();
      return;
    }
    const child = spawn(command, args, {
      cwd: this.definition.codeDir,
      env: {
        ...processEnvironment(this.definition, { ...this.options, runtimeApi }),
        ...(logsRecords && { _LAMBDA_TELEMETRY_LOG_FD: String(RECORDS_FD) }),
      },
      // the end of its standard input tells the process that the runner is gone
      stdio: ['pipe', 'pipe', 'pipe', ...(logsRecords ? (['pipe'] as const) : [])],
      detached: process.platform !== 'win32', // a process group of its own: Ctrl-C is not for it, and killing takes all of it
      windowsHide: true,
    });
    this.child = child;
    processes.add(child);
    for (const stream of ['stdout', 'stderr'] as const) eachLine(child[stream]!, (line) => this.log(stream, line));
    if (logsRecords)
      eachRecord(child.stdio[RECORDS_FD] as Readable, (record) => this.log('stdout', record.text, record));
    child.once('error', (error) => this.exited(`cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => this.exited(describeExit(code, signal)));
    child.once('close', () => this.settleClosed());
    child.stdin!.on('error', () => {}); // EPIPE of a process that died first
  }

  private exited(reason: string): void {
    if (this.child) processes.delete(this.child);
    this.finish(reason);
    this.settleClosed();
  }

  /**
   * The one way out: ends the process and settles what waits for it.
   * @param reason what the process died of, if it was not ended from here
   */
  private finish(reason?: string): void {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.idleTimer);
    if (this.child) killTree(this.child);
    else this.settleClosed();
    const { undelivered, running } = this.api.close();
    const lost = this.killed || !this.initialised;
    for (const invocation of lost ? [...running, ...undelivered] : running) {
      const message = `RequestId: ${invocation.requestId} Error: ${reason ?? 'Runtime exited with error: signal: killed'}`;
      if (reason) this.platformLog(message, invocation);
      invocation.fail(this.initError ?? platformError('Runtime.ExitError', message));
    }
    this.options.onClosed(this, lost ? [] : undelivered);
  }

  /** The function's time runs from here; returns the deadline. */
  private startClock(invocation: RunningInvocation): number {
    const { timeoutSeconds } = this.definition;
    const timer = setTimeout(() => this.timeOut(invocation, timeoutSeconds), timeoutSeconds * 1000);
    void invocation.ended.then(() => clearTimeout(timer));
    return Date.now() + timeoutSeconds * 1000;
  }

  private limitInit(invocation: RunningInvocation): void {
    const { timeoutSeconds } = this.definition;
    const timer = setTimeout(
      () => {
        if (!this.initialised) this.timeOut(invocation, timeoutSeconds);
      },
      INIT_MS + timeoutSeconds * 1000,
    );
    void invocation.ended.then(() => clearTimeout(timer));
  }

  /**
   * The caller gets Lambda's error. What the function still does, on Lambda nobody would see: the process ends as soon as no other
   * invocation needs it.
   */
  private timeOut(invocation: RunningInvocation, seconds: number): void {
    const message = `RequestId: ${invocation.requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
    this.platformLog(message, invocation);
    this.retiring = true;
    invocation.fail(platformError('Sandbox.Timedout', message));
  }

  private settled(): void {
    if (this.gone || this.api.load > 0) return;
    if (this.retiring) this.finish();
    else if (this.options.concurrency === 1) this.idleTimer = setTimeout(() => this.retire(), IDLE_MS).unref();
  }

  private log(stream: 'stdout' | 'stderr', text: string, more: Partial<LogRecord> = {}): void {
    const requestId = this.options.concurrency === 1 ? this.api.only?.requestId : undefined;
    const line = { functionName: this.definition.name, stream, program: this.child!.spawnfile };
    this.options.onLog({ ...line, ...(requestId ? { requestId } : {}), ...more, ...parseLine(text) });
  }

  private platformLog(text: string, { requestId }: RunningInvocation): void {
    this.options.onLog({ functionName: this.definition.name, stream: 'platform', text, requestId });
  }
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
  return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
}
