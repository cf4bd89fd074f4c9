import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';

type RetryStrategy = Extract<NonNullable<LambdaClientConfig['retryStrategy']>, { acquireInitialRetryToken: unknown }>;

/** Each long poll and each call holds a connection. With the SDK's default of 50, further requests would wait for one. */
const MAX_SOCKETS = 4096;

/**
 * Time after which an idle connection is closed, milliseconds. It is closed before AWS closes it, because a request on a closing
 * connection fails, and invocations are not retried. A third of the limit in the AWS SDK for Java (60 s).
 */
const IDLE_MS = 20_000;

const MAX_ATTEMPTS = 5;
const BASE_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/** Request handler options of one client, with separate agents: destroying one client does not affect the others. */
function requestHandler(requestTimeout?: number) {
  // `keepAlive` also enables TCP keep-alive: a NAT gateway drops a silent connection after 350 s
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS };
  return {
    httpAgent: new HttpAgent(options),
    httpsAgent: new HttpsAgent(options),
    connectionTimeout: 5_000,
    requestTimeout,
  };
}

function lazy<T>(create: () => T): () => T {
  let created: T | undefined;
  return () => {
    created ??= create();
    return created;
  };
}

/**
 * Retries throttled requests only. A throttled invocation never started. After any other failure the function may have run, and a call
 * must not run twice.
 */
function retryThrottling(): RetryStrategy {
  const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => retryDelay(count) });
  return {
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (previous, failure) => {
      const count = previous.getRetryCount() + 1;
      if (failure.errorType !== 'THROTTLING' || count >= MAX_ATTEMPTS) throw new Error('not retryable');
      return token(count);
    },
    recordSuccess: () => undefined,
  };
}

/** Exponential backoff with full jitter, milliseconds. */
function retryDelay(retry: number): number {
  return retry === 0 ? 0 : Math.random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** retry);
}

/** The DynamoDB client of this process. */
export const dynamoDb = /* @__PURE__ */ lazy(() => new DynamoDBClient({ requestHandler: requestHandler(10_000) }));

/** The SQS client of this process. Its request timeout allows for a long poll of 20 s. */
export const sqs = /* @__PURE__ */ lazy(
  () => new SQSClient({ requestHandler: requestHandler(30_000), useQueueUrlAsEndpoint: false }),
);

/** The Lambda client of this process. It has no request timeout, because each call sets one, and retries throttled requests only. */
export const lambda = /* @__PURE__ */ lazy(
  () => new LambdaClient({ requestHandler: requestHandler(0), retryStrategy: retryThrottling() }),
);
