import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/** Publishes a resource update with the two writes of the notifications guide. */
export async function publishUpdate(
  client: DynamoDBClient,
  TableName: string,
  uri: string,
  { at = Date.now(), expiresAt = Math.ceil(at / 1000) + 900 } = {},
): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName,
      Item: {
        pk: { S: 'events' },
        sk: { S: `${at}-${randomUUID()}` },
        uri: { S: uri },
        expiresAt: { N: String(expiresAt) },
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
