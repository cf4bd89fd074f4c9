import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { ENV, REGISTRY } from '../../src/private/contract.js';
import { requireEnv } from '../shared/env.js';

/** The registry table's name. */
export function tableName(): string {
  return requireEnv(ENV.REGISTRY_TABLE);
}

/** Names for expressions: the keys are reserved words. */
export const KEY_NAMES = { '#type': REGISTRY.PARTITION_KEY, '#name': REGISTRY.SORT_KEY };

export function primaryKey(type: string, name: string): Record<string, AttributeValue> {
  return { [REGISTRY.PARTITION_KEY]: { S: type }, [REGISTRY.SORT_KEY]: { S: name } };
}

/** Does a conditional write; false where its condition did not hold. */
export async function conditionally(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
