import { describe, expect, it } from 'vitest';
import { supportLevelOf } from '../../../local/resources/supported-types.js';

describe('supportLevelOf', () => {
  it.each([
    [
      'emulated',
      [
        'AWS::Lambda::Function',
        'AWS::ApiGateway::Method',
        'AWS::DynamoDB::GlobalTable',
        'Custom::McpTool',
        'Custom::Anything',
        'Custom::S3AutoDeleteObjects',
        'Custom::CDKBucketDeployment',
        'AWS::CloudFormation::Stack',
        'AWS::Lambda::LayerVersion',
        'AWS::Lambda::Url',
      ],
    ],
    [
      'accepted',
      [
        'AWS::CDK::Metadata',
        'AWS::EC2::VPC',
        'AWS::Logs::LogGroup',
        'AWS::S3::StorageLens',
        'AWS::ApiGateway::Account',
      ],
    ],
    // the CDK's own custom resources act on services that are not emulated
    ['accepted', ['Custom::LogRetention', 'Custom::VpcRestrictDefaultSG']],
    ['unsupported', ['AWS::Lambda::EventSourceMapping', 'AWS::ECS::Service', 'AWS::New::Thing']],
  ])('returns %s for %j', (level, types) => {
    for (const type of types) expect([type, supportLevelOf(type)]).toEqual([type, level]);
  });
});
