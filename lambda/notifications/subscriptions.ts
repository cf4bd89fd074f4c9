import { GetItemCommand, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { ENV, SESSIONS } from '../../src/private/contract.js';
import { invalidParams } from '../protocol/errors.js';
import type { ResourceSubscriptions } from '../protocol/request-scope.js';
import { checkUri } from '../protocol/uri.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';
import type { Principal } from '../shared/principal.js';
import { UpdateLog } from './update-log.js';

/** Most subscriptions of one session. With the longest URIs they fill half of DynamoDB's limit of 400 KB. */
const MAX_SUBSCRIPTIONS = 100;
const ATTRIBUTE = 'subscriptions';

/** The subscriptions of an SSE session, which one function instance serves from start to end. */
export class InMemorySubscriptions implements ResourceSubscriptions {
  /** The caller of each subscription: another one of the same session may have other scopes. */
  private readonly callers = new Map<string, Principal | null>();
  private openedLog?: Promise<UpdateLog>;
  /** The log to read updates from; undefined before the first subscription. */
  updates?: UpdateLog;

  async subscribe(uri: string, principal: Principal | null): Promise<void> {
    checkUri(uri);
    if (this.callers.size >= MAX_SUBSCRIPTIONS && !this.callers.has(uri)) throw tooManySubscriptions();
    this.openedLog ??= UpdateLog.open();
    try {
      this.updates = await this.openedLog;
    } catch (error) {
      this.openedLog = undefined;
      throw error;
    }
    this.callers.set(uri, principal);
  }

  async unsubscribe(uri: string): Promise<void> {
    this.callers.delete(uri);
  }

  /** The caller that subscribed to a resource; undefined without subscription. */
  callerOf(uri: string): Principal | null | undefined {
    return this.callers.get(uri);
  }
}

/** The subscriptions of an HTTP session, stored in its record: different function instances serve the subscribing POST and the GET stream. */
export class StoredSubscriptions implements ResourceSubscriptions {
  private readonly record;

  constructor(sessionId: string) {
    this.record = {
      TableName: requireEnv(ENV.SESSION_TABLE),
      Key: {
        [SESSIONS.PARTITION_KEY]: { S: SESSIONS.HTTP + sessionId },
        [SESSIONS.SORT_KEY]: { S: SESSIONS.HTTP_RECORD },
      },
    };
  }

  async subscribe(uri: string): Promise<void> {
    checkUri(uri);
    const added = await this.update({
      UpdateExpression: 'ADD #subscriptions :uris',
      ConditionExpression:
        'attribute_exists(#pk) AND (attribute_not_exists(#subscriptions) OR size(#subscriptions) < :most OR contains(#subscriptions, :uri))',
      ExpressionAttributeNames: { '#subscriptions': ATTRIBUTE, '#pk': SESSIONS.PARTITION_KEY },
      ExpressionAttributeValues: {
        ':uris': { SS: [uri] },
        ':uri': { S: uri },
        ':most': { N: String(MAX_SUBSCRIPTIONS) },
      },
    });
    if (!added) throw tooManySubscriptions();
  }

  async unsubscribe(uri: string): Promise<void> {
    await this.update({
      UpdateExpression: 'DELETE #subscriptions :uris',
      ConditionExpression: 'attribute_exists(#subscriptions)',
      ExpressionAttributeNames: { '#subscriptions': ATTRIBUTE },
      ExpressionAttributeValues: { ':uris': { SS: [uri] } },
    });
  }

  /** Returns the URIs that the session is subscribed to. */
  async filterSubscribed(uris: readonly string[]): Promise<string[]> {
    const { Item } = await dynamoDb().send(
      new GetItemCommand({
        ...this.record,
        ProjectionExpression: '#subscriptions',
        ExpressionAttributeNames: { '#subscriptions': ATTRIBUTE },
        ConsistentRead: true,
      }),
    );
    const subscribed = new Set(Item?.[ATTRIBUTE]?.SS);
    return uris.filter((uri) => subscribed.has(uri));
  }

  private update(change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>): Promise<boolean> {
    return conditionHolds(dynamoDb().send(new UpdateItemCommand({ ...this.record, ...change })));
  }
}

function tooManySubscriptions(): Error {
  return invalidParams(`a session may subscribe to ${MAX_SUBSCRIPTIONS} resources: unsubscribe from others first`);
}
