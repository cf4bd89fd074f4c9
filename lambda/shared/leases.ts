import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from './clients.js';
import { conditionHolds } from './conditional-write.js';
import { requireEnv } from './env.js';

/** After `endsAt`, DynamoDB may drop a record that nobody has removed. */
const TTL_MARGIN_SECONDS = 3600;

type Values = Record<string, AttributeValue>;

/** When a record is made, and until when it is good; epoch milliseconds. */
export interface Lease {
  readonly now: number;
  readonly leaseUntil: number;
  /** No renewal goes beyond. */
  readonly endsAt: number;
}

/** A condition of a write, with the values that it names. */
export interface Condition {
  readonly expression: string;
  readonly values?: Values;
}

const ABSENT: Condition = { expression: 'attribute_not_exists(#pk)' };
const PRESENT: Condition = { expression: 'attribute_exists(#pk)' };

/**
 * Records of one partition of the session table that are good while somebody renews them: what a killed function held is free
 * again without anybody's doing.
 */
export class LeaseStore {
  protected readonly table = requireEnv(ENV.SESSION_TABLE);

  constructor(private readonly partition: string) {}

  /** How many are good, by a consistent reading. */
  async countLive(now = Date.now()): Promise<number> {
    let count = 0;
    const pages = paginateQuery(
      { client: dynamoDb() },
      { ...this.byLease('>', now), Select: 'COUNT', ConsistentRead: true },
    );
    for await (const page of pages) count += page.Count ?? 0;
    return count;
  }

  protected key(id: string): Values {
    return { [SESSIONS.PARTITION_KEY]: { S: this.partition }, [SESSIONS.SORT_KEY]: { S: id } };
  }

  /** Writes a record, by default a new one. */
  protected async put(id: string, lease: Lease, attributes: Values, { replace = false } = {}): Promise<void> {
    await dynamoDb().send(
      new PutItemCommand({
        TableName: this.table,
        Item: {
          ...this.key(id),
          ...attributes,
          leaseUntil: { N: String(lease.leaseUntil) },
          createdAt: { N: String(lease.now) },
          [SESSIONS.TTL]: { N: String(Math.ceil(lease.endsAt / 1000) + TTL_MARGIN_SECONDS) },
        },
        ...(replace ? {} : conditional(ABSENT)),
      }),
    );
  }

  /** Changes a record that is there. False if it is not, or not as the condition wants it. */
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

  /** False if the record is not as the condition wants it. */
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

function conditional({ expression, values }: Condition) {
  return {
    ConditionExpression: expression,
    ...(expression.includes('#pk') ? { ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY } } : {}),
    ExpressionAttributeValues: values,
  };
}
