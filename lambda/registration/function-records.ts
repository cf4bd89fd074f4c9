import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { REGISTRY } from '../../src/private/contract.js';
import { KEY_NAMES, primaryKey, tableName } from '../registry/store.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';

/** Time for which the sweeper may remove the statement of a function without registrations, milliseconds. */
const SWEEP_MS = 120_000;

/**
 * A function and the API registrations that use it. The record exists before the permission statement does. When the last registration is
 * removed, it stays without registrations, and the sweeper deletes it: an interrupted request may still have added the statement.
 */
export interface FunctionRecord {
  readonly functionArn: string;
  readonly registrations: readonly string[];
  /** When a request last changed the record, epoch milliseconds. Undefined for records of earlier versions. */
  readonly changedAt?: number;
}

/** Records that a registration uses a function. Returns false while the sweeper removes the statement of the function. */
export function addRegistration(functionArn: string, id: string): Promise<boolean> {
  const now = Date.now();
  return conditionHolds(
    dynamoDb().send(
      new UpdateItemCommand({
        ...recordKey(functionArn),
        UpdateExpression: 'ADD registrations :id SET changedAt = :now',
        ConditionExpression: 'attribute_not_exists(sweptAt) OR sweptAt < :expired',
        ExpressionAttributeValues: { ':id': { SS: [id] }, ':now': number(now), ':expired': number(now - SWEEP_MS) },
      }),
    ),
  );
}

/** Whether other registrations use a function. */
export async function usedByOthers(functionArn: string, id: string): Promise<boolean> {
  const { Item } = await dynamoDb().send(new GetItemCommand({ ...recordKey(functionArn), ConsistentRead: true }));
  return (Item?.registrations?.SS ?? []).some((each) => each !== id);
}

/** Removes a registration from the record of a function. Does nothing if no other registration uses the function any more. */
export async function removeRegistration(functionArn: string, id: string): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new UpdateItemCommand({
        ...recordKey(functionArn),
        UpdateExpression: 'DELETE registrations :ids',
        ConditionExpression: 'contains(registrations, :id) AND size(registrations) > :one',
        ExpressionAttributeValues: { ':ids': { SS: [id] }, ':id': { S: id }, ':one': number(1) },
      }),
    ),
  );
}

/** Removes the last registration from the record of a function. Does nothing if another registration uses the function meanwhile. */
export async function removeLastRegistration(functionArn: string, id: string): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new UpdateItemCommand({
        ...recordKey(functionArn),
        UpdateExpression: 'REMOVE registrations SET changedAt = :now, releasedAt = :now',
        ConditionExpression: 'contains(registrations, :id) AND size(registrations) = :one',
        ExpressionAttributeValues: { ':id': { S: id }, ':one': number(1), ':now': number(Date.now()) },
      }),
    ),
  );
}

/** Deletes the record of a function that has never had a statement. Returns false if it may have one, or other registrations. */
export function deleteRefused(functionArn: string, id: string): Promise<boolean> {
  return conditionHolds(
    dynamoDb().send(
      new DeleteItemCommand({
        ...recordKey(functionArn),
        ConditionExpression:
          'contains(registrations, :id) AND size(registrations) = :one AND attribute_not_exists(releasedAt)',
        ExpressionAttributeValues: { ':id': { S: id }, ':one': number(1) },
      }),
    ),
  );
}

/** Removes registrations that do not exist from the record of a function. Does nothing if a request has changed it meanwhile. */
export async function prune(record: FunctionRecord, ids: readonly string[]): Promise<void> {
  const { condition, values } = unchanged(record);
  await conditionHolds(
    dynamoDb().send(
      new UpdateItemCommand({
        ...recordKey(record.functionArn),
        UpdateExpression: 'DELETE registrations :ids',
        ConditionExpression: condition,
        ExpressionAttributeValues: { ...values, ':ids': { SS: [...ids] } },
      }),
    ),
  );
}

/**
 * Removes all registrations from the record of a function, and lets the sweeper remove its statement: no registration is added meanwhile.
 * Returns false if a request has changed the record, or another sweep does this.
 */
export function claim(record: FunctionRecord, now: number): Promise<boolean> {
  const { condition, values } = unchanged(record);
  return conditionHolds(
    dynamoDb().send(
      new UpdateItemCommand({
        ...recordKey(record.functionArn),
        UpdateExpression: 'REMOVE registrations SET sweptAt = :now',
        ConditionExpression: `${condition} AND (attribute_not_exists(sweptAt) OR sweptAt < :expired)`,
        ExpressionAttributeValues: { ...values, ':now': number(now), ':expired': number(now - SWEEP_MS) },
      }),
    ),
  );
}

/** Deletes the record of a function whose statement the sweeper has removed. */
export async function deleteSwept(functionArn: string, sweptAt: number): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new DeleteItemCommand({
        ...recordKey(functionArn),
        ConditionExpression: 'sweptAt = :sweptAt AND attribute_not_exists(registrations)',
        ExpressionAttributeValues: { ':sweptAt': number(sweptAt) },
      }),
    ),
  );
}

/** Deletes the record of a function whose permission has ended. Does nothing if its registrations have changed meanwhile. */
export async function deleteWithdrawn({ functionArn, registrations }: FunctionRecord): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new DeleteItemCommand({
        ...recordKey(functionArn),
        ConditionExpression: 'registrations = :ids',
        ExpressionAttributeValues: { ':ids': { SS: [...registrations] } },
      }),
    ),
  );
}

/** The functions recorded for a registration. */
export async function functionsUsedBy(id: string): Promise<string[]> {
  const records = await query({
    FilterExpression: 'contains(registrations, :id)',
    ExpressionAttributeValues: { ':id': { S: id } },
  });
  return records.map(({ functionArn }) => functionArn);
}

/** The records of all functions that API registrations use or have used. */
export function allRecords(): Promise<FunctionRecord[]> {
  return query({});
}

async function query(filter: { FilterExpression?: string; ExpressionAttributeValues?: Record<string, { S: string }> }) {
  const records: FunctionRecord[] = [];
  const pages = paginateQuery(
    { client: dynamoDb() },
    {
      TableName: tableName(),
      KeyConditionExpression: '#type = :function',
      ExpressionAttributeNames: { '#type': KEY_NAMES['#type'] },
      ConsistentRead: true,
      ...filter,
      ExpressionAttributeValues: { ':function': { S: REGISTRY.FUNCTION }, ...filter.ExpressionAttributeValues },
    },
  );
  for await (const { Items = [] } of pages) {
    for (const item of Items) {
      records.push({
        functionArn: item[REGISTRY.SORT_KEY]!.S!,
        registrations: item.registrations?.SS ?? [],
        changedAt: item.changedAt?.N === undefined ? undefined : Number(item.changedAt.N),
      });
    }
  }
  return records;
}

function unchanged({ changedAt }: FunctionRecord): { condition: string; values: Record<string, AttributeValue> } {
  return changedAt === undefined
    ? { condition: 'attribute_not_exists(changedAt)', values: {} }
    : { condition: 'changedAt = :seen', values: { ':seen': number(changedAt) } };
}

function number(value: number) {
  return { N: String(value) };
}

function recordKey(functionArn: string) {
  return { TableName: tableName(), Key: primaryKey(REGISTRY.FUNCTION, functionArn) };
}
