import { describe, expect, it } from 'vitest';
import { checkOperators } from '../../../local/services/iam/conditions.js';
import { AWS_MANAGED_POLICIES } from '../../../local/services/iam/managed-policies.js';
import { UnsupportedPolicyError } from '../../../local/services/iam/match.js';
import { statements } from '../../../local/services/iam/policy.js';

describe('AWS_MANAGED_POLICIES', () => {
  it.each([
    'AdministratorAccess',
    'AmazonDynamoDBFullAccess',
    'AmazonS3ReadOnlyAccess',
    'AmazonSNSFullAccess',
    'AmazonSQSFullAccess',
    'AmazonSSMReadOnlyAccess',
    'AWSLambdaExecute',
    'AWSXRayDaemonWriteAccess',
    'CloudWatchLambdaInsightsExecutionRolePolicy',
    'SecretsManagerReadWrite',
    'service-role/AWSLambdaBasicExecutionRole',
    'service-role/AWSLambdaDynamoDBExecutionRole',
    'service-role/AWSLambdaKinesisExecutionRole',
    'service-role/AWSLambdaRole',
    'service-role/AWSLambdaSQSQueueExecutionRole',
    'service-role/AWSLambdaVPCAccessExecutionRole',
  ])('contains %s', (name) => {
    expect(AWS_MANAGED_POLICIES).toHaveProperty([name]);
  });

  it('use condition operators that the evaluation supports', () => {
    const unsupported = Object.entries(AWS_MANAGED_POLICIES).filter(([, document]) => {
      try {
        for (const { Condition } of statements(document)) checkOperators(Condition);
        return false;
      } catch (error) {
        return error instanceof UnsupportedPolicyError;
      }
    });
    expect(unsupported.map(([name]) => name)).toEqual([]);
  });
});
