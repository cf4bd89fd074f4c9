import { randomBytes } from 'node:crypto';
import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';
import type { SealingKey, SealingKeys } from './seal.js';

const KEY_BYTES = 32;
/** Id of the key that the first function to need one makes. The highest id seals: a key is rotated by adding one. */
const FIRST_ID = '1';
const FRESH_MS = 300_000;
/** How soon the table is asked again for an id that it did not have; forged ids must not become a load. */
const RETRY_MS = 10_000;

/** Keys that all functions of a server share: what one of them sealed, any of them opens. They live in the session table. */
export class SharedKeys implements SealingKeys {
  private cached?: { readonly keys: readonly SealingKey[]; readonly readAt: number };

  async current(): Promise<SealingKey> {
    let keys = await this.keys(FRESH_MS);
    if (keys.length === 0) {
      await createFirst();
      keys = await this.keys(0);
    }
    return keys.at(-1)!;
  }

  async find(id: string): Promise<SealingKey | undefined> {
    const of = (keys: readonly SealingKey[]) => keys.find((key) => key.id === id);
    return of(await this.keys(FRESH_MS)) ?? of(await this.keys(RETRY_MS));
  }

  private async keys(maxAgeMs: number): Promise<readonly SealingKey[]> {
    if (this.cached && Date.now() - this.cached.readAt < maxAgeMs) return this.cached.keys;
    this.cached = { keys: await readKeys(), readAt: Date.now() };
    return this.cached.keys;
  }
}

/** A key of this process alone, for states that never leave it to come back to another. */
export class ProcessKeys implements SealingKeys {
  private readonly key: SealingKey = { id: 'process', key: randomBytes(KEY_BYTES) };

  async current(): Promise<SealingKey> {
    return this.key;
  }

  async find(id: string): Promise<SealingKey | undefined> {
    return id === this.key.id ? this.key : undefined;
  }
}

async function readKeys(): Promise<SealingKey[]> {
  const { Items = [] } = await dynamoDb().send(
    new QueryCommand({
      TableName: requireEnv(ENV.SESSION_TABLE),
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      ExpressionAttributeValues: { ':pk': { S: SESSIONS.KEYS } },
      ConsistentRead: true,
    }),
  );
  return Items.map((item) => ({ id: item[SESSIONS.SORT_KEY]!.S!, key: item.key!.B! })).sort(
    (a, b) => Number(a.id) - Number(b.id),
  );
}

/** Makes the first key, unless another function was faster. */
async function createFirst(): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new PutItemCommand({
        TableName: requireEnv(ENV.SESSION_TABLE),
        Item: {
          [SESSIONS.PARTITION_KEY]: { S: SESSIONS.KEYS },
          [SESSIONS.SORT_KEY]: { S: FIRST_ID },
          key: { B: randomBytes(KEY_BYTES) },
        },
        ConditionExpression: 'attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      }),
    ),
  );
}
