import type { Context } from 'aws-lambda';
import { inTrace, processTrace } from '../shared/request-trace.js';
import { limitCalls } from '../shared/time-limits.js';
import type { TaskRun } from '../tasks/record.js';
import { runTask } from './run.js';

/** Time reserved for writing the result of a run, milliseconds. */
const CLOSING_MS = 10_000;
/** Time reserved for logging that a result could not be written, milliseconds. */
const LOGGING_MS = 500;

/** The task runner: calls the handler of a task until it is done, and stores the result. */
export const handler = async (event: TaskRun, context: Context): Promise<void> => {
  const remainingMs = context.getRemainingTimeInMillis();
  const endsAt = Date.now() + remainingMs;
  const invocation = {
    runnerArn: context.invokedFunctionArn, // an environment variable would be a circular dependency in the template
    callDeadline: endsAt - CLOSING_MS,
    endsAt,
  };
  await inTrace(processTrace(), () => limitCalls(remainingMs - LOGGING_MS, () => runTask(event, invocation)));
};
