import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/** Time to live of an event, in seconds. Listeners that reconnect within this time receive the events they missed. */
const EVENT_TTL_SECONDS = 900;

/** Publishes a resource update with the two writes of docs/guides/notifications.md: the event, then the counter. */
export async function publishUpdate(client: DynamoDBClient, TableName: string, uri: string): Promise<void> {
  const now = Date.now();
  await client.send(
    new PutItemCommand({
      TableName,
      Item: {
        pk: { S: 'events' },
        sk: { S: `${now}-${randomUUID()}` },
        uri: { S: uri },
        expiresAt: { N: String(Math.ceil(now / 1000) + EVENT_TTL_SECONDS) },
      },
    }),
  );
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: 'events' }, sk: { S: 'counter' } },
      UpdateExpression: 'ADD published :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
}
