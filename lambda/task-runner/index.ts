import type { Context } from 'aws-lambda';
import type { TaskRun } from '../tasks/record.js';
import { runTask } from './run.js';

/** What is kept of the function's time to write down how a run ended. */
const CLOSING_MS = 10_000;

/** Works on a task: calls the tool's function, however long that takes, and writes down what becomes of it. */
export const handler = async (event: TaskRun, context: Context): Promise<void> => {
  const remaining = context.getRemainingTimeInMillis();
  await runTask(event, {
    runnerArn: context.invokedFunctionArn, // in its own environment it would be a cycle of the template
    callsUntil: Date.now() + remaining - CLOSING_MS,
    ends: Date.now() + remaining,
  });
};
