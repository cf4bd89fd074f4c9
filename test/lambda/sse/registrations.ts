import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ENV, REGISTRY } from '../../../src/private/contract.js';
import type { RegistrationDefinition, RegistrationItem } from '../../../src/private/registration.js';
import type { TestServer } from './sessions.js';

/** Writes a registration as the Registration API does: the item, then the catalog revision. */
export async function register(server: TestServer, definition: RegistrationDefinition): Promise<void> {
  const now = new Date().toISOString();
  const item: RegistrationItem = {
    type: definition.type,
    name: definition.name,
    schemaVersion: REGISTRY.SCHEMA_VERSION,
    definition: JSON.stringify(definition),
    lambdaArn: definition.lambdaArn,
    owner: 'api',
    createdAt: now,
    updatedAt: now,
    revision: 1,
  };
  const TableName = process.env[ENV.REGISTRY_TABLE];
  await server.dynamoDb.send(new PutItemCommand({ TableName, Item: marshall(item) }));
  await raiseRevision(server);
}

export async function unregister(server: TestServer, type: string, name: string): Promise<void> {
  const TableName = process.env[ENV.REGISTRY_TABLE];
  await server.dynamoDb.send(new DeleteItemCommand({ TableName, Key: marshall({ type, name }) }));
  await raiseRevision(server);
}

async function raiseRevision(server: TestServer): Promise<void> {
  await server.dynamoDb.send(
    new UpdateItemCommand({
      TableName: process.env[ENV.REGISTRY_TABLE],
      Key: marshall({ type: REGISTRY.META, name: REGISTRY.REVISION }),
      UpdateExpression: 'ADD revision :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
}
