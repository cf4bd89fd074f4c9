import { setTimeout as sleep } from 'node:timers/promises';
import {
  QueueDoesNotExist,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { sqs } from '../shared/clients.js';
import { log } from '../shared/log.js';
import { type EncodedMessage, encodedBytes, MAX_QUEUE_MESSAGE_BYTES } from '../sse/queue-message.js';

/** SQS may deny for a second or more that a queue exists which it has just made. */
const PATIENCE_MS = 3_000;
const PAUSE_MS = 200;
/** One group, for order within the session. */
const GROUP = 'session';
const MAX_ENTRIES = 10;

export interface Sending {
  readonly queueUrl: string;
  readonly messages: readonly EncodedMessage[];
  /** Unique per API request: what SQS tells repetitions by. */
  readonly requestId: string;
  /** Whether the session lives; asked before each further attempt. */
  readonly isLive: () => Promise<boolean>;
}

/**
 * Puts the messages on a session's queue. `failed`: not all could be put there; the session drops an incomplete batch.
 * A repetition of what had arrived is no second message, because it has the same deduplication id.
 */
export async function sendAll(sending: Sending): Promise<'sent' | 'gone' | 'failed'> {
  const deadline = Date.now() + PATIENCE_MS;
  let entries: SendMessageBatchRequestEntry[] = sending.messages.map((message, i) => ({
    ...message,
    Id: String(i),
    MessageGroupId: GROUP,
    MessageDeduplicationId: sending.messages.length === 1 ? sending.requestId : `${sending.requestId}-${i}`,
  }));
  for (;;) {
    entries = await attempt(sending.queueUrl, entries);
    if (entries.length === 0) return 'sent';
    if (Date.now() + PAUSE_MS > deadline) return 'failed';
    await sleep(PAUSE_MS);
    if (!(await sending.isLive())) return 'gone';
  }
}

/** One attempt at each entry; those that failed. */
async function attempt(QueueUrl: string, entries: SendMessageBatchRequestEntry[]) {
  const failed: SendMessageBatchRequestEntry[] = [];
  for (const chunk of chunks(entries)) {
    try {
      failed.push(...(await send(QueueUrl, chunk)));
    } catch (error) {
      if (!(error instanceof QueueDoesNotExist)) throw error;
      return entries;
    }
  }
  return failed;
}

async function send(QueueUrl: string, entries: SendMessageBatchRequestEntry[]) {
  if (entries.length === 1) {
    const { Id, ...message } = entries[0]!;
    await sqs().send(new SendMessageCommand({ QueueUrl, ...message }));
    return [];
  }
  const { Failed = [] } = await sqs().send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }));
  if (Failed.length > 0) log.warn('messages of a batch could not be sent', { failed: Failed });
  return entries.filter(({ Id }) => Failed.some((failure) => failure.Id === Id));
}

/** What fits into one request each: ten messages, 1 MiB in sum. */
function chunks(entries: readonly SendMessageBatchRequestEntry[]): SendMessageBatchRequestEntry[][] {
  const all: SendMessageBatchRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = encodedBytes(entry as EncodedMessage);
    const last = all.at(-1);
    if (last && last.length < MAX_ENTRIES && bytes + size <= MAX_QUEUE_MESSAGE_BYTES) {
      last.push(entry);
      bytes += size;
    } else {
      all.push([entry]);
      bytes = size;
    }
  }
  return all;
}
