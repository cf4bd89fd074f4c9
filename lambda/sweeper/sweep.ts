import { DeleteQueueCommand, paginateListQueues, QueueDoesNotExist } from '@aws-sdk/client-sqs';
import { sqs } from '../shared/clients.js';
import { log } from '../shared/log.js';
import { queueCreatedAt, queuePrefix } from '../sse/queue-name.js';
import { SessionStore } from '../sse/store.js';

const PAGE_SIZE = 1000;

/** Deletes the session queues of a server that were made before `before` (epoch milliseconds); how many were there. */
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

/** Deletes the session records whose lease ran out before `before` (epoch milliseconds), and their queues; how many queues were there. */
export async function sweepRecords(before: number): Promise<number> {
  const store = new SessionStore();
  let swept = 0;
  for await (const { id, queueUrl } of store.expired(before)) {
    // queue first: the record is what leads to it
    if (queueUrl && (await deleteQueue(queueUrl))) swept += 1;
    await store.removeExpired(id, before);
  }
  return swept;
}

/** False if there was none, or it could not be deleted: the next sweep tries again. */
async function deleteQueue(url: string): Promise<boolean> {
  try {
    await sqs().send(new DeleteQueueCommand({ QueueUrl: url }));
    return true;
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) log.warn('a session queue could not be deleted', error as Error);
    return false;
  }
}
