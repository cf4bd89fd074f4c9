import { setTimeout as sleep } from 'node:timers/promises';
import type { Registration } from '../../src/private/registration.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { CatalogCache } from '../registry/catalog.js';
import { log } from '../shared/log.js';
import { readChunks } from '../tasks/chunks.js';
import type { TaskCall, TaskRecord, TaskRun } from '../tasks/record.js';
import { startRun, startsBy } from '../tasks/start.js';
import { changeTask, endTask, type TaskChange, TaskTooLarge } from '../tasks/store.js';
import { whileTaskActive } from './cancellation.js';
import { runStep, type Step } from './step.js';

/** The invocation that a run is in; times in epoch milliseconds. */
export interface Invocation {
  /** ARN of this function, to hand over to. */
  readonly runnerArn: string;
  /** No function is waited for after this. */
  readonly callsUntil: number;
  /** The invocation is over. */
  readonly ends: number;
}

/** Between the end of an invocation and the time when its task is given up. */
const LOST_MS = 5_000;
/** What a function should have left when it is called again, if its registration does not say. */
const DEFAULT_CALL_MS = 300_000;

const registry = new CatalogCache();

/** Does one run of a task, unless another invocation has it, or it is not wanted any more. */
export async function runTask({ taskId, run }: TaskRun, invocation: Invocation): Promise<void> {
  const begun = await changeTask(taskId, (task) => {
    if (task.status !== 'working' || task.run !== run || task.begun >= run) return undefined;
    return { begun: run, lostAt: invocation.ends + LOST_MS };
  });
  if (!begun?.changed) return log.info('a run of a task that is not to be', { run });
  try {
    await whileTaskActive(begun.task, (signal) => work(begun.task, invocation, signal));
  } catch (error) {
    log.error('a task failed', { error: error as Error, tool: begun.task.tool });
    await endTask(begun.task, {
      status: 'failed',
      outcome: { code: JSON_RPC_ERROR.INTERNAL_ERROR, message: 'internal error' },
    });
  }
}

async function work(begun: TaskRecord, invocation: Invocation, signal: AbortSignal): Promise<void> {
  const call = await readChunks<TaskCall>(begun.taskId, begun.call);
  let fresh = true;
  for (let task: TaskRecord | undefined = begun; task; fresh = false) {
    const pause = Math.min(task.notBefore ?? 0, invocation.callsUntil) - Date.now();
    if (pause > 0) {
      fresh = false;
      await sleep(pause, undefined, { signal });
    }
    const tool = (await registry.get()).tools.find(({ name }) => name === begun.tool);
    if (!fresh && Date.now() + neededBy(tool) > invocation.callsUntil) return handOver(task, invocation);
    const step = await runStep(task, call, tool, { signal, deadline: invocation.callsUntil });
    task = await take(task, step);
  }
}

function neededBy(tool: Registration | undefined): number {
  return tool?.timeoutSeconds === undefined ? DEFAULT_CALL_MS : tool.timeoutSeconds * 1000;
}

/** Writes down what came of a call. Returns the task if its function is to be called again. */
async function take(task: TaskRecord, step: Step): Promise<TaskRecord | undefined> {
  switch (step.kind) {
    case 'end':
      await endTask(task, step.end);
      return undefined;
    case 'ask':
      await ask(task, step.change);
      return undefined;
    case 'again':
      return change(task, { ...step.change, notBefore: Date.now() + (step.change.pollIntervalMs ?? 0) });
  }
}

/** Has another invocation go on, which has all of Lambda's time again. */
async function handOver(task: TaskRecord, { runnerArn }: Invocation): Promise<void> {
  const next = await change(task, { run: task.run + 1, lostAt: startsBy() });
  if (next) await startRun(next, runnerArn);
}

async function ask(task: TaskRecord, questions: TaskChange): Promise<void> {
  try {
    await change(task, { ...questions, status: 'input_required' });
  } catch (error) {
    if (!(error instanceof TaskTooLarge)) throw error;
    const text = 'the questions of the function are larger than a task can hold (380 KB)';
    await endTask(task, { status: 'completed', outcome: { content: [{ type: 'text', text }], isError: true } });
  }
}

/** Changes a task if this run is still the one that may. */
async function change({ taskId, run }: TaskRecord, what: TaskChange): Promise<TaskRecord | undefined> {
  const changed = await changeTask(taskId, (task) => (task.run === run ? what : undefined));
  return changed?.changed ? changed.task : undefined;
}
