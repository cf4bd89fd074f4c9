/** Lifecycle steps that CloudFormation cannot perform itself. Best effort: a failure is logged, and the other work continues. */
import { ENV } from '../../src/private/contract.js';
import { optionalEnv, requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { sweepQueues, sweepRecords } from '../sweeper/sweep.js';
import { allRecords } from './function-records.js';
import { addStatement, removeStatement } from './statements.js';

/** Functions processed in parallel. Lambda's control plane allows 15 requests per second. */
const CONCURRENCY = 4;

/**
 * Recreates the permission statements of all functions that API registrations use. A statement refers to the unique id of the
 * role: it has no effect on a new role, even one of the same name. `deadline`: epoch milliseconds.
 */
export async function renewStatements(deadline: number): Promise<void> {
  await forEachFunction(deadline, async (functionArn) => {
    await removeStatement(functionArn);
    await addStatement(functionArn);
  });
}

/** Removes what the server created outside its stack: permission statements and session queues. `deadline`: epoch milliseconds. */
export async function tearDown(deadline: number): Promise<void> {
  // the function records remain: a server that reuses the table recreates the statements from them
  await logFailure('permission statements', () => forEachFunction(deadline, removeStatement));
  if (optionalEnv(ENV.SESSION_TABLE) === undefined) return;
  await logFailure('session records', () => sweepRecords(Number.MAX_SAFE_INTEGER));
  if (Date.now() < deadline)
    await logFailure('session queues', () => sweepQueues(requireEnv(ENV.SERVER_ID), Number.MAX_SAFE_INTEGER));
}

async function forEachFunction(deadline: number, update: (functionArn: string) => Promise<void>): Promise<void> {
  const remaining = (await allRecords()).map(({ functionArn }) => functionArn);
  const worker = async () => {
    for (let functionArn = remaining.pop(); functionArn !== undefined; functionArn = remaining.pop()) {
      if (Date.now() > deadline) return;
      const arn = functionArn;
      await logFailure(`permission statement of ${arn}`, () => update(arn));
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
