import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import type { Runner } from '../../local/runner.js';

/** What is left after all clients have left and the sweep has run. */
export interface Remains {
  /** Session queues. */
  readonly queues: number;
  /** Records of SSE sessions and listeners. */
  readonly records: number;
  /** Statements of API registrations in the resource-based policies of functions. */
  readonly statements: number;
}

/** Counts what is left. */
export async function countRemains(runner: Runner): Promise<Remains> {
  const at = { region: 'us-east-1', credentials: { accessKeyId: 'soak', secretAccessKey: 'soak' } };
  const { MCP_SESSION_TABLE: TableName } = runner.functions.find(
    ({ environment }) => environment.MCP_SESSION_TABLE,
  )!.environment;
  const sqs = new SQSClient({ endpoint: runner.sqsUrl, ...at });
  const dynamoDb = new DynamoDBClient({ endpoint: runner.dynamoDbUrl, ...at });
  let queues = 0;
  for await (const { QueueUrls = [] } of paginateListQueues({ client: sqs }, { MaxResults: 1_000 })) {
    queues += QueueUrls.length;
  }
  let records = 0;
  for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName })) {
    records += Items.filter(({ pk }) => pk.S === 'sse' || pk.S === 'listeners').length;
  }
  const statements = runner.functions
    .flatMap(({ arn }) => runner.functionPolicy(arn) as { Sid?: string }[])
    .filter(({ Sid }) => Sid?.startsWith('MCP-Execute-'));
  sqs.destroy();
  dynamoDb.destroy();
  return { queues, records, statements: statements.length };
}
