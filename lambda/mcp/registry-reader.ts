import { type AttributeValue, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ENV, REGISTRY } from '../../src/private/contract.js';
import type { Registration, RegistrationItem } from '../../src/private/registration.js';
import { dynamoDb } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { toRegistration } from '../shared/stored-registration.js';

const TYPES = ['tool', 'resource', 'prompt'] as const;

/** The number that rises with every change of the registry; 0 before the first. */
export async function readRevision(): Promise<number> {
  const { Item } = await dynamoDb().send(
    new GetItemCommand({
      TableName: requireEnv(ENV.REGISTRY_TABLE),
      Key: { [REGISTRY.PARTITION_KEY]: { S: REGISTRY.META }, [REGISTRY.SORT_KEY]: { S: REGISTRY.REVISION } },
      ConsistentRead: true,
    }),
  );
  return Number(Item?.revision?.N ?? 0);
}

/** Every registration of the registry. One that cannot be read is logged and left out: it must not take the others along. */
export async function readRegistrations(): Promise<Registration[]> {
  const items = await Promise.all(TYPES.map(queryAll));
  return items.flat().flatMap((item) => {
    try {
      return [fromItem(unmarshall(item) as RegistrationItem)];
    } catch (error) {
      log.error('a registration cannot be read', { error: error as Error, type: item.type?.S, name: item.name?.S });
      return [];
    }
  });
}

async function queryAll(type: (typeof TYPES)[number]): Promise<Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamoDb().send(
      new QueryCommand({
        TableName: requireEnv(ENV.REGISTRY_TABLE),
        KeyConditionExpression: '#type = :type',
        ExpressionAttributeNames: { '#type': REGISTRY.PARTITION_KEY },
        ExpressionAttributeValues: { ':type': { S: type } },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
}

function fromItem(item: RegistrationItem): Registration {
  if (item.schemaVersion > REGISTRY.SCHEMA_VERSION) {
    throw new Error(`schemaVersion ${item.schemaVersion} is newer than this handler's ${REGISTRY.SCHEMA_VERSION}`);
  }
  return toRegistration(item);
}
