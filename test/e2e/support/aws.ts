import { randomBytes } from 'node:crypto';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Fixture } from './fixture';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Addresses of the queues that are there. */
export async function queues({ runner }: Fixture): Promise<string[]> {
  const sqs = new SQSClient({ endpoint: runner.sqsUrl, region: 'us-east-1', credentials });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  sqs.destroy();
  return QueueUrls;
}

/** What the server's functions have in their environment. */
const environmentOf = ({ runner }: Fixture) =>
  runner.functions.find(({ environment }) => environment.MCP_SESSION_TABLE)!.environment;

/** Records of SSE sessions. */
export async function sessions(fixture: Fixture): Promise<Array<Record<string, unknown>>> {
  const dynamoDb = new DynamoDBClient({ endpoint: fixture.runner.dynamoDbUrl, region: 'us-east-1', credentials });
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: environmentOf(fixture).MCP_SESSION_TABLE }));
  dynamoDb.destroy();
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => pk === 'sse');
}

/** A session record whose lease ran out, and a queue older than any session. */
export async function leaveOrphans(fixture: Fixture): Promise<void> {
  const { MCP_SERVER_ID, MCP_SESSION_TABLE } = environmentOf(fixture);
  const at = { region: 'us-east-1', credentials };
  const sqs = new SQSClient({ endpoint: fixture.runner.sqsUrl, ...at });
  const dynamoDb = new DynamoDBClient({ endpoint: fixture.runner.dynamoDbUrl, ...at });
  const name = `${MCP_SERVER_ID}-000001-${randomBytes(16).toString('hex').slice(0, 25)}.fifo`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { FifoQueue: 'true' } }));
  const Item = marshall({
    pk: 'sse',
    sk: randomBytes(16).toString('hex'),
    queueUrl: QueueUrl,
    leaseUntil: 1,
    createdAt: 1,
    expiresAt: 1,
  });
  await dynamoDb.send(new PutItemCommand({ TableName: MCP_SESSION_TABLE, Item }));
  sqs.destroy();
  dynamoDb.destroy();
}
