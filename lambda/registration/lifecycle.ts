/** Lifecycle steps that CloudFormation cannot perform itself. Best effort: a failure is logged, and the other work continues. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ENV, METRICS } from '../../src/private/contract.js';
import { optionalEnv, requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { sweepQueues, sweepRecords } from '../sse/sweep.js';
import { allRecords } from './function-records.js';
import { isError } from './lambda-control.js';
import { isInvalidPrincipal, removeStatement, renewStatement } from './statements.js';

/** Functions processed in parallel. Lambda's control plane allows 15 requests per second. */
const CONCURRENCY = 4;
/** How long the renewal of statements is retried, and the first and the longest pause between two attempts, milliseconds. */
const RENEWAL_MS = 60_000;
const RENEWAL_PAUSE_MS = 2_000;
const MAX_RENEWAL_PAUSE_MS = 15_000;
/** Time before the deadline in which the failures are reported, milliseconds. */
const REPORT_MS = 10_000;

/**
 * Recreates the permission statements of all functions that API registrations use. A statement refers to the unique id of the
 * role: it has no effect on a new role, even one of the same name. Retries for a minute, because a new role and its policies take time to
 * propagate. Reports each function that remains without permission as an error and in a metric. `deadline`: epoch milliseconds.
 */
export async function renewStatements(deadline: number): Promise<void> {
  const retryUntil = Math.min(deadline - REPORT_MS, Date.now() + RENEWAL_MS);
  let pauseMs = RENEWAL_PAUSE_MS;
  const used = (await allRecords()).filter(({ registrations }) => registrations.length > 0);
  let remaining = used.map(({ functionArn }) => functionArn);
  for (;;) {
    const failures = new Map<string, Error>(remaining.map((arn) => [arn, new Error('no time left')]));
    await forEach(remaining, deadline, async (arn) => {
      try {
        await renewStatement(arn);
        failures.delete(arn);
      } catch (error) {
        failures.set(arn, error as Error);
      }
    });
    const isLast = Date.now() + pauseMs > retryUntil;
    const retried = [...failures].filter(([, error]) => !isLast && isTransient(error)).map(([arn]) => arn);
    for (const [arn, error] of failures) if (!retried.includes(arn)) reportUnrenewed(arn, error);
    if (retried.length === 0) return;
    remaining = retried;
    await sleep(pauseMs);
    pauseMs = Math.min(2 * pauseMs, MAX_RENEWAL_PAUSE_MS);
  }
}

/** Whether a renewal can succeed later: the new role or its policies may not have propagated, or another request changes the function. */
function isTransient(error: Error): boolean {
  return !isError(error, 'ResourceNotFoundException', 'PolicyLengthExceededException');
}

function reportUnrenewed(functionArn: string, error: Error): void {
  if (isError(error, 'ResourceNotFoundException')) {
    log.warn('permission statement not renewed: the function does not exist', { functionArn });
    return;
  }
  const advice = isInvalidPrincipal(error)
    ? `remove statements of deleted principals: aws lambda get-policy --function-name ${functionArn}`
    : undefined;
  log.error('renewing a permission statement failed: the function cannot be invoked', { error, functionArn, advice });
  measure([{ name: METRICS.PERMISSIONS_NOT_RENEWED, value: 1 }]);
}

/** Removes what the server created outside its stack: permission statements and session queues. `deadline`: epoch milliseconds. */
export async function tearDown(deadline: number): Promise<void> {
  // the function records remain: a server that reuses the table recreates the statements from them
  await logFailure('permission statements', async () => {
    const functions = (await allRecords()).map(({ functionArn }) => functionArn);
    await forEach(functions, deadline, (arn) =>
      logFailure(`permission statement of ${arn}`, () => removeStatement(arn)),
    );
  });
  if (optionalEnv(ENV.SESSION_TABLE) === undefined) return;
  await logFailure('session records', () => sweepRecords(Number.MAX_SAFE_INTEGER));
  if (Date.now() < deadline)
    await logFailure('session queues', () => sweepQueues(requireEnv(ENV.SERVER_ID), Number.MAX_SAFE_INTEGER));
}

/** Calls `update` for each function, several at a time, until the deadline. */
export async function forEach(
  functionArns: readonly string[],
  deadline: number,
  update: (functionArn: string) => Promise<void>,
): Promise<void> {
  const remaining = [...functionArns];
  const worker = async () => {
    for (let arn = remaining.pop(); arn !== undefined; arn = remaining.pop()) {
      if (Date.now() > deadline) return;
      await update(arn);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function logFailure(subject: string, step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    log.warn(`lifecycle step failed: ${subject}`, error as Error);
  }
}
