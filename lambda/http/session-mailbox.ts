import { createHash } from 'node:crypto';
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { JSONRPCResponse, RequestId } from '@modelcontextprotocol/server';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';
import { parseExact } from '../shared/exact-json.js';
import { isLive } from './session-store.js';

/** Lifetime of a mailbox item: Lambda's limit of 15 minutes, after which the function that waits for it has ended. */
const LIFETIME_SECONDS = 900;
/** Largest input response, bytes. A DynamoDB item is limited to 400 KB, keys and attribute names included. */
export const MAX_INPUT_RESPONSE_BYTES = 390_000;
/** Longest request id used in a key unhashed, characters. A DynamoDB sort key is limited to 1 KB. */
const MAX_ID_CHARACTERS = 200;

interface MailboxState {
  /** Whether the session exists and has not expired. */
  readonly sessionLive: boolean;
  /** Keys of the requests that the client has cancelled, as {@link requestKey} makes them. */
  readonly cancelled: ReadonlySet<string>;
}

/**
 * The mailbox of one HTTP session. It carries input responses and cancellations from the POST that receives them to the POST that waits
 * for them, which another function instance serves.
 */
export class SessionMailbox {
  private readonly table = requireEnv(ENV.SESSION_TABLE);
  private readonly partition: { readonly S: string };

  constructor(sessionId: string) {
    this.partition = { S: SESSIONS.HTTP + sessionId };
  }

  /** Makes place for the client's response to an input request, before the client gets the request. */
  async expectInputResponse(id: string): Promise<void> {
    await this.put(SESSIONS.HTTP_ANSWER + id, {});
  }

  /**
   * Stores the client's response to an input request. A second response to the same request is ignored, and so are responses to requests that
   * do not exist: a client could fill the table with them.
   */
  async putInputResponse(id: string, response: JSONRPCResponse): Promise<void> {
    await conditionHolds(
      dynamoDb().send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: this.key(SESSIONS.HTTP_ANSWER + id),
          UpdateExpression: 'SET answer = :answer',
          ConditionExpression: 'attribute_exists(#pk) AND attribute_not_exists(answer)',
          ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
          ExpressionAttributeValues: { ':answer': { S: JSON.stringify(response) } },
        }),
      ),
    );
  }

  async putCancellation(requestId: RequestId): Promise<void> {
    await this.put(SESSIONS.HTTP_CANCEL + requestKey(requestId), {});
  }

  /** Reads cancellations and the state of the session. Input responses are read one by one: each has one reader and may be large. */
  async read(now = Date.now()): Promise<MailboxState> {
    let sessionLive = false;
    const cancelled = new Set<string>();
    const pages = paginateQuery(
      { client: dynamoDb() },
      {
        TableName: this.table,
        // cancellations and the session record, which sorts after them
        KeyConditionExpression: '#pk = :pk AND #sk >= :cancel',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY, '#sk': SESSIONS.SORT_KEY },
        ExpressionAttributeValues: { ':pk': this.partition, ':cancel': { S: SESSIONS.HTTP_CANCEL } },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const name = item[SESSIONS.SORT_KEY]!.S!;
        if (name === SESSIONS.HTTP_RECORD) sessionLive = isLive(item, now);
        else if (name.startsWith(SESSIONS.HTTP_CANCEL)) cancelled.add(name.slice(SESSIONS.HTTP_CANCEL.length));
      }
    }
    return { sessionLive, cancelled };
  }

  /** Removes and returns the client's response to an input request; undefined if it has not arrived. */
  async takeInputResponse(id: string): Promise<JSONRPCResponse | undefined> {
    const itemKey = { TableName: this.table, Key: this.key(SESSIONS.HTTP_ANSWER + id) };
    const { Item: item } = await dynamoDb().send(new GetItemCommand({ ...itemKey, ConsistentRead: true }));
    if (!item?.answer) return undefined;
    await dynamoDb().send(new DeleteItemCommand(itemKey));
    return parseExact(item.answer.S!) as JSONRPCResponse;
  }

  private async put(name: string, content: Record<string, { S: string }>): Promise<void> {
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

/** A request id as part of a key. `1` and `"1"` are different ids, and a client may choose a long one. */
export function requestKey(requestId: RequestId): string {
  const text = JSON.stringify(requestId);
  return text.length <= MAX_ID_CHARACTERS ? text : createHash('sha256').update(text).digest('hex');
}
