import type { Context } from 'aws-lambda';
import type { TaskRun } from '../tasks/record.js';
import { runTask } from './run.js';

/** Time reserved for writing the result of a run, milliseconds. */
const CLOSING_MS = 10_000;

/** The task runner: calls the handler of a task until it is done, and stores the result. */
export const handler = async (event: TaskRun, context: Context): Promise<void> => {
  const endsAt = Date.now() + context.getRemainingTimeInMillis();
  await runTask(event, {
    runnerArn: context.invokedFunctionArn, // an environment variable would be a circular dependency in the template
    callDeadline: endsAt - CLOSING_MS,
    endsAt,
  });
};
