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
  const { region, partition, account, urlSuffix } = Stack.of(scope);
  const principal = `logs.${region}.${urlSuffix}`; // of the partition: in China, it ends with amazonaws.com.cn
  const { statementAdded } = key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(principal)],
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
      `the key policy of encryptionKey cannot be changed by this app; it must allow ${principal} to encrypt and decrypt`,
    );
  }
}

/** Warns if a log group belongs to a class in which CloudWatch does not extract metrics from logs. */
export function checkLogGroupClass(scope: Construct, logGroup: logs.ILogGroup): void {
  const { logGroupClass } = (logGroup.node.defaultChild ?? {}) as Partial<logs.CfnLogGroup>;
  if (logGroupClass === undefined || logGroupClass === logs.LogGroupClass.STANDARD) return;
  Annotations.of(scope).addWarningV2(
    'cdk-mcp-lambda:logGroupClass',
    `logGroup has the class ${logGroupClass}, from which CloudWatch extracts no metrics: the server will have none; use LogGroupClass.STANDARD`,
  );
}
