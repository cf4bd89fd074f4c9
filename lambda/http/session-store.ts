import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ClientCapabilities, Implementation } from '@modelcontextprotocol/server';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';

/** How long a session lives that nobody uses: it costs nothing but the item. */
const LIFETIME_SECONDS = 86_400;
/** How much of it may have gone before a use renews it; not each one, for each renewal is a write. */
const RENEW_AFTER_SECONDS = 3_600;

/** What `initialize` settled, and what the client has said since. */
export interface HttpSession {
  readonly id: string;
  /** Who initialized: the only caller whose requests it takes; absent without authentication. */
  readonly principal?: string;
  /** The negotiated revision. */
  readonly protocolVersion: string;
  readonly client: Implementation;
  readonly capabilities: ClientCapabilities;
  /** What the client set by `logging/setLevel`. */
  readonly logLevel?: string;
  /** Epoch seconds; past it the session is dead, whether or not DynamoDB has dropped the record. */
  readonly expiresAt: number;
}

/** The records of the sessions that 2025 clients have on `/mcp`: all that the function instances share of them. */
export class HttpSessionStore {
  private readonly table = requireEnv(ENV.SESSION_TABLE);

  async create(session: Omit<HttpSession, 'expiresAt' | 'logLevel'>, now = Date.now()): Promise<void> {
    const { id, principal, protocolVersion, client, capabilities } = session;
    await dynamoDb().send(
      new PutItemCommand({
        TableName: this.table,
        Item: {
          ...recordKey(id),
          ...(principal === undefined ? {} : { principal: { S: principal } }),
          protocolVersion: { S: protocolVersion },
          client: { S: JSON.stringify(client) },
          capabilities: { S: JSON.stringify(capabilities) },
          createdAt: { N: String(now) },
          [SESSIONS.TTL]: { N: String(expiryFrom(now)) },
        },
        ConditionExpression: 'attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      }),
    );
  }

  /** A session that lives. */
  async find(id: string, now = Date.now()): Promise<HttpSession | undefined> {
    const { Item: item } = await dynamoDb().send(
      new GetItemCommand({ TableName: this.table, Key: recordKey(id), ConsistentRead: true }),
    );
    if (!item || !isLive(item, now)) return undefined;
    return {
      id,
      principal: item.principal?.S,
      protocolVersion: item.protocolVersion!.S!,
      client: JSON.parse(item.client!.S!) as Implementation,
      capabilities: JSON.parse(item.capabilities!.S!) as ClientCapabilities,
      logLevel: item.logLevel?.S,
      expiresAt: Number(item[SESSIONS.TTL]!.N),
    };
  }

  /** Puts off the end of a session that is used, where that is due. */
  async renew({ id, expiresAt }: HttpSession, now = Date.now()): Promise<void> {
    const renewed = expiryFrom(now);
    if (renewed - expiresAt > RENEW_AFTER_SECONDS) await this.set(id, SESSIONS.TTL, { N: String(renewed) });
  }

  async setLogLevel(id: string, level: string): Promise<void> {
    await this.set(id, 'logLevel', { S: level });
  }

  /** Removes a session with all that has been left for it. */
  async remove(id: string): Promise<void> {
    // the record first: from here on nothing is left any more
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

  /** Sets an attribute of a record, unless that is gone: an ended session does not come back. */
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

/** Whether an item is to be taken for there: DynamoDB drops expired ones within days. */
export function isLive(item: Record<string, AttributeValue>, now: number): boolean {
  return Number(item[SESSIONS.TTL]?.N) * 1000 > now;
}

function recordKey(id: string) {
  return {
    [SESSIONS.PARTITION_KEY]: { S: SESSIONS.HTTP + id },
    [SESSIONS.SORT_KEY]: { S: SESSIONS.HTTP_RECORD },
  };
}

function expiryFrom(now: number): number {
  return Math.ceil(now / 1000) + LIFETIME_SECONDS;
}
