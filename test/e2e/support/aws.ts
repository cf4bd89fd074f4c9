import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Fixture } from './fixture';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Addresses of the queues that are there. */
export async function queues({ runner }: Fixture): Promise<string[]> {
  const sqs = new SQSClient({ endpoint: runner.sqsUrl, region: 'us-east-1', credentials });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  sqs.destroy();
  return QueueUrls;
}

/** Records of SSE sessions. */
export async function sessions({ runner }: Fixture): Promise<Array<Record<string, unknown>>> {
  const table = runner.functions.find(({ environment }) => environment.MCP_SESSION_TABLE)!.environment
    .MCP_SESSION_TABLE;
  const dynamoDb = new DynamoDBClient({ endpoint: runner.dynamoDbUrl, region: 'us-east-1', credentials });
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: table }));
  dynamoDb.destroy();
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => pk === 'sse');
}
