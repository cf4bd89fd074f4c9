import { randomBytes } from 'node:crypto';
import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { SEAL_LIFETIME_MS, type SealingKey, type SealingKeys } from './seal.js';

const KEY_BYTES = 32;
/** How long keys are cached, in milliseconds. */
const MAX_AGE_MS = 300_000;
/** Minimum age of the cache before an unknown id causes another read: forged ids must not load the table. */
const UNKNOWN_ID_MAX_AGE_MS = 1_000;
/** Allows for clock differences, in milliseconds. */
const MARGIN_MS = 60_000;

/** Age at which a key gets a successor, in milliseconds: a day. */
const ROTATION_MS = 86_400_000;
/** Age from which a key seals, in milliseconds. Every process has read it by then, so that each can open what another seals. */
const ACTIVE_AFTER_MS = MAX_AGE_MS + MARGIN_MS;
/** Age of a successor from which its predecessors open nothing, in milliseconds: their last seals have expired. */
const REPLACED_AFTER_MS = ACTIVE_AFTER_MS + SEAL_LIFETIME_MS + MARGIN_MS;
/** Age at which a key expires even without a successor, in milliseconds, on a server that seals nothing. */
const LIFE_MS = 2 * ROTATION_MS;

/** A key in the session table. */
interface StoredKey extends SealingKey {
  /** Epoch milliseconds; 0 for keys that were stored without it. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/**
 * Keys in the session table, which all functions of a server share. The first use after a day adds a key with the next id. Until every
 * process has read it, the previous key still seals; until the last seal of the previous key has expired, that key still opens.
 */
export class SharedKeys implements SealingKeys {
  private cached?: { readonly keys: readonly StoredKey[]; readonly readAt: number };

  async current(): Promise<SealingKey> {
    const keys = await this.keys(MAX_AGE_MS);
    if (isRecent(keys.at(-1))) return sealing(keys)!;
    try {
      await addKey(Number(keys.at(-1)?.id ?? 0) + 1);
    } catch (error) {
      log.warn('rotating the sealing keys failed', error as Error);
      const key = sealing(await this.keys(0)); // the answer may be lost, and the key stored
      if (!key) throw error;
      return key;
    }
    return sealing(await this.keys(0))!;
  }

  async find(id: string): Promise<SealingKey | undefined> {
    return opening(await this.keys(MAX_AGE_MS), id) ?? opening(await this.keys(UNKNOWN_ID_MAX_AGE_MS), id);
  }

  private async keys(maxAgeMs: number): Promise<readonly StoredKey[]> {
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

/** Whether a key needs no successor yet. */
function isRecent(key: StoredKey | undefined): boolean {
  return key !== undefined && Date.now() - key.createdAt < ROTATION_MS;
}

/** The newest key that every process has read, and that does not expire before its seals; otherwise a new key. */
function sealing(keys: readonly StoredKey[]): StoredKey | undefined {
  const now = Date.now();
  const active = keys.findLast(
    ({ createdAt, expiresAt }) => now - createdAt >= ACTIVE_AFTER_MS && expiresAt - now > REPLACED_AFTER_MS,
  );
  return active ?? keys.findLast(isRecent);
}

/** The key of this id, unless it has expired or a newer key has replaced it. */
function opening(keys: readonly StoredKey[], id: string): StoredKey | undefined {
  const now = Date.now();
  const index = keys.findIndex((key) => key.id === id && key.expiresAt > now);
  const replaced = keys.slice(index + 1).some(({ createdAt }) => createdAt > 0 && now - createdAt > REPLACED_AFTER_MS);
  return replaced ? undefined : keys[index];
}

async function readKeys(): Promise<StoredKey[]> {
  const { Items = [] } = await dynamoDb().send(
    new QueryCommand({
      TableName: requireEnv(ENV.SESSION_TABLE),
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      ExpressionAttributeValues: { ':pk': { S: SESSIONS.KEYS } },
      ConsistentRead: true,
    }),
  );
  return Items.map(toKey).sort((a, b) => Number(a.id) - Number(b.id));
}

function toKey(item: Record<string, AttributeValue>): StoredKey {
  return {
    id: item[SESSIONS.SORT_KEY]!.S!,
    key: item.key!.B!,
    createdAt: Number(item.createdAt?.N ?? 0),
    expiresAt: Number(item[SESSIONS.TTL]?.N ?? Number.POSITIVE_INFINITY) * 1000,
  };
}

/** Adds a key, unless another function has added one with this id: then all use that one. */
async function addKey(id: number): Promise<void> {
  const now = Date.now();
  await conditionHolds(
    dynamoDb().send(
      new PutItemCommand({
        TableName: requireEnv(ENV.SESSION_TABLE),
        Item: {
          [SESSIONS.PARTITION_KEY]: { S: SESSIONS.KEYS },
          [SESSIONS.SORT_KEY]: { S: String(id) },
          key: { B: randomBytes(KEY_BYTES) },
          createdAt: { N: String(now) },
          [SESSIONS.TTL]: { N: String(Math.ceil((now + LIFE_MS) / 1000)) },
        },
        ConditionExpression: 'attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      }),
    ),
  );
}
