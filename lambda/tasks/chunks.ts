import { randomBytes } from 'node:crypto';
import { PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';
import { parseExact } from '../shared/exact-json.js';
import type { Stored } from './record.js';

/** Largest value of an item, bytes. A DynamoDB item holds 400 KB including its keys. */
export const MAX_ITEM_BYTES = 380_000;

/** Writes JSON into items beside the task record: a function response of up to 6 MB exceeds one item. `expiresAt`: epoch milliseconds. */
export async function writeChunks(taskId: string, expiresAt: number, value: unknown): Promise<Stored> {
  const name = randomBytes(8).toString('hex'); // the chunks of two writers must not mix
  const bytes = Buffer.from(JSON.stringify(value));
  const pieces = Math.ceil(bytes.length / MAX_ITEM_BYTES);
  for (let n = 0; n < pieces; n++) {
    await dynamoDb().send(
      new PutItemCommand({
        TableName: requireEnv(ENV.SESSION_TABLE),
        Item: {
          [SESSIONS.PARTITION_KEY]: { S: SESSIONS.TASK + taskId },
          [SESSIONS.SORT_KEY]: { S: `${name}#${String(n).padStart(3, '0')}` },
          [SESSIONS.TTL]: { N: String(Math.ceil(expiresAt / 1000)) },
          json: { B: bytes.subarray(n * MAX_ITEM_BYTES, (n + 1) * MAX_ITEM_BYTES) },
        },
      }),
    );
  }
  return { name, pieces };
}

/** Reads the JSON that `writeChunks()` wrote. */
export async function readChunks<T>(taskId: string, { name, pieces }: Stored): Promise<T> {
  const query = {
    TableName: requireEnv(ENV.SESSION_TABLE),
    KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :name)',
    ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY, '#sk': SESSIONS.SORT_KEY },
    ExpressionAttributeValues: { ':pk': { S: SESSIONS.TASK + taskId }, ':name': { S: `${name}#` } },
    ConsistentRead: true,
  };
  const found: Uint8Array[] = [];
  for await (const { Items = [] } of paginateQuery({ client: dynamoDb() }, query)) {
    found.push(...Items.map((item) => item.json!.B!));
  }
  if (found.length !== pieces) throw new Error(`found ${found.length} of ${pieces} chunks of ${name}`);
  return parseExact(Buffer.concat(found).toString('utf8')) as T;
}
