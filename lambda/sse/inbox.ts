import type { Message } from '@aws-sdk/client-sqs';
import { log } from '../shared/log.js';
import { decodeMessage, type QueuedMessage } from './queue-message.js';

/** Messages remembered for telling a redelivery; SQS redelivers within the visibility timeout of seconds. */
const REMEMBERED = 10_000;
/** A batch that is not whole by then was refused to its sender. */
const BATCH_MS = 60_000;

interface PartialBatch {
  readonly since: number;
  readonly items: QueuedMessage[];
}

/** Turns what a queue delivers into what the server shall see: each message once, a batch whole or not at all. */
export class Inbox {
  private readonly seen = new Set<string>();
  private readonly batches = new Map<string, PartialBatch>();

  /** The messages that are due now, with this one's arrival. */
  take(delivered: Message): QueuedMessage[] {
    if (delivered.MessageId && !this.remember(delivered.MessageId)) return [];
    const queued = decodeMessage(delivered);
    if (!queued) {
      log.warn('dropped a queue message that is not a JSON-RPC message', { messageId: delivered.MessageId });
      return [];
    }
    return queued.batch ? this.collect(queued, queued.batch) : [queued];
  }

  private remember(id: string): boolean {
    if (this.seen.has(id)) return false;
    this.seen.add(id);
    if (this.seen.size > REMEMBERED) this.seen.delete(this.seen.values().next().value!);
    return true;
  }

  private collect(queued: QueuedMessage, batch: { id: string; size: number }): QueuedMessage[] {
    const now = Date.now();
    for (const [id, { since }] of this.batches) if (since < now - BATCH_MS) this.batches.delete(id);
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
