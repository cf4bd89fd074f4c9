import { createHash } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { JSONRPCResponse, RequestId } from '@modelcontextprotocol/server';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';
import { isLive } from './session-store.js';

/** Nothing is left for longer than the one whom it is for can run: Lambda's fifteen minutes. */
const LIFETIME_SECONDS = 900;
/** Most bytes of an answer; DynamoDB takes items of 400 KB, keys and names included. */
export const MAX_ANSWER_BYTES = 390_000;
/** Longest request id that stands in a key as it is, characters; DynamoDB takes sort keys of 1 KB. */
const MAX_ID_CHARACTERS = 200;

/** What stands in a session's mailboxes for the POSTs that run in it. */
export interface Mail {
  /** Whether the session lives. */
  readonly alive: boolean;
  /** Names of the requests that the client has cancelled. */
  readonly cancelled: ReadonlySet<string>;
}

/**
 * What one POST of a session leaves for another, which another function instance serves: answers of the client, and that
 * it has cancelled a request.
 */
export class SessionMailbox {
  private readonly table = requireEnv(ENV.SESSION_TABLE);
  private readonly partition: { readonly S: string };

  constructor(sessionId: string) {
    this.partition = { S: SESSIONS.HTTP + sessionId };
  }

  /** Leaves the client's answer to a request of the server; of two answers the first one counts. */
  async leaveAnswer(id: string, answer: JSONRPCResponse): Promise<void> {
    await this.leave(SESSIONS.HTTP_ANSWER + id, { answer: { S: JSON.stringify(answer) } });
  }

  async leaveCancellation(requestId: RequestId): Promise<void> {
    await this.leave(SESSIONS.HTTP_CANCEL + nameOf(requestId), {});
  }

  /** Looks for news that concern whole requests. Answers are fetched one by one: they may be large, and are for one reader. */
  async look(now = Date.now()): Promise<Mail> {
    let alive = false;
    const cancelled = new Set<string>();
    const pages = paginateQuery(
      { client: dynamoDb() },
      {
        TableName: this.table,
        // cancellations and the record, which sorts behind them
        KeyConditionExpression: '#pk = :pk AND #sk >= :cancel',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY, '#sk': SESSIONS.SORT_KEY },
        ExpressionAttributeValues: { ':pk': this.partition, ':cancel': { S: SESSIONS.HTTP_CANCEL } },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const name = item[SESSIONS.SORT_KEY]!.S!;
        if (name === SESSIONS.HTTP_RECORD) alive = isLive(item, now);
        else if (name.startsWith(SESSIONS.HTTP_CANCEL)) cancelled.add(name.slice(SESSIONS.HTTP_CANCEL.length));
      }
    }
    return { alive, cancelled };
  }

  /** The client's answer, once there is one; it is taken out. */
  async takeAnswer(id: string): Promise<JSONRPCResponse | undefined> {
    const at = { TableName: this.table, Key: this.key(SESSIONS.HTTP_ANSWER + id) };
    const { Item: item } = await dynamoDb().send(new GetItemCommand({ ...at, ConsistentRead: true }));
    if (!item) return undefined;
    await dynamoDb().send(new DeleteItemCommand(at));
    return JSON.parse(item.answer!.S!) as JSONRPCResponse;
  }

  private async leave(name: string, content: Record<string, { S: string }>): Promise<void> {
    await conditionHolds(
      dynamoDb().send(
        new PutItemCommand({
          TableName: this.table,
          Item: {
            ...this.key(name),
            ...content,
            [SESSIONS.TTL]: { N: String(Math.ceil(Date.now() / 1000) + LIFETIME_SECONDS) },
          },
          ConditionExpression: 'attribute_not_exists(#pk)',
          ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
        }),
      ),
    );
  }

  private key(name: string) {
    return { [SESSIONS.PARTITION_KEY]: this.partition, [SESSIONS.SORT_KEY]: { S: name } };
  }
}

/** A request id in a key: `1` and `"1"` are two ids, and clients may choose long ones. */
export function nameOf(requestId: RequestId): string {
  const text = JSON.stringify(requestId);
  return text.length <= MAX_ID_CHARACTERS ? text : createHash('sha256').update(text).digest('hex');
}
