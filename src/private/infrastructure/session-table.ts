import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { SESSIONS } from '../contract';

/**
 * Defines the session table, with the short-lived data that the server functions share: sessions, tasks, and the keys that seal request
 * state. Clients can open new sessions, so the table is deleted with the stack.
 */
export function defineSessionTable(scope: Construct, encryptionKey: kms.IKey | undefined): dynamodb.Table {
  return new dynamodb.Table(scope, 'SessionTable', {
    partitionKey: { name: SESSIONS.PARTITION_KEY, type: dynamodb.AttributeType.STRING },
    sortKey: { name: SESSIONS.SORT_KEY, type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: SESSIONS.TTL,
    encryptionKey,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
