import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Registration } from '../../src/private/registration.js';
import { maxTaskCalls } from '../functions/continuation.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { CatalogCache } from '../registry/catalog.js';
import { log } from '../shared/log.js';
import { readChunks } from '../tasks/chunks.js';
import type { TaskCall, TaskRecord, TaskRun } from '../tasks/record.js';
import { startDeadline, startRun } from '../tasks/start.js';
import { changeTask, endTask, findTask, type TaskChange, TaskTooLarge } from '../tasks/store.js';
import { runStep, type Step } from './step.js';

/** The Lambda invocation that performs a run. Times are epoch milliseconds. */
export interface Invocation {
  /** ARN of the task runner, which continues the task in another invocation. */
  readonly runnerArn: string;
  /** No handler is awaited after this time. */
  readonly callDeadline: number;
  /** End of the invocation. */
  readonly endsAt: number;
}

/** Time after the end of an invocation at which its task counts as lost, milliseconds. */
const LOST_MS = 5_000;
/** Time after the timeout of a call at which its task counts as lost, milliseconds: its result is stored within this time, if at all. */
const STORED_MS = 60_000;
/** Time that a further call needs if its registration has no timeout, milliseconds. */
const DEFAULT_CALL_MS = 300_000;
/** Interval between two checks for cancellation, milliseconds. */
const CANCELLATION_POLL_MS = 5_000;

/** Time in which a run begins, milliseconds. A service that never answers must not hold the task runner for its 15 minutes. */
const BEGIN_MS = 35_000;
/** Longest pause before a change of a task is repeated, milliseconds. */
const MAX_PAUSE_MS = 5_000;

const catalog = new CatalogCache();

/** Performs one run of a task. Skips it if another invocation has begun the run, or if the task no longer waits for it. */
export async function runTask({ taskId, run }: TaskRun, invocation: Invocation): Promise<void> {
  const runner = randomBytes(8).toString('hex');
  const begin = async () => {
    const { tools } = await catalog.get();
    return changeTask(taskId, (task) => {
      if (task.status !== 'working' || task.run !== run || task.begun >= run) return undefined;
      return { begun: run, runner, lostAt: lostAt(task, toolOf(task, tools), invocation) };
    });
  };
  // Lambda repeats an invocation that fails, but only after a minute
  const begun = await persist(begin, Math.min(invocation.callDeadline, Date.now() + BEGIN_MS));
  // a begin that was stored, but not answered, is found by its runner
  if (!begun || !(begun.changed || (begun.task.begun === run && begun.task.runner === runner))) {
    return log.info('skipping stale task run', { run });
  }
  try {
    await whileTaskActive(begun.task, (signal) => runSteps(begun.task, invocation, signal));
  } catch (error) {
    log.error('task failed', { error: error as Error, tool: begun.task.tool });
    const outcome = { code: JSON_RPC_ERROR.INTERNAL_ERROR, message: 'internal error' };
    await persist(() => endTask(begun.task, { status: 'failed', outcome }), invocation.endsAt);
  }
}

/** Repeats a change of a task that fails because DynamoDB does, until `deadline`, epoch milliseconds. */
async function persist<T>(change: () => Promise<T>, deadline: number): Promise<T> {
  for (let pauseMs = 200; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      return await change();
    } catch (error) {
      if (error instanceof TaskTooLarge || Date.now() + pauseMs > deadline) throw error;
      log.warn('changing a task failed: trying again', error as Error);
      await sleep(pauseMs);
    }
  }
}

