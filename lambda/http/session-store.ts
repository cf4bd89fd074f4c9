import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ClientCapabilities, Implementation } from '@modelcontextprotocol/server';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds, putNewItem } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';

/** Lifetime of an unused session. It costs one DynamoDB item. */
const LIFETIME_SECONDS = 86_400;
/** Age of the last renewal after which a request renews the session. Each renewal is a write, so not every request makes one. */
const RENEW_AFTER_SECONDS = 3_600;

/** What `initialize` negotiated, and what the client has set since. */
export interface HttpSession {
  readonly id: string;
  /** The principal that initialized the session. Requests of other callers are rejected. Absent without authentication. */
  readonly principal?: string;
  /** The toolset in the path of `initialize`. Absent for `/mcp`. */
  readonly toolset?: string;
  /** The negotiated protocol revision. */
  readonly protocolVersion: string;
  readonly client: Implementation;
  readonly capabilities: ClientCapabilities;
  /** The level that the client set with `logging/setLevel`. */
  readonly logLevel?: string;
  /** When the session expires, epoch seconds, whether or not DynamoDB has deleted the record. */
  readonly expiresAt: number;
}

/** The session records of HTTP sessions. Function instances share no other state of a session. */
export class HttpSessionStore {
  private readonly table = requireEnv(ENV.SESSION_TABLE);

  async create(session: Omit<HttpSession, 'expiresAt' | 'logLevel'>, now = Date.now()): Promise<void> {
    const { id, principal, toolset, protocolVersion, client, capabilities } = session;
    const created = await putNewItem(this.table, {
      ...recordKey(id),
      ...(principal === undefined ? {} : { principal: { S: principal } }),
      ...(toolset === undefined ? {} : { toolset: { S: toolset } }),
      protocolVersion: { S: protocolVersion },
      client: { S: JSON.stringify(client) },
      capabilities: { S: JSON.stringify(capabilities) },
      createdAt: { N: String(now) },
      [SESSIONS.TTL]: { N: String(expiryAfter(now)) },
    });
    if (!created) throw new Error('a session with this id exists already');
  }

  /** Finds a session that has not expired. */
  async find(id: string, now = Date.now()): Promise<HttpSession | undefined> {
    const { Item: item } = await dynamoDb().send(
      new GetItemCommand({ TableName: this.table, Key: recordKey(id), ConsistentRead: true }),
    );
    if (!item || !isLive(item, now)) return undefined;
    return {
      id,
      principal: item.principal?.S,
      toolset: item.toolset?.S,
      protocolVersion: item.protocolVersion!.S!,
      client: JSON.parse(item.client!.S!) as Implementation,
      capabilities: JSON.parse(item.capabilities!.S!) as ClientCapabilities,
      logLevel: item.logLevel?.S,
      expiresAt: Number(item[SESSIONS.TTL]!.N),
    };
  }

  /** Extends the session if its last renewal is long enough ago. */
  async renew({ id, expiresAt }: HttpSession, now = Date.now()): Promise<void> {
    const renewed = expiryAfter(now);
    if (renewed - expiresAt > RENEW_AFTER_SECONDS) await this.set(id, SESSIONS.TTL, { N: String(renewed) });
  }

  async setLogLevel(id: string, level: string): Promise<void> {
    await this.set(id, 'logLevel', { S: level });
  }

  /** Removes a session and its mailbox. */
  async remove(id: string): Promise<void> {
    // the record first: once it is gone, no request of the session is accepted and the mailbox gets no more items
    await this.delete(recordKey(id));
    const pages = paginateQuery(
      { client: dynamoDb() },
      {
        TableName: this.table,
        KeyConditionExpression: '#pk = :pk',
        ProjectionExpression: '#pk, #sk',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY, '#sk': SESSIONS.SORT_KEY },
        ExpressionAttributeValues: { ':pk': recordKey(id)[SESSIONS.PARTITION_KEY] },
      },
    );
    for await (const { Items = [] } of pages) await Promise.all(Items.map((key) => this.delete(key)));
  }

  private async delete(Key: Record<string, AttributeValue>): Promise<void> {
    await dynamoDb().send(new DeleteItemCommand({ TableName: this.table, Key }));
  }

  /** Sets an attribute of a record that exists: a late update must not recreate a session that has ended. */
  private async set(id: string, attribute: string, value: AttributeValue): Promise<void> {
    await conditionHolds(
      dynamoDb().send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: recordKey(id),
          UpdateExpression: 'SET #attribute = :value',
          ConditionExpression: 'attribute_exists(#pk)',
          ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY, '#attribute': attribute },
          ExpressionAttributeValues: { ':value': value },
        }),
      ),
    );
  }
}

/** Whether an item has not expired. DynamoDB deletes expired items within days, not at once. */
export function isLive(item: Record<string, AttributeValue>, now: number): boolean {
  return Number(item[SESSIONS.TTL]?.N) * 1000 > now;
}

function recordKey(id: string) {
  return {
    [SESSIONS.PARTITION_KEY]: { S: SESSIONS.HTTP + id },
    [SESSIONS.SORT_KEY]: { S: SESSIONS.HTTP_RECORD },
  };
}

function expiryAfter(now: number): number {
  return Math.ceil(now / 1000) + LIFETIME_SECONDS;
}
