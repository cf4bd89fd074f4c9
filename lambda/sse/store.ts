import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS, type SseSessionRecord } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';

/** After `endsAt`, DynamoDB may drop a record that the sweeper has left. */
const TTL_MARGIN_SECONDS = 3600;

/** A session that is being opened. */
export interface NewSession {
  readonly id: string;
  readonly principal?: string;
  readonly now: number;
  readonly leaseUntil: number;
  readonly endsAt: number;
}

/** A record past its lease. */
export interface ExpiredSession {
  readonly id: string;
  readonly queueUrl?: string;
}

/** The records of SSE sessions. A record, not its queue, says whether a session lives: a deleted queue still takes messages for a minute. */
export class SessionStore {
  private readonly table = requireEnv(ENV.SESSION_TABLE);

  /** Writes the record of a session that has no queue yet and thus takes no message. */
  async reserve(session: NewSession): Promise<void> {
    await dynamoDb().send(
      new PutItemCommand({
        TableName: this.table,
        Item: {
          ...key(session.id),
          ...(session.principal === undefined ? {} : { principal: { S: session.principal } }),
          leaseUntil: { N: String(session.leaseUntil) },
          createdAt: { N: String(session.now) },
          [SESSIONS.TTL]: { N: String(Math.ceil(session.endsAt / 1000) + TTL_MARGIN_SECONDS) },
        },
        ConditionExpression: 'attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      }),
    );
  }

  /** Names the session's queue: from here on it takes messages. False if the record has been removed. */
  attach(id: string, queueUrl: string, leaseUntil: number): Promise<boolean> {
    return this.update(id, 'SET queueUrl = :queueUrl, leaseUntil = :leaseUntil', {
      ':queueUrl': { S: queueUrl },
      ':leaseUntil': { N: String(leaseUntil) },
    });
  }

  /** Extends the lease. False if the record has been removed. */
  renew(id: string, leaseUntil: number): Promise<boolean> {
    return this.update(id, 'SET leaseUntil = :leaseUntil', { ':leaseUntil': { N: String(leaseUntil) } });
  }

  /** The record of a session that lives. */
  async find(id: string, now = Date.now()): Promise<SseSessionRecord | undefined> {
    const { Item: item } = await dynamoDb().send(
      new GetItemCommand({ TableName: this.table, Key: key(id), ConsistentRead: true }),
    );
    const queueUrl = item?.queueUrl?.S;
    const leaseUntil = Number(item?.leaseUntil?.N);
    if (!item || !queueUrl || !(leaseUntil > now)) return undefined;
    return {
      queueUrl,
      principal: item.principal?.S,
      leaseUntil,
      createdAt: Number(item.createdAt?.N),
      expiresAt: Number(item[SESSIONS.TTL]?.N),
    };
  }

  /** How many sessions live, those that are being opened included. */
  async countLive(now = Date.now()): Promise<number> {
    let count = 0;
    const pages = paginateQuery(
      { client: dynamoDb() },
      { ...this.byLease('>', now), Select: 'COUNT', ConsistentRead: true },
    );
    for await (const page of pages) count += page.Count ?? 0;
    return count;
  }

  async remove(id: string): Promise<void> {
    await dynamoDb().send(new DeleteItemCommand({ TableName: this.table, Key: key(id) }));
  }

  /** The records past their lease at `now`. */
  async *expired(now = Date.now()): AsyncGenerator<ExpiredSession> {
    for await (const page of paginateQuery({ client: dynamoDb() }, this.byLease('<=', now))) {
      for (const item of page.Items ?? []) yield { id: item[SESSIONS.SORT_KEY]!.S!, queueUrl: item.queueUrl?.S };
    }
  }

  /** Removes a record unless its lease has been renewed meanwhile. */
  async removeExpired(id: string, now = Date.now()): Promise<void> {
    try {
      await dynamoDb().send(
        new DeleteItemCommand({
          TableName: this.table,
          Key: key(id),
          ConditionExpression: 'leaseUntil <= :now',
          ExpressionAttributeValues: { ':now': { N: String(now) } },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  private byLease(comparison: '>' | '<=', now: number) {
    return {
      TableName: this.table,
      KeyConditionExpression: '#pk = :sse',
      FilterExpression: `leaseUntil ${comparison} :now`,
      ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      ExpressionAttributeValues: { ':sse': { S: SESSIONS.SSE }, ':now': { N: String(now) } },
    };
  }

  private async update(id: string, expression: string, values: Record<string, { S: string } | { N: string }>) {
    try {
      await dynamoDb().send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: key(id),
          UpdateExpression: expression,
          ConditionExpression: 'attribute_exists(#pk)',
          ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
          ExpressionAttributeValues: values,
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function key(id: string) {
  return { [SESSIONS.PARTITION_KEY]: { S: SESSIONS.SSE }, [SESSIONS.SORT_KEY]: { S: id } };
}