/** Awaits `action`. Aborts its signal when the task is cancelled, has expired or has a newer run; errors after that are ignored. */
async function whileTaskActive(
  { taskId, run }: TaskRecord,
  action: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const cancellation = new AbortController();
  const timer = setInterval(async () => {
    const task = await findTask(taskId).catch((error: Error) => {
      log.warn('checking a task for cancellation failed', error);
      return null;
    });
    if (task !== null && (task?.status !== 'working' || task.run !== run)) cancellation.abort();
  }, CANCELLATION_POLL_MS);
  try {
    await action(cancellation.signal);
  } catch (error) {
    if (!cancellation.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
}

async function runSteps(begun: TaskRecord, invocation: Invocation, signal: AbortSignal): Promise<void> {
  const call = await readChunks<TaskCall>(begun.taskId, begun.call);
  let fresh = true;
  for (let task: TaskRecord | undefined = begun; task; fresh = false) {
    const pause = Math.min(task.notBefore ?? 0, invocation.callDeadline) - Date.now();
    if (pause > 0) {
      fresh = false;
      await sleep(pause, undefined, { signal });
    }
    const tool = toolOf(begun, (await catalog.get()).tools);
    if (!fresh && Date.now() + callDuration(tool) > invocation.callDeadline) return handOver(task, invocation);
    const step = await runStep(task, call, tool, { signal, deadline: invocation.callDeadline });
    const current: TaskRecord = task;
    task = await persist(() => applyStep(current, step, tool, invocation), invocation.endsAt);
  }
}

/**
 * When a task counts as lost if its next call has no result, epoch milliseconds: clients hear of a runner that was killed at this time.
 */
function lostAt({ notBefore = 0 }: TaskChange, tool: Registration | undefined, { endsAt }: Invocation): number {
  const end = endsAt + LOST_MS;
  if (tool?.timeoutSeconds === undefined) return end;
  return Math.min(end, Math.max(Date.now(), notBefore) + callDuration(tool) + STORED_MS);
}

function toolOf(task: TaskRecord, tools: readonly Registration[]): Registration | undefined {
  return tools.find(({ name }) => name === task.tool);
}

/** Longest duration of a call, milliseconds. */
function callDuration(tool: Registration | undefined): number {
  return tool?.timeoutSeconds === undefined ? DEFAULT_CALL_MS : tool.timeoutSeconds * 1000;
}

/** Stores the outcome of a step. Returns the task if its handler needs another call. */
async function applyStep(
  task: TaskRecord,
  step: Step,
  tool: Registration | undefined,
  invocation: Invocation,
): Promise<TaskRecord | undefined> {
  switch (step.kind) {
    case 'end':
      await endTask(task, step.end);
      return undefined;
    case 'input':
      await requestInput(task, step.change);
      return undefined;
    case 'continue': {
      const calls = (task.calls ?? 0) + 1;
      const limit = maxTaskCalls();
      if (calls >= limit)
        return failTask(task, `the function was called ${limit} times without a result (limits.taskCalls)`);
      const next = { ...step.change, calls, notBefore: Date.now() + (step.change.pollIntervalMs ?? 0) };
      return changeRun(task, { ...next, lostAt: lostAt(next, tool, invocation) });
    }
  }
}

async function failTask(task: TaskRecord, message: string): Promise<undefined> {
  await endTask(task, { status: 'failed', outcome: { code: JSON_RPC_ERROR.INTERNAL_ERROR, message } });
}

/** Continues the task in another invocation, which has the full Lambda timeout again. */
async function handOver(task: TaskRecord, { runnerArn }: Invocation): Promise<void> {
  const next = await changeRun(task, { run: task.run + 1, lostAt: startDeadline() });
  if (!next) return;
  try {
    await startRun(next, runnerArn);
  } catch (error) {
    log.error('continuing a task in another invocation failed', { error: error as Error, tool: task.tool });
    const outcome = { code: JSON_RPC_ERROR.INTERNAL_ERROR, message: 'the task could not be continued' };
    await endTask(next, { status: 'failed', outcome }, ({ begun }) => begun < next.run);
  }
}

async function requestInput(task: TaskRecord, change: TaskChange): Promise<void> {
  try {
    await changeRun(task, { ...change, status: 'input_required' });
  } catch (error) {
    if (!(error instanceof TaskTooLarge)) throw error;
    const text = `the input requests of the function are too large: ${error.message}`;
    await endTask(task, { status: 'completed', outcome: { content: [{ type: 'text', text }], isError: true } });
  }
}

/** Changes a task, unless it has a newer run. */
async function changeRun({ taskId, run }: TaskRecord, change: TaskChange): Promise<TaskRecord | undefined> {
  const result = await changeTask(taskId, (task) => (task.run === run ? change : undefined));
  return result?.changed ? result.task : undefined;
}
