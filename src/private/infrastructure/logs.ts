import { Annotations, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** The one log group of a server's functions: a month, encrypted with the server's key if there is one. */
export function defineLogGroup(
  scope: Construct,
  encryptionKey: kms.IKey | undefined,
  removalPolicy: RemovalPolicy,
): logs.LogGroup {
  if (encryptionKey) letLogsUse(encryptionKey, scope);
  return new logs.LogGroup(scope, 'LogGroup', {
    retention: logs.RetentionDays.ONE_MONTH,
    encryptionKey,
    removalPolicy,
  });
}

/** CloudWatch Logs refuses a key whose policy does not name it; the log group's own ARN is not known before the group is. */
function letLogsUse(key: kms.IKey, scope: Construct): void {
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
      `the policy of encryptionKey cannot be changed from here; it must let logs.${region}.amazonaws.com encrypt and decrypt`,
    );
  }
}
