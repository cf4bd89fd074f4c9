/** What CloudFormation cannot see of a server's life. Best effort: a function or queue that fails is logged, and the rest goes on. */
import { ENV } from '../../src/private/contract.js';
import { optionalEnv, requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { sweepQueues, sweepRecords } from '../sweeper/sweep.js';
import { allRecords } from './function-records.js';
import { addStatement, removeStatement } from './statements.js';

/** Functions that are worked on at once; Lambda's control API takes 15 requests a second. */
const CONCURRENCY = 4;

/**
 * Makes the permission statements of the Registration API's functions anew. A statement names its principal by the role's
 * inner id: it dies with the role, even if the next one has the same name.
 */
export async function renewStatements(deadline: number): Promise<void> {
  await forEachFunction(deadline, async (functionArn) => {
    await removeStatement(functionArn);
    await addStatement(functionArn);
  });
}

/** Removes what the server made outside its stack: permission statements, and the queues of its sessions. */
export async function tearDown(deadline: number): Promise<void> {
  // the records stay: a server that adopts the table renews the statements
  await logged('permission statements', () => forEachFunction(deadline, removeStatement));
  if (optionalEnv(ENV.SESSION_TABLE) === undefined) return;
  await logged('session records', () => sweepRecords(Number.MAX_SAFE_INTEGER));
  if (Date.now() < deadline)
    await logged('session queues', () => sweepQueues(requireEnv(ENV.SERVER_ID), Number.MAX_SAFE_INTEGER));
}

async function forEachFunction(deadline: number, work: (functionArn: string) => Promise<void>): Promise<void> {
  const waiting = (await allRecords()).map(({ functionArn }) => functionArn);
  const worker = async () => {
    for (let functionArn = waiting.pop(); functionArn !== undefined; functionArn = waiting.pop()) {
      if (Date.now() > deadline) return;
      const arn = functionArn;
      await logged(`the permission statement of ${arn}`, () => work(arn));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function logged(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn(`${what}: not done`, error as Error);
  }
}
