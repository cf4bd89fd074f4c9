import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteQueueCommand, paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import dynalite from 'dynalite';
import { buildApp } from 'fauxqs';

/** Embedded DynamoDB and SQS servers, and clients for them. */
export interface EmbeddedAws {
  readonly dynamoDbUrl: string;
  readonly sqsUrl: string;
  readonly dynamoDb: DynamoDBClient;
  readonly sqs: SQSClient;
  stop(): Promise<void>;
}

/**
 * Starts the embedded servers and configures the AWS SDK of this process to use them. Set `MCP_TEST_DYNAMODB_URL` and
 * `MCP_TEST_SQS_URL` to use other implementations (docs/second-opinion.md).
 */
export async function startEmbeddedAws(): Promise<EmbeddedAws> {
  const stops: Array<() => Promise<unknown>> = [];
  let dynamoDbUrl = process.env.MCP_TEST_DYNAMODB_URL;
  if (!dynamoDbUrl) {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    dynamoDbUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stops.push(async () => {
      // dynalite's own close() closes the database while requests are in progress, which causes uncaught exceptions
      const closed = new Promise((resolve) => Server.prototype.close.call(server, resolve));
      server.closeAllConnections(); // a listener keeps polling until its deadline, even without a client
      await closed;
    });
  }
  let sqsUrl = process.env.MCP_TEST_SQS_URL;
  if (!sqsUrl) {
    const app = buildApp({ logger: false });
    await app.listen({ port: 0, host: '127.0.0.1' }); // startFauxqs() would listen on every interface
    sqsUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    stops.push(async () => {
      const closed = app.close();
      app.server.closeAllConnections();
      await closed;
    });
  }
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbUrl,
    AWS_ENDPOINT_URL_SQS: sqsUrl,
  });
  const dynamoDb = new DynamoDBClient({ endpoint: dynamoDbUrl });
  const sqs = new SQSClient({ endpoint: sqsUrl, useQueueUrlAsEndpoint: false });
  if (process.env.MCP_TEST_SQS_URL) await deleteAllQueues(sqs); // left by the previous test file
  return {
    dynamoDbUrl,
    sqsUrl,
    dynamoDb,
    sqs,
    async stop() {
      dynamoDb.destroy();
      sqs.destroy();
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

async function deleteAllQueues(sqs: SQSClient): Promise<void> {
  for await (const { QueueUrls = [] } of paginateListQueues({ client: sqs, pageSize: 1000 }, {})) {
    await Promise.all(QueueUrls.map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))));
  }
}
