import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { throttlingOnly } from './retry.js';

/** Long polls and tool calls hold a connection each; the SDK's own limit of 50 would queue the rest behind them. */
const MAX_SOCKETS = 4096;

/**
 * Idle connections are closed before AWS closes them, in milliseconds: a request that meets a closing connection fails, and an
 * invocation is not repeated. A third of what AWS's SDK for Java allows (60 s).
 */
const IDLE_MS = 20_000;

/** Request handler options of one client: agents of its own, so that closing one client leaves the others alone. */
function requestHandler(requestTimeout?: number) {
  // TCP keep-alive (the agent's `keepAlive` sets it): a NAT gateway forgets a silent connection after 350 s
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS };
  return {
    httpAgent: new HttpAgent(options),
    httpsAgent: new HttpsAgent(options),
    connectionTimeout: 5_000,
    requestTimeout,
  };
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The DynamoDB client of this process. */
export const dynamoDb = /* @__PURE__ */ lazily(() => new DynamoDBClient({ requestHandler: requestHandler(10_000) }));

/** The SQS client of this process. The request timeout leaves room for a long poll of 20 s. */
export const sqs = /* @__PURE__ */ lazily(
  () => new SQSClient({ requestHandler: requestHandler(30_000), useQueueUrlAsEndpoint: false }),
);

/** The Lambda client of this process: no request timeout (each call brings its own), no retry but for throttling. */
export const lambda = /* @__PURE__ */ lazily(
  () => new LambdaClient({ requestHandler: requestHandler(0), retryStrategy: throttlingOnly() }),
);
