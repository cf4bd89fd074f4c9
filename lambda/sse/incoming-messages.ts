import type { Message } from '@aws-sdk/client-sqs';
import { log } from '../shared/log.js';
import { decodeMessage, type QueuedMessage } from './queue-message.js';

/** How many message ids are kept to detect redeliveries. SQS redelivers within the visibility timeout, which is a few seconds. */
const MAX_REMEMBERED_IDS = 10_000;
/** Age at which an incomplete batch is dropped. By then the message function has reported its failure to the client. */
const BATCH_TIMEOUT_MS = 60_000;

interface PartialBatch {
  readonly since: number;
  readonly items: QueuedMessage[];
}

/** Removes duplicates from the messages of a session queue, and reassembles batches. Incomplete batches are dropped. */
export class IncomingMessages {
  private readonly receivedIds = new Set<string>();
  private readonly batches = new Map<string, PartialBatch>();

  /** Adds a message from the queue. Returns the messages to handle now: none, this one, or the batch that it completes. */
  add(received: Message): QueuedMessage[] {
    if (received.MessageId && !this.isNew(received.MessageId)) return [];
    const queued = decodeMessage(received);
    if (!queued) {
      log.warn('dropping a queue message that is not a JSON-RPC message', { messageId: received.MessageId });
      return [];
    }
    return queued.batch ? this.addToBatch(queued, queued.batch) : [queued];
  }

  private isNew(id: string): boolean {
    if (this.receivedIds.has(id)) return false;
    this.receivedIds.add(id);
    if (this.receivedIds.size > MAX_REMEMBERED_IDS) this.receivedIds.delete(this.receivedIds.values().next().value!);
    return true;
  }

  private addToBatch(queued: QueuedMessage, batch: { id: string; size: number }): QueuedMessage[] {
    const now = Date.now();
    for (const [id, { since }] of this.batches) if (since < now - BATCH_TIMEOUT_MS) this.batches.delete(id);
    const partial = this.batches.get(batch.id) ?? { since: now, items: [] };
    partial.items.push(queued);
    if (partial.items.length < batch.size) {
      this.batches.set(batch.id, partial);
      return [];
    }
    this.batches.delete(batch.id);
    return partial.items;
  }
}
