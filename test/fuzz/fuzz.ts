import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import { build } from 'esbuild';

/** A case that failed. `caseId` and the seed reproduce it. */
export interface Failure {
  readonly caseId: number;
  readonly target?: string;
  readonly problem: string;
  readonly input?: string;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first case. */
  readonly first?: number;
  readonly cases: number;
  readonly workers?: number;
  /** Called after each case. */
  readonly onProgress?: (done: number) => void;
}

/** A worker that shows no sign of life for this time hangs, milliseconds. A slow one still sends signs of life. */
const HANG_MS = 10_000;
const START_MS = 120_000;
/** Below the packages that the worker imports. */
const BUNDLE = resolvePath('node_modules', '.cache', 'cdk-mcp-lambda', `fuzz-${process.pid}.mjs`);

type Message =
  | { readonly type: 'beat' | 'done' }
  | { readonly type: 'start' | 'end'; readonly caseId: number }
  | ({ readonly type: 'failure' } & Failure);

/** Runs cases in processes, each with a part of them, and ends a process that hangs. */
export async function fuzz(options: FuzzOptions): Promise<Failure[]> {
  const { seed, first = 0, cases, workers = 2, onProgress } = options;
  await bundleWorker();
  const failures: Failure[] = [];
  const share = Math.ceil(cases / workers);
  let done = 0;
  const parts = Array.from({ length: workers }, async (_, n) => {
    const end = Math.min(first + (n + 1) * share, first + cases) - 1;
    const skipped: number[] = [];
    let from = first + n * share;
    while (from <= end) {
      const onEnd = () => onProgress?.(++done);
      const result = await runWorker([seed, from, end, skipped.join()].map(String), failures, onEnd);
      if (result === 'done') return;
      if (result.next === from && result.running.length === 0) throw new Error(`a worker fails: ${result.problem}`);
      // goes on behind the cases that hang
      for (const caseId of result.running) {
        failures.push({ caseId, problem: `hangs, or runs beside a case that hangs: ${result.problem}` });
        skipped.push(caseId);
      }
      from = result.next;
    }
  });
  await Promise.all(parts);
  await rm(BUNDLE, { force: true });
  return failures;
}

async function bundleWorker(): Promise<void> {
  await build({
    entryPoints: ['test/fuzz/worker.mts'],
    outfile: BUNDLE,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    tsconfigRaw: { compilerOptions: { target: 'ES2023' } },
    logLevel: 'warning',
  });
}

interface Interrupted {
  readonly problem: string;
  readonly running: readonly number[];
  readonly next: number;
}

function runWorker(args: readonly string[], failures: Failure[], onEnd: () => void): Promise<'done' | Interrupted> {
  const child: ChildProcess = fork(BUNDLE, args, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, MCP_TEST_DYNAMODB_URL: '', MCP_TEST_SQS_URL: '' },
  });
  return new Promise((resolve) => {
    const running = new Set<number>();
    let next = Number(args[1]);
    let problem = 'the process ended';
    let finished = false;
    let timer: NodeJS.Timeout;
    const watch = (milliseconds: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        problem = `no sign of life for ${milliseconds} ms`;
        child.kill('SIGKILL');
      }, milliseconds);
    };
    watch(START_MS);
    child.on('message', (message: Message) => {
      watch(HANG_MS);
      if (message.type === 'start') {
        running.add(message.caseId);
        next = Math.max(next, message.caseId + 1);
      } else if (message.type === 'end') {
        running.delete(message.caseId);
        onEnd();
      } else if (message.type === 'failure') failures.push(message);
      else if (message.type === 'done') finished = true;
    });
    child.on('exit', () => {
      clearTimeout(timer);
      resolve(finished ? 'done' : { problem, running: [...running], next });
    });
  });
}
