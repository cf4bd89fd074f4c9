import { log } from '../shared/log.js';
import type { TaskRecord } from '../tasks/record.js';
import { findTask } from '../tasks/store.js';

/** How often a runner looks whether its task is still wanted, milliseconds. */
const LOOK_MS = 5_000;

/** Does work until it is done, or its task cancelled or out of time: then `signal` aborts, and its failing is no failure. */
export async function whileTaskActive(
  { taskId, run }: TaskRecord,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const unwanted = new AbortController();
  const timer = setInterval(async () => {
    const task = await findTask(taskId).catch((error: Error) => {
      log.warn('could not look at a task', error);
      return null;
    });
    if (task !== null && (task?.status !== 'working' || task.run !== run)) unwanted.abort();
  }, LOOK_MS);
  try {
    await work(unwanted.signal);
  } catch (error) {
    if (!unwanted.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
}
