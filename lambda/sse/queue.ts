import { randomUUID } from 'node:crypto';
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
import { pause } from '../shared/pause.js';
import { queueName } from './queue-name.js';

/** SQS's longest wait time of a receive call. */
const LONG_POLL_SECONDS = 20;
/** Time after which SQS redelivers a message whose deletion failed. Until then it blocks the messages after it. */
const VISIBILITY_SECONDS = 5;
/** Longest duration of a session. */
const RETENTION_SECONDS = 900;
/** How long a throttled creation is retried, and the longest pause between two attempts, milliseconds. */
const CREATION_RETRY_MS = 10_000;
const CREATION_RETRY_PAUSE_MS = 2_000;
/** Time in which SQS may report that a new queue does not exist. */
const CREATION_MS = 5_000;
const CREATION_PAUSE_MS = 100;
/** An empty response within this time means that SQS did not wait for messages. The loop then pauses, so that it does not spin. */
const SHORT_POLL_MS = 250;
const SHORT_POLL_PAUSE_MS = 100;
/** Pause after the first failed receive call, and the longest one, milliseconds. */
const FAILURE_PAUSE_MS = 250;
const MAX_FAILURE_PAUSE_MS = 2_000;
/** How long failing receive calls are repeated by default: the lease of a session. */
const DEFAULT_PATIENCE_MS = 60_000;
/** How long the deletion of messages is repeated, and the pause between two attempts, milliseconds. Short of the visibility timeout. */
const DELETE_MS = 4_000;
const DELETE_PAUSE_MS = 250;

/** The session queue, which has one reader and one message group. */
export class SessionQueue {
  /** Creates the queue, with the tags and the KMS key that the construct configures. */
  static async create(retryMs = CREATION_RETRY_MS): Promise<SessionQueue> {
    const keyArn = optionalEnv(ENV.QUEUE_KEY_ARN);
    const tags = jsonEnv<Record<string, string>>(ENV.QUEUE_TAGS, {});
    const command = new CreateQueueCommand({
      QueueName: queueName(requireEnv(ENV.SERVER_ID), Date.now()),
      Attributes: {
        FifoQueue: 'true',
        // content-based deduplication would drop repeated notifications; the sender sets a deduplication id instead
        ContentBasedDeduplication: 'false',
        MessageRetentionPeriod: String(RETENTION_SECONDS),
        VisibilityTimeout: String(VISIBILITY_SECONDS),
        ...(keyArn ? { KmsMasterKeyId: keyArn } : { SqsManagedSseEnabled: 'true' }),
      },
      // a request with tags also counts against the quota of TagQueue, which is lower
      ...(Object.keys(tags).length > 0 ? { tags } : {}),
    });
    const QueueUrl = await retryThrottled(retryMs, async () => (await sqs().send(command)).QueueUrl!);
    return new SessionQueue(QueueUrl, Date.now());
  }

  /** Whether the last attempt to receive messages failed. */
  failing = false;

  constructor(
    readonly url: string,
    private readonly createdAt: number,
  ) {}

  /**
   * Yields messages until `signal` aborts, and deletes them from the queue. A message whose deletion fails is yielded again.
   *
   * @param patienceMs how long failing receive calls are repeated
   * @throws if the queue does not exist, or could not be read for `patienceMs`
   */
  async *messages(signal: AbortSignal, patienceMs = DEFAULT_PATIENCE_MS): AsyncGenerator<Message, void> {
    let pauseMs = FAILURE_PAUSE_MS;
    let attemptId = randomUUID();
    let lastReadAt = Date.now();
    while (!signal.aborted) {
      const started = Date.now();
      try {
        const received = await this.receive(signal, attemptId);
        attemptId = randomUUID();
        pauseMs = FAILURE_PAUSE_MS;
        lastReadAt = Date.now();
        this.failing = false;
        if (received.length > 0) {
          const deleted = this.deleteMessages(received); // concurrently with the handling, so that the client does not wait for it
          yield* received;
          await deleted; // before the next receive, because undeleted messages block their message group
        } else if (Date.now() - started < SHORT_POLL_MS) await pause(SHORT_POLL_PAUSE_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof QueueDoesNotExist) {
          if (Date.now() - this.createdAt > CREATION_MS) throw error;
          await pause(CREATION_PAUSE_MS, signal);
        } else {
          this.failing = true;
          if (Date.now() - lastReadAt > patienceMs) throw error;
          log.warn('receiving from the session queue failed', error as Error);
          await pause(pauseMs, signal);
          pauseMs = Math.min(2 * pauseMs, MAX_FAILURE_PAUSE_MS);
        }
      }
    }
  }

  /** Deletes the queue if it exists. */
  async remove(): Promise<void> {
    try {
      await sqs().send(new DeleteQueueCommand({ QueueUrl: this.url }));
    } catch (error) {
      if (!(error instanceof QueueDoesNotExist)) throw error;
    }
  }

  /** @param attemptId repeated until a response arrives: SQS then returns the messages of a lost response again, without waiting */
  private async receive(signal: AbortSignal, attemptId: string): Promise<Message[]> {
    const { Messages: messages = [] } = await sqs().send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        ReceiveRequestAttemptId: attemptId,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: LONG_POLL_SECONDS,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['MessageDeduplicationId'],
      }),
      { abortSignal: signal },
    );
    return messages;
  }

  /** Deletes received messages. A message that is not deleted blocks those after it until its visibility timeout ends. */
  private async deleteMessages(messages: readonly Message[]): Promise<void> {
    const abortSignal = AbortSignal.timeout(DELETE_MS);
    let remaining = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    do {
      try {
        const command = new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries: remaining });
        const { Failed: failed = [] } = await sqs().send(command, { abortSignal });
        if (failed.length === 0) return;
        remaining = remaining.filter(({ Id }) => failed.some((each) => each.Id === Id));
        log.warn('deleting session queue messages failed', { failed });
      } catch (error) {
        log.warn('deleting session queue messages failed', error as Error);
        if (error instanceof QueueDoesNotExist) return;
      }
      // the messages are handled anyway: IncomingMessages drops them when they are redelivered
    } while (await pause(DELETE_PAUSE_MS, abortSignal));
  }
}

/** Retries a throttled request after random pauses, so that sessions that open at once do not retry at once. */
async function retryThrottled<T>(retryMs: number, send: () => Promise<T>): Promise<T> {
  const end = Date.now() + retryMs;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      const pauseMs = Math.random() * CREATION_RETRY_PAUSE_MS;
      if (!/throttl|toomanyrequests/i.test((error as Error).name) || Date.now() + pauseMs > end) throw error;
      await sleep(pauseMs);
    }
  }
}
