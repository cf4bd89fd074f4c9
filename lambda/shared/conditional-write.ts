import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/** Resolves to false if DynamoDB refused a write because its condition does not hold. Other errors are thrown. */
export async function conditionHolds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
