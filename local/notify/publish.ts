import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/** For how long an event is of use, seconds; listeners that reconnect within it hear what they have missed. */
const LIFE_SECONDS = 900;

/** Publishes that a resource has changed, with the two writes of docs/guides/notifications.md: the event, then the count that tells of it. */
export async function publishUpdate(client: DynamoDBClient, TableName: string, uri: string): Promise<void> {
  const now = Date.now();
  await client.send(
    new PutItemCommand({
      TableName,
      Item: {
        pk: { S: 'events' },
        sk: { S: `${now}-${randomUUID()}` },
        uri: { S: uri },
        expiresAt: { N: String(Math.ceil(now / 1000) + LIFE_SECONDS) },
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
