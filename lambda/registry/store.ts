import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ENV, REGISTRY } from '../../src/private/contract.js';
import type { Registration, RegistrationItem, RegistrationType } from '../../src/private/registration.js';
import { isEventType } from '../../src/private/validation/index.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';
import { requireEnv } from '../shared/env.js';
import { type RegistrationKey, readEach, TYPES, toRegistration } from './item.js';

/** Attribute names for expressions: the keys of the table are reserved words. */
export const KEY_NAMES = { '#type': REGISTRY.PARTITION_KEY, '#name': REGISTRY.SORT_KEY };

/** A page of registrations, sorted by id. */
interface RegistrationPage {
  readonly items: RegistrationItem[];
  /** Whether there may be more. */
  readonly more: boolean;
}

/** Reads one registration; undefined if it does not exist. */
export async function find({ type, name }: RegistrationKey): Promise<RegistrationItem | undefined> {
  const { Item } = await dynamoDb().send(
    new GetItemCommand({ TableName: tableName(), Key: primaryKey(type, name), ConsistentRead: true }),
  );
  return Item && (unmarshall(Item) as RegistrationItem);
}

/** Stores a new registration. Returns false if its name exists. */
export function insert(item: RegistrationItem): Promise<boolean> {
  return put(item, {
    ConditionExpression: 'attribute_not_exists(#type)',
    ExpressionAttributeNames: { '#type': KEY_NAMES['#type'] },
  });
}

/** Replaces `previous`. Returns false if it has changed in the meantime. */
export function replace(item: RegistrationItem, previous: RegistrationItem): Promise<boolean> {
  return put(item, unchanged(previous));
}

/** Removes a registration. Returns false if it has changed in the meantime. */
export async function remove(item: RegistrationItem): Promise<boolean> {
  const Key = primaryKey(item.type, item.name);
  const command = new DeleteItemCommand({ TableName: tableName(), Key, ...unchanged(item) });
  // the SDK repeats a deletion whose response was lost: the condition then fails because the item no longer exists
  return (await conditionHolds(dynamoDb().send(command))) || (await find(item)) === undefined;
}

/** Increments the registry revision: readers of the registry see that it has changed. */
export async function touchRevision(): Promise<void> {
  await dynamoDb().send(
    new UpdateItemCommand({
      TableName: tableName(),
      Key: primaryKey(REGISTRY.META, REGISTRY.REVISION),
      UpdateExpression: 'SET changedAt = :now ADD revision :one',
      ExpressionAttributeValues: { ':now': { N: String(Date.now()) }, ':one': { N: '1' } },
    }),
  );
}

/** The registry revision, and when it was written. */
interface RegistryRevision {
  /** 0 before the first change. */
  readonly revision: number;
  /** Epoch milliseconds; undefined if nothing was written, or by a version that did not write the time. */
  readonly changedAt?: number;
}

/** Reads the registry revision. */
export async function readRevision(): Promise<RegistryRevision> {
  const { Item } = await dynamoDb().send(
    new GetItemCommand({
      TableName: tableName(),
      Key: primaryKey(REGISTRY.META, REGISTRY.REVISION),
      ConsistentRead: true,
    }),
  );
  const changedAt = Item?.changedAt?.N;
  return { revision: Number(Item?.revision?.N ?? 0), ...(changedAt !== undefined && { changedAt: Number(changedAt) }) };
}

/** Reads a page of registrations, sorted by id and optionally of one type, that follow `after`. */
export async function page(limit: number, after?: RegistrationKey, only?: RegistrationType): Promise<RegistrationPage> {
  const items: RegistrationItem[] = [];
  for (const type of TYPES.filter((each) => (only ?? each) === each && each >= (after?.type ?? ''))) {
    const { Items = [], LastEvaluatedKey } = await dynamoDb().send(
      new QueryCommand({
        ...partition(type),
        Limit: limit + 1 - items.length, // one more than requested, to find out whether there are more
        ...(after?.type === type ? { ExclusiveStartKey: primaryKey(type, after.name) } : {}),
      }),
    );
    items.push(...Items.map((item) => unmarshall(item) as RegistrationItem));
    if (items.length > limit) return { items: items.slice(0, limit), more: true };
    if (LastEvaluatedKey) return { items, more: true }; // DynamoDB also ends a page at 1 MB
  }
  return { items, more: false };
}

/** Reads all registrations of a type. */
export async function all(type: RegistrationType): Promise<RegistrationItem[]> {
  const items: RegistrationItem[] = [];
  for await (const { Items = [] } of paginateQuery({ client: dynamoDb() }, partition(type))) {
    items.push(...Items.map((item) => unmarshall(item) as RegistrationItem));
  }
  return items;
}

/** Reads all registrations. An unreadable one is logged and skipped: the others stay available. */
export async function readRegistrations(): Promise<Registration[]> {
  const items = await Promise.all(TYPES.map(all));
  return readEach(items.flat(), readRegistration);
}

/** The name of the registry table. */
export function tableName(): string {
  return requireEnv(ENV.REGISTRY_TABLE);
}

export function primaryKey(type: string, name: string): Record<string, AttributeValue> {
  return { [REGISTRY.PARTITION_KEY]: { S: type }, [REGISTRY.SORT_KEY]: { S: name } };
}

function readRegistration(item: RegistrationItem): Registration {
  if (item.schemaVersion > REGISTRY.SCHEMA_VERSION) {
    throw new Error(`schemaVersion ${item.schemaVersion} is newer than the supported ${REGISTRY.SCHEMA_VERSION}`);
  }
  const registration = toRegistration(item);
  const eventType = registration.event?.type;
  if (eventType !== undefined && !isEventType(eventType)) {
    throw new Error(`event type ${JSON.stringify(eventType)} is newer than this version`);
  }
  return registration;
}

function partition(type: RegistrationType) {
  return {
    TableName: tableName(),
    KeyConditionExpression: '#type = :type',
    ExpressionAttributeNames: { '#type': KEY_NAMES['#type'] },
    ExpressionAttributeValues: { ':type': { S: type } },
    ConsistentRead: true,
  };
}

interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

function unchanged({ revision, createdAt }: RegistrationItem): Condition {
  return {
    ConditionExpression: 'revision = :revision AND createdAt = :createdAt',
    ExpressionAttributeValues: { ':revision': { N: String(revision) }, ':createdAt': { S: createdAt } },
  };
}

async function put(item: RegistrationItem, condition: Condition): Promise<boolean> {
  const Item = marshall(item, { removeUndefinedValues: true });
  const written = await conditionHolds(
    dynamoDb().send(new PutItemCommand({ TableName: tableName(), Item, ...condition })),
  );
  // the SDK retries a write whose response was lost: the condition then fails on the item that the first attempt wrote
  return written || isSame(await find(item), item);
}

function isSame(stored: RegistrationItem | undefined, item: RegistrationItem): boolean {
  const keys = Object.keys(item) as Array<keyof RegistrationItem>;
  return stored !== undefined && keys.every((key) => stored[key] === item[key]);
}
