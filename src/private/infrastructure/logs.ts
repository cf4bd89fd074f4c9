import { Annotations, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Defines the log group of the server functions, with a retention of one month, encrypted with the server's key, if any. */
export function defineLogGroup(
  scope: Construct,
  encryptionKey: kms.IKey | undefined,
  removalPolicy: RemovalPolicy,
): logs.LogGroup {
  if (encryptionKey) allowLogs(encryptionKey, scope);
  return new logs.LogGroup(scope, 'LogGroup', {
    retention: logs.RetentionDays.ONE_MONTH,
    encryptionKey,
    removalPolicy,
  });
}

/** Allows CloudWatch Logs to use a key. The statement applies to all log groups, because the ARN of this one is not known yet. */
function allowLogs(key: kms.IKey, scope: Construct): void {
  const { region, partition, account } = Stack.of(scope);
  const { statementAdded } = key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
      },
    }),
  );
  if (!statementAdded) {
    Annotations.of(scope).addWarningV2(
      'cdk-mcp-lambda:keyPolicy',
      `the key policy of encryptionKey cannot be changed by this app; it must allow logs.${region}.amazonaws.com to encrypt and decrypt`,
    );
  }
}
