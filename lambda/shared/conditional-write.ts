import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from './clients.js';

/** Attribute with the writer token of an item. */
const WRITER = 'writer';
const ABSENT = {
  ConditionExpression: 'attribute_not_exists(#pk)',
  ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
};

/** Awaits a conditional write. Resolves to false if its condition does not hold, and throws any other error. */
export async function conditionHolds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** A random token that tells the write of one caller from those of others. */
export function newWriterToken(): string {
  return randomBytes(8).toString('hex');
}

/**
 * Writes a new item to the session table. Resolves to false if an item with its key exists.
 *
 * The SDK repeats a write whose response was lost, and the condition then fails on the item that the first attempt wrote. The item
 * therefore contains a writer token, by which this function recognizes its own item.
 */
export async function putNewItem(TableName: string, item: Record<string, AttributeValue>): Promise<boolean> {
  const writer = newWriterToken();
  const Item = { ...item, [WRITER]: { S: writer } };
  if (await conditionHolds(dynamoDb().send(new PutItemCommand({ TableName, Item, ...ABSENT })))) return true;
  const { PARTITION_KEY, SORT_KEY } = SESSIONS;
  const Key = { [PARTITION_KEY]: item[PARTITION_KEY]!, [SORT_KEY]: item[SORT_KEY]! };
  const stored = await dynamoDb().send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return stored.Item?.[WRITER]?.S === writer;
}
