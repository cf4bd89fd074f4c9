import { DEFAULTS, ENV, SESSIONS } from '../../src/private/contract.js';
import { numberEnv } from '../shared/env.js';
import { LeaseStore, ownedBy } from '../shared/leases.js';
import { exceedsShare, isFull, ShareReached, shareOwner, type Usage } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { isTerminal, type TaskRecord } from './record.js';

/** Seconds after which a client should try again. */
const RETRY_AFTER = 30;

/** The server's limit of unfinished tasks is reached. */
export class TooManyTasks extends Error {
  readonly limit = 'tasks';
  readonly retryAfter = RETRY_AFTER;

  constructor(readonly value: number) {
    super(
      `too many unfinished tasks: this server allows ${value} at once (limits.tasks); try again later, or raise limits.tasks`,
    );
  }
}

/** Takes a place for a new task, and starts it. Releases the place if the start fails. */
export async function inTaskPlace<T>(
  task: Pick<TaskRecord, 'taskId' | 'principal' | 'lostAt'>,
  start: () => Promise<T>,
): Promise<T> {
  const places = new TaskPlaces();
  // checked before, so that calls that are refused take no places
  await places.check(task);
  try {
    await places.hold(task, task.lostAt);
    // counted after this record is written: of two tasks that start at once, both may be refused, but the limit is never exceeded
    await places.check(task);
    return await start();
  } catch (error) {
    await places.release(task).catch(logFailure);
    throw error;
  }
}

/** Holds the place of a task that has changed for as long as the task waits or runs, and releases that of a task that has ended. */
export async function updateTaskPlace(task: TaskRecord): Promise<void> {
  const places = new TaskPlaces();
  const held = isTerminal(task)
    ? places.release(task)
    : places.hold(task, task.status === 'input_required' ? task.expiresAt : task.lostAt);
  await held.catch(logFailure);
}

function logFailure(error: Error): void {
  log.warn('updating the count of unfinished tasks failed', error);
}

/** The records of unfinished tasks, by which the server counts them. That of a task that is lost expires. */
class TaskPlaces extends LeaseStore {
  constructor() {
    super(SESSIONS.TASKS);
  }

  /**
   * @throws {@link TooManyTasks} if the server's limit is reached
   * @throws {@link ShareReached} if the caller has its share
   */
  async check({ taskId, principal }: Pick<TaskRecord, 'taskId' | 'principal'>): Promise<void> {
    const value = numberEnv(ENV.MAX_TASKS, DEFAULTS.MAX_TASKS);
    const usage: Usage = { limit: 'tasks', value, ...(await this.usage(shareOwner(principal), taskId)) };
    if (isFull(usage)) throw new TooManyTasks(value);
    if (exceedsShare(usage)) throw new ShareReached(usage, RETRY_AFTER);
  }

  hold({ taskId, principal }: Pick<TaskRecord, 'taskId' | 'principal'>, leaseUntil: number): Promise<void> {
    const lease = { now: Date.now(), leaseUntil, endsAt: leaseUntil };
    return this.put(taskId, lease, ownedBy(shareOwner(principal)));
  }

  async release({ taskId }: Pick<TaskRecord, 'taskId'>): Promise<void> {
    await this.delete(taskId);
  }
}
