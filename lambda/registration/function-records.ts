import { DeleteItemCommand, GetItemCommand, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { REGISTRY } from '../../src/private/contract.js';
import { KEY_NAMES, primaryKey, tableName } from '../registry/store.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';

/** A function and the API registrations that use it. */
interface FunctionRecord {
  readonly functionArn: string;
  readonly registrations: readonly string[];
}

/** Records that a registration uses a function. */
export async function addRegistration(functionArn: string, id: string): Promise<void> {
  await dynamoDb().send(
    new UpdateItemCommand({
      ...recordKey(functionArn),
      UpdateExpression: 'ADD registrations :id',
      ExpressionAttributeValues: { ':id': { SS: [id] } },
    }),
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
        ExpressionAttributeValues: { ':ids': { SS: [id] }, ':id': { S: id }, ':one': { N: '1' } },
      }),
    ),
  );
}

/** Deletes the record of a function. Does nothing if another registration uses the function meanwhile. */
export async function deleteRecord(functionArn: string, id: string): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new DeleteItemCommand({
        ...recordKey(functionArn),
        ConditionExpression: 'contains(registrations, :id) AND size(registrations) = :one',
        ExpressionAttributeValues: { ':id': { S: id }, ':one': { N: '1' } },
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

/** The records of all functions that API registrations use. */
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
      records.push({ functionArn: item[REGISTRY.SORT_KEY]!.S!, registrations: item.registrations?.SS ?? [] });
    }
  }
  return records;
}

function recordKey(functionArn: string) {
  return { TableName: tableName(), Key: primaryKey(REGISTRY.FUNCTION, functionArn) };
}
