import { randomBytes } from 'node:crypto';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Fixture } from './fixture';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** URLs of all queues. */
export async function queues({ runner }: Fixture): Promise<string[]> {
  const sqs = new SQSClient({ endpoint: runner.sqsUrl, region: 'us-east-1', credentials });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  sqs.destroy();
  return QueueUrls;
}

/** The environment of the server functions. */
const environmentOf = ({ runner }: Fixture) =>
  runner.functions.find(({ environment }) => environment.MCP_SESSION_TABLE)!.environment;

/** Session records of the SSE sessions. */
export async function sessions(fixture: Fixture): Promise<Array<Record<string, unknown>>> {
  const dynamoDb = new DynamoDBClient({ endpoint: fixture.runner.dynamoDbUrl, region: 'us-east-1', credentials });
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: environmentOf(fixture).MCP_SESSION_TABLE }));
  dynamoDb.destroy();
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => pk === 'sse');
}

/** Expires all tasks. */
export async function expireTasks(fixture: Fixture): Promise<void> {
  const TableName = environmentOf(fixture).MCP_SESSION_TABLE;
  const dynamoDb = new DynamoDBClient({ endpoint: fixture.runner.dynamoDbUrl, region: 'us-east-1', credentials });
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName }));
  for (const item of Items.filter(({ record }) => record)) {
    const record = JSON.stringify({ ...JSON.parse(item.record.S!), expiresAt: 1 });
    await dynamoDb.send(new PutItemCommand({ TableName, Item: { ...item, record: { S: record } } }));
  }
  dynamoDb.destroy();
}

/** Creates a session record with an expired lease, and a queue older than any session. */
export async function createOrphans(fixture: Fixture): Promise<void> {
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

/** Adds a registration that does not exist to the record of a function, as an interrupted request of long ago leaves it. */
export async function createOrphanRegistration(
  fixture: Fixture,
  functionArn: string,
  registered: string,
): Promise<void> {
  const { environment } = fixture.runner.functions.find((each) => each.environment.MCP_REGISTRY_TABLE)!;
  const dynamoDb = new DynamoDBClient({ endpoint: fixture.runner.dynamoDbUrl, region: 'us-east-1', credentials });
  const registrations = { SS: [registered, 'tool-interrupted'] };
  const Item = { type: { S: 'FUNCTION' }, name: { S: functionArn }, registrations };
  await dynamoDb.send(new PutItemCommand({ TableName: environment.MCP_REGISTRY_TABLE, Item }));
  dynamoDb.destroy();
}
