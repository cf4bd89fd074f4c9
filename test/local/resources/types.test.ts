import { describe, expect, it } from 'vitest';
import { treatmentOf } from '../../../local/resources/types.js';

describe('treatmentOf', () => {
  it.each([
    [
      'run',
      [
        'AWS::Lambda::Function',
        'AWS::ApiGateway::Method',
        'AWS::DynamoDB::GlobalTable',
        'Custom::McpTool',
        'Custom::Anything',
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
    // the CDK's own helpers act on services that are not here
    ['accepted', ['Custom::LogRetention', 'Custom::VpcRestrictDefaultSG', 'Custom::S3AutoDeleteObjects']],
    [
      'refused',
      ['AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Url', 'AWS::ECS::Service', 'AWS::CloudFormation::Stack'],
    ],
  ])('%s: %j', (treatment, types) => {
    for (const type of types) expect([type, treatmentOf(type)]).toEqual([type, treatment]);
  });
});
