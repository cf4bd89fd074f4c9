import { CfnResource, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { REGISTRY } from '../contract';
import { invalid } from '../errors';
import { knownToDiffer } from '../registration/environments';

/**
 * Defines the registry table. It contains the owner's data, so it has point-in-time recovery, and is retained by default. Deletion protection
 * is on only if CloudFormation never deletes the table: with any other policy, a failed deployment or a deletion of the stack would fail at it.
 */
export function defineRegistryTable(
  scope: Construct,
  encryptionKey: kms.IKey | undefined,
  removalPolicy: RemovalPolicy,
): dynamodb.Table {
  return new dynamodb.Table(scope, 'RegistryTable', {
    partitionKey: { name: REGISTRY.PARTITION_KEY, type: dynamodb.AttributeType.STRING },
    sortKey: { name: REGISTRY.SORT_KEY, type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // false in the template, not absent, so that a change of the policy ends the protection
    deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
    encryptionKey,
    removalPolicy,
  });
}

/** Validates the environment and the keys of the user's registry table, if they are known at synthesis. */
export function checkRegistryTable(scope: Construct, table: dynamodb.ITable): void {
  const { account, region } = Stack.of(scope);
  if (knownToDiffer(table.env.region, region) || knownToDiffer(table.env.account, account)) {
    throw invalid(
      scope,
      `registryTable '${table.node.path}' is in ${table.env.account}/${table.env.region}, the server in ${account}/${region}; ` +
        'the functions read the registry in their own account and region; use a table there',
    );
  }
  const resource = table.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return; // imported
  const { keySchema } = resource as dynamodb.CfnTable;
  if (!Array.isArray(keySchema) || Token.isUnresolved(keySchema)) return;
  const keys = keySchema.map((key) => ('attributeName' in key ? `${key.attributeName} ${key.keyType}` : ''));
  const expected = [`${REGISTRY.PARTITION_KEY} HASH`, `${REGISTRY.SORT_KEY} RANGE`];
  if (keys.join() !== expected.join()) {
    throw invalid(
      scope,
      `registryTable '${table.node.path}' has the keys ${keys.join(', ')}: expected the partition key ` +
        `'${REGISTRY.PARTITION_KEY}' and the sort key '${REGISTRY.SORT_KEY}', both strings`,
    );
  }
}
