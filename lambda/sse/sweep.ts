import { DeleteQueueCommand, paginateListQueues, QueueDoesNotExist } from '@aws-sdk/client-sqs';
import { sqs } from '../shared/clients.js';
import { log } from '../shared/log.js';

import { callsAborted } from '../shared/time-limits.js';

import { queueCreatedAt, queuePrefix } from './queue-name.js';
import { SessionStore } from './store.js';

const PAGE_SIZE = 1000;

/** Deletes a server's session queues created before `before`, epoch milliseconds. Returns the number of deleted queues. */
export async function sweepQueues(serverId: string, before: number): Promise<number> {
  let swept = 0;
  const pages = paginateListQueues({ client: sqs(), pageSize: PAGE_SIZE }, { QueueNamePrefix: queuePrefix(serverId) });
  for await (const { QueueUrls: urls = [] } of pages) {
    for (const url of urls) {
      const createdAt = queueCreatedAt(serverId, url);
      if (createdAt !== undefined && createdAt < before && (await deleteQueue(url))) swept += 1;
    }
  }
  return swept;
}

/** Deletes session records whose lease expired by `before`, epoch milliseconds, and their queues. Returns the number of deleted queues. */
export async function sweepRecords(before: number): Promise<number> {
  const store = new SessionStore();
  let swept = 0;
  for await (const { id, queueUrl } of store.expired(before)) {
    // the queue first: after a failure, the next sweep finds it by its record
    if (queueUrl && (await deleteQueue(queueUrl))) swept += 1;
    await store.removeExpired(id, before);
  }
  return swept;
}

/** Deletes a queue. Resolves to false if it does not exist or the deletion failed; the next sweep then tries again. */
async function deleteQueue(url: string): Promise<boolean> {
  try {
    await sqs().send(new DeleteQueueCommand({ QueueUrl: url }));
    return true;
  } catch (error) {
    if (callsAborted()) throw error;
    if (!(error instanceof QueueDoesNotExist)) log.warn('deleting a session queue failed', error as Error);
    return false;
  }
}
