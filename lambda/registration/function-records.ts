import { DeleteItemCommand, GetItemCommand, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { REGISTRY } from '../../src/private/contract.js';
import { KEY_NAMES, primaryKey, tableName } from '../registry/store.js';
import { dynamoDb } from '../shared/clients.js';
import { conditionHolds } from '../shared/conditional-write.js';

/** For which registrations a function lets the server invoke it. */
export interface FunctionRecord {
  readonly functionArn: string;
  readonly registrations: readonly string[];
}

/** Notes that a registration needs a function. */
export async function add(functionArn: string, id: string): Promise<void> {
  await dynamoDb().send(
    new UpdateItemCommand({
      ...at(functionArn),
      UpdateExpression: 'ADD registrations :id',
      ExpressionAttributeValues: { ':id': { SS: [id] } },
    }),
  );
}

/** Whether registrations other than this one need the function. */
export async function neededByOthers(functionArn: string, id: string): Promise<boolean> {
  const { Item } = await dynamoDb().send(new GetItemCommand({ ...at(functionArn), ConsistentRead: true }));
  return (Item?.registrations?.SS ?? []).some((each) => each !== id);
}

/** Takes a registration off a function that others need too; leaves the record alone where that is not so any more. */
export async function removeAmongOthers(functionArn: string, id: string): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new UpdateItemCommand({
        ...at(functionArn),
        UpdateExpression: 'DELETE registrations :ids',
        ConditionExpression: 'contains(registrations, :id) AND size(registrations) > :one',
        ExpressionAttributeValues: { ':ids': { SS: [id] }, ':id': { S: id }, ':one': { N: '1' } },
      }),
    ),
  );
}

/** Removes the record of a function that no other registration needs; leaves it alone where one does by now. */
export async function removeWhole(functionArn: string, id: string): Promise<void> {
  await conditionHolds(
    dynamoDb().send(
      new DeleteItemCommand({
        ...at(functionArn),
        ConditionExpression: 'contains(registrations, :id) AND size(registrations) = :one',
        ExpressionAttributeValues: { ':id': { S: id }, ':one': { N: '1' } },
      }),
    ),
  );
}

/** The functions that are noted for a registration. */
export async function heldBy(id: string): Promise<string[]> {
  const records = await query({
    FilterExpression: 'contains(registrations, :id)',
    ExpressionAttributeValues: { ':id': { S: id } },
  });
  return records.map(({ functionArn }) => functionArn);
}

/** All functions that the Registration API let the server invoke. */
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

function at(functionArn: string) {
  return { TableName: tableName(), Key: primaryKey(REGISTRY.FUNCTION, functionArn) };
}
