import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from './clients.js';
import { conditionHolds, putNewItem } from './conditional-write.js';
import { requireEnv } from './env.js';
import type { Usage } from './limits.js';

/** Time after `endsAt` at which DynamoDB may delete a record that was not removed. */
const TTL_MARGIN_SECONDS = 3600;

type Values = Record<string, AttributeValue>;

/** The times of a record, epoch milliseconds. */
export interface Lease {
  readonly now: number;
  readonly leaseUntil: number;
  /** When the lease ends at the latest, whether or not it is renewed. */
  readonly endsAt: number;
}

/** The condition of a write, with the values that it refers to. */
interface Condition {
  readonly expression: string;
  readonly values?: Values;
}

/** Attribute with the caller by which shares are counted. */
const OWNER = 'owner';

const PRESENT: Condition = { expression: 'attribute_exists(#pk)' };

/**
 * Records of one partition of the session table, each valid for the time of its lease. Their holders renew them. The record of a
 * function that was killed expires.
 */
export class LeaseStore {
  protected readonly table = requireEnv(ENV.SESSION_TABLE);

  constructor(private readonly partition: string) {}

  /** Counts the records with a valid lease, with a consistent read. */
  async countLive(now = Date.now()): Promise<number> {
    let count = 0;
    const pages = paginateQuery(
      { client: dynamoDb() },
      { ...this.byLease('>', now), Select: 'COUNT', ConsistentRead: true },
    );
    for await (const page of pages) count += page.Count ?? 0;
    return count;
  }

  /**
   * Counts the records with a valid lease, and those of one caller among them, with a consistent read.
   * @param except id of a record that is not counted
   */
  async usage(owner: string | undefined, except: string, now = Date.now()): Promise<Pick<Usage, 'taken' | 'held'>> {
    let taken = 0;
    let held = 0;
    const query = this.byLease('>', now);
    const pages = paginateQuery(
      { client: dynamoDb() },
      {
        ...query,
        ProjectionExpression: '#sk, #owner',
        ExpressionAttributeNames: { ...query.ExpressionAttributeNames, '#sk': SESSIONS.SORT_KEY, '#owner': OWNER },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        if (item[SESSIONS.SORT_KEY]?.S === except) continue;
        taken += 1;
        if (item[OWNER]?.S === owner) held += 1;
      }
    }
    return { taken, held: owner === undefined ? undefined : held };
  }

  /** When each record with a valid lease ends at the latest, except for that of `id`, epoch milliseconds. */
  async endTimes(id: string, now = Date.now()): Promise<number[]> {
    const ends: number[] = [];
    for await (const { Items = [] } of paginateQuery({ client: dynamoDb() }, this.byLease('>', now))) {
      const others = Items.filter((item) => item[SESSIONS.SORT_KEY]?.S !== id);
      ends.push(...others.map((item) => (Number(item[SESSIONS.TTL]?.N) - TTL_MARGIN_SECONDS) * 1000));
    }
    return ends;
  }

  protected key(id: string): Values {
    return { [SESSIONS.PARTITION_KEY]: { S: this.partition }, [SESSIONS.SORT_KEY]: { S: id } };
  }

  /** Writes a new record. Throws if it exists. */
  protected async insert(id: string, lease: Lease, attributes: Values): Promise<void> {
    if (await putNewItem(this.table, this.record(id, lease, attributes))) return;
    throw new Error('the record exists already');
  }

  /** Writes a record. It replaces a previous one with this id. */
  protected async put(id: string, lease: Lease, attributes: Values): Promise<void> {
    await dynamoDb().send(new PutItemCommand({ TableName: this.table, Item: this.record(id, lease, attributes) }));
  }

  /** Updates a record. Resolves to false if it does not exist or does not meet the condition. */
  protected update(id: string, expression: string, values: Values, condition = PRESENT): Promise<boolean> {
    const { ExpressionAttributeValues, ...rest } = conditional(condition);
    return conditionHolds(
      dynamoDb().send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: this.key(id),
          UpdateExpression: expression,
          ExpressionAttributeValues: { ...values, ...ExpressionAttributeValues },
          ...rest,
        }),
      ),
    );
  }

  /** Deletes a record. Resolves to false if it does not meet the condition. */
  protected delete(id: string, condition?: Condition): Promise<boolean> {
    return conditionHolds(
      dynamoDb().send(
        new DeleteItemCommand({
          TableName: this.table,
          Key: this.key(id),
          ...(condition ? conditional(condition) : {}),
        }),
      ),
    );
  }

  private record(id: string, lease: Lease, attributes: Values): Values {
    return {
      ...this.key(id),
      ...attributes,
      leaseUntil: { N: String(lease.leaseUntil) },
      createdAt: { N: String(lease.now) },
      [SESSIONS.TTL]: { N: String(Math.ceil(lease.endsAt / 1000) + TTL_MARGIN_SECONDS) },
    };
  }

  protected byLease(comparison: '>' | '<=', now: number) {
    return {
      TableName: this.table,
      KeyConditionExpression: '#pk = :pk',
      FilterExpression: `leaseUntil ${comparison} :now`,
      ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      ExpressionAttributeValues: { ':pk': { S: this.partition }, ':now': { N: String(now) } },
    };
  }
}

/** The attribute of a record that counts for the share of a caller. */
export function ownedBy(owner: string | undefined): Values {
  return owner === undefined ? {} : { [OWNER]: { S: owner } };
}

function conditional({ expression, values }: Condition) {
  return {
    ConditionExpression: expression,
    ...(expression.includes('#pk') ? { ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY } } : {}),
    ExpressionAttributeValues: values,
  };
}
