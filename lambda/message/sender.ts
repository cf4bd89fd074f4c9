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

/** How long sending is retried: SQS may report for a second or more that a new queue does not exist. */
const RETRY_FOR_MS = 3_000;
/** Pause before the first retry, and the longest one, milliseconds. */
const RETRY_PAUSE_MS = 50;
const MAX_RETRY_PAUSE_MS = 400;
/** One message group keeps the order of the session's messages. */
const GROUP = 'session';
const MAX_ENTRIES = 10;

interface SendOptions {
  readonly queueUrl: string;
  readonly messages: readonly EncodedMessage[];
  /** Unique per API request. SQS detects duplicates by the deduplication ids made from it. */
  readonly requestId: string;
  /** Whether the session still exists. Called before each retry. */
  readonly isLive: () => Promise<boolean>;
}

/**
 * Sends the messages to a session queue. Resolves to `failed` if some could not be sent; the session drops an incomplete batch.
 * A retry does not duplicate messages that have arrived, because their deduplication ids stay the same.
 */
export async function sendAll(options: SendOptions): Promise<'sent' | 'session-ended' | 'failed'> {
  const deadline = Date.now() + RETRY_FOR_MS;
  let entries: SendMessageBatchRequestEntry[] = options.messages.map((message, i) => ({
    ...message,
    Id: String(i),
    MessageGroupId: GROUP,
    MessageDeduplicationId: options.messages.length === 1 ? options.requestId : `${options.requestId}-${i}`,
  }));
  for (let pauseMs = RETRY_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_RETRY_PAUSE_MS)) {
    entries = await trySend(options.queueUrl, entries);
    if (entries.length === 0) return 'sent';
    if (Date.now() + pauseMs > deadline) return 'failed';
    await sleep(pauseMs);
    if (!(await options.isLive())) return 'session-ended';
  }
}

/** Sends each entry once. Returns those that failed. */
async function trySend(QueueUrl: string, entries: SendMessageBatchRequestEntry[]) {
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
  if (Failed.length > 0) log.warn('sending messages of a batch failed', { failed: Failed });
  return entries.filter(({ Id }) => Failed.some((failure) => failure.Id === Id));
}

/** Splits entries into requests of at most 10 messages and 1 MiB. */
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
