import { randomBytes } from 'node:crypto';
import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';
import type { SealingKey, SealingKeys } from './seal.js';

const KEY_BYTES = 32;
/** Id of the first key. The key with the highest id seals: to rotate keys, add one. */
const FIRST_ID = '1';
/** How long keys are cached, in milliseconds. */
const MAX_AGE_MS = 300_000;
/** Minimum age of the cache before an unknown id causes another read: forged ids must not load the table. */
const UNKNOWN_ID_MAX_AGE_MS = 10_000;

/** Keys in the session table, which all functions of a server share. */
export class SharedKeys implements SealingKeys {
  private cached?: { readonly keys: readonly SealingKey[]; readonly readAt: number };

  async current(): Promise<SealingKey> {
    let keys = await this.keys(MAX_AGE_MS);
    if (keys.length === 0) {
      await createFirst();
      keys = await this.keys(0);
    }
    return keys.at(-1)!;
  }

  async find(id: string): Promise<SealingKey | undefined> {
    const byId = (key: SealingKey) => key.id === id;
    return (await this.keys(MAX_AGE_MS)).find(byId) ?? (await this.keys(UNKNOWN_ID_MAX_AGE_MS)).find(byId);
  }

  private async keys(maxAgeMs: number): Promise<readonly SealingKey[]> {
    if (this.cached && Date.now() - this.cached.readAt < maxAgeMs) return this.cached.keys;
    this.cached = { keys: await readKeys(), readAt: Date.now() };
    return this.cached.keys;
  }
}

/** A key of this process alone, for request state that only this process opens. */
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

/** Creates the first key unless another function has created it. */
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
