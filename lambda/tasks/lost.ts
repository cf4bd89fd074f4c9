import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { isTerminal, type TaskRecord } from './record.js';
import { endTask } from './store.js';

/** Fails a task whose run did not begin or end in time. Returns the current task. */
export async function failIfLost(task: TaskRecord): Promise<TaskRecord> {
  if (!isLost(task)) return task;
  const message = task.begun < task.run ? 'the task could not be started' : 'the task did not finish in time';
  const outcome = { code: ProtocolErrorCode.InternalError, message };
  // checked again with the stored task: its run may have begun meanwhile
  const ended = await endTask(task, { status: 'failed', outcome }, isLost);
  return ended?.task ?? task;
}

function isLost(task: TaskRecord): boolean {
  return !isTerminal(task) && task.status === 'working' && task.lostAt <= Date.now();
}
