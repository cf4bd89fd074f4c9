import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type TimeLimits, withTimeLimits } from './time-limits.js';

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

/** A table operation. The total allows for two attempts, and leaves time for others within the 15 s of the message function. */
const DYNAMODB_LIMITS: TimeLimits = { attemptMs: 2_500, totalMs: 6_000 };
const SQS_LIMITS: TimeLimits = { attemptMs: 3_000, totalMs: 7_000 };
/** A long poll of up to 20 s. The session queue repeats it. */
const LONG_POLL_LIMITS: TimeLimits = { attemptMs: 24_000, totalMs: 24_500 };
/** Lambda's control plane, or the start of an asynchronous invocation. API Gateway allows 29 s for all calls of a registration request. */
const LAMBDA_LIMITS: TimeLimits = { attemptMs: 4_000, totalMs: 9_000 };
const CONNECTION_MS = 2_000;

/** Without `info` and `error`, the SDK makes no record of each call, with a copy of input and output, that nothing would read. */
const logger = { trace() {}, debug() {}, warn() {} } as unknown as NonNullable<LambdaClientConfig['logger']>;

/** Request handler options of one client, with separate agents: destroying one client does not affect the others. */
function requestHandler() {
  // `keepAlive` also enables TCP keep-alive: a NAT gateway drops a silent connection after 350 s
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS };
  return {
    httpAgent: new HttpAgent(options),
    httpsAgent: new HttpsAgent(options),
    connectionTimeout: CONNECTION_MS,
    throwOnRequestTimeout: true,
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
export const dynamoDb = /* @__PURE__ */ lazy(() =>
  withTimeLimits(new DynamoDBClient({ requestHandler: requestHandler(), logger }), () => DYNAMODB_LIMITS),
);

/** The SQS client of this process. */
export const sqs = /* @__PURE__ */ lazy(() =>
  withTimeLimits(
    new SQSClient({ requestHandler: requestHandler(), logger, useQueueUrlAsEndpoint: false }),
    (command) => (command instanceof ReceiveMessageCommand ? LONG_POLL_LIMITS : SQS_LIMITS),
  ),
);

/** The Lambda client for calls of handlers. It retries throttled requests only. Each call must set an abort signal. */
export const lambda = /* @__PURE__ */ lazy(() =>
  withTimeLimits(
    new LambdaClient({ requestHandler: requestHandler(), logger, retryStrategy: retryThrottling() }),
    () => undefined,
  ),
);

/** The Lambda client for calls that may repeat: those of the control plane, and starts of task runs. */
export const repeatingLambda = /* @__PURE__ */ lazy(() =>
  withTimeLimits(new LambdaClient({ requestHandler: requestHandler(), logger }), () => LAMBDA_LIMITS),
);
