import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const dynamoDb = new DynamoDBClient();
const TableName = process.env.SESSION_TABLE; // server.sessionTable.tableName

/** Tells the clients that listen for it that a resource has changed. */
export async function publishUpdate(uri) {
  const now = Date.now();
  await dynamoDb.send(
    new PutItemCommand({
      TableName,
      Item: {
        pk: { S: 'events' },
        sk: { S: `${now}-${randomUUID()}` },
        uri: { S: uri },
        expiresAt: { N: String(Math.ceil(now / 1000) + 900) },
      },
    }),
  );
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: 'events' }, sk: { S: 'counter' } },
      UpdateExpression: 'ADD published :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
}
