import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { ENV } from '../../src/private/contract.js';
import { sqs } from '../shared/clients.js';
import { jsonEnv, optionalEnv, requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { queueName } from './queue-name.js';

/** The longest that SQS holds a receive open. */
const LONG_POLL_SECONDS = 20;
/** A message that could not be deleted comes back after this, and holds up the ones behind it until then. */
const VISIBILITY_SECONDS = 10;
/** No session is older, so no message need be. */
const RETENTION_SECONDS = 900;
/** SQS may deny for a second or more that a queue exists which it has just made. */
const SETTLING_MS = 5_000;
const SETTLING_PAUSE_MS = 200;
/** An empty answer before this was no long poll: pause, or the loop spins. */
const EARLY_MS = 250;
const EARLY_PAUSE_MS = 100;
/** Receives that fail one after the other, the SDK's own retries not counted, before the session is given up. */
const MAX_FAILURES = 5;
const FAILURE_PAUSE_MS = 500;

/** The queue of one session: one reader, one message group. */
export class SessionQueue {
  /** Makes the queue, with the tags and the key that the construct asked for. */
  static async create(): Promise<SessionQueue> {
    const now = Date.now();
    const keyArn = optionalEnv(ENV.QUEUE_KEY_ARN);
    const { QueueUrl } = await sqs().send(
      new CreateQueueCommand({
        QueueName: queueName(requireEnv(ENV.SERVER_ID), now),
        Attributes: {
          FifoQueue: 'true',
          // by content, a repeated notification would be dropped: the sender gives each message an id
          ContentBasedDeduplication: 'false',
          MessageRetentionPeriod: String(RETENTION_SECONDS),
          VisibilityTimeout: String(VISIBILITY_SECONDS),
          ...(keyArn ? { KmsMasterKeyId: keyArn } : { SqsManagedSseEnabled: 'true' }),
        },
        tags: jsonEnv<Record<string, string>>(ENV.QUEUE_TAGS, {}),
      }),
    );
    return new SessionQueue(QueueUrl!, now);
  }

  constructor(
    readonly url: string,
    private readonly createdAt: number,
  ) {}

  /**
   * Messages as they come, each deleted from the queue as it is yielded, until `signal` aborts. A message may come
   * twice (its deletion failed). Throws when the queue is gone or cannot be read any more.
   */
  async *messages(signal: AbortSignal): AsyncGenerator<Message, void> {
    let failures = 0;
    while (!signal.aborted) {
      const started = Date.now();
      try {
        const received = await this.receive(signal);
        failures = 0;
        if (received.length > 0) {
          const discarded = this.discard(received); // meanwhile they are handled: a client does not wait for SQS twice
          yield* received;
          await discarded; // the next receive shall find the message group free
        } else if (Date.now() - started < EARLY_MS) await pause(EARLY_PAUSE_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof QueueDoesNotExist) {
          if (Date.now() - this.createdAt > SETTLING_MS) throw error;
          await pause(SETTLING_PAUSE_MS, signal);
        } else {
          failures += 1;
          if (failures >= MAX_FAILURES) throw error;
          log.warn('receiving from the session queue failed', error as Error);
          await pause(failures * FAILURE_PAUSE_MS, signal);
        }
      }
    }
  }

  /** Deletes the queue; that it is gone already is success. */
  async remove(): Promise<void> {
    try {
      await sqs().send(new DeleteQueueCommand({ QueueUrl: this.url }));
    } catch (error) {
      if (!(error instanceof QueueDoesNotExist)) throw error;
    }
  }

  private async receive(signal: AbortSignal): Promise<Message[]> {
    const { Messages: messages = [] } = await sqs().send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: LONG_POLL_SECONDS,
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    return messages;
  }

  private async discard(messages: readonly Message[]): Promise<void> {
    try {
      const { Failed: failed = [] } = await sqs().send(
        new DeleteMessageBatchCommand({
          QueueUrl: this.url,
          Entries: messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
        }),
      );
      if (failed.length > 0) log.warn('session queue messages could not be deleted', { failed });
    } catch (error) {
      // they are ours all the same: losing them would be worse than seeing them again
      log.warn('session queue messages could not be deleted', error as Error);
    }
  }
}

/** Waits, but not beyond the abort. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
