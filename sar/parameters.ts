import { CfnParameter, type Stack } from 'aws-cdk-lib';

/** What is decided when the application is deployed, in the order in which people are asked. */
export interface Parameters {
  readonly stackIdentifier: CfnParameter;
  readonly maxSessions: CfnParameter;
  readonly vpcEnabled: CfnParameter;
  readonly vpcId: CfnParameter;
  readonly subnetIds: CfnParameter;
}

/** Defines them, and how the console groups them. */
export function defineParameters(stack: Stack): Parameters {
  const parameters = {
    stackIdentifier: new CfnParameter(stack, 'StackIdentifier', {
      description: 'Name of the server. Functions with the tag mcp-server = this name can be registered on it.',
      default: 'default',
      allowedPattern: '[A-Za-z0-9_.-]{1,64}',
      constraintDescription: '1 to 64 of the characters A-Z a-z 0-9 _ . -',
    }),
    maxSessions: new CfnParameter(stack, 'MaxSessions', {
      description:
        'Most HTTP+SSE sessions open at once. Each is a running function: 50 that never end cost about 880 USD a month.',
      type: 'Number',
      default: 50,
      minValue: 1,
      maxValue: 10_000,
    }),
    vpcEnabled: new CfnParameter(stack, 'VpcEnabled', {
      description: 'Whether the functions run in a VPC. If so, VpcId and SubnetIds are needed too.',
      default: 'false',
      allowedValues: ['true', 'false'],
    }),
    // no parameters of AWS's own types (AWS::EC2::VPC::Id): those may not be left empty
    vpcId: new CfnParameter(stack, 'VpcId', {
      description: 'Id of the VPC, with VpcEnabled = true.',
      default: '',
      allowedPattern: '(vpc-[0-9a-f]{8,17})?',
      constraintDescription: 'empty, or the id of a VPC such as vpc-0123456789abcdef0',
    }),
    subnetIds: new CfnParameter(stack, 'SubnetIds', {
      description:
        'Ids of subnets of the VPC, with VpcEnabled = true: private ones, from which DynamoDB, SQS and Lambda can be reached.',
      type: 'CommaDelimitedList',
      default: '',
      allowedPattern: '(subnet-[0-9a-f]{8,17})?',
      constraintDescription: 'empty, or ids of subnets such as subnet-0123456789abcdef0, with commas between them',
    }),
  };
  const { stackIdentifier, maxSessions, vpcEnabled, vpcId, subnetIds } = parameters;
  stack.templateOptions.metadata = {
    'AWS::CloudFormation::Interface': {
      ParameterGroups: [
        { Label: { default: 'Server' }, Parameters: [stackIdentifier, maxSessions].map(({ logicalId }) => logicalId) },
        { Label: { default: 'Network' }, Parameters: [vpcEnabled, vpcId, subnetIds].map(({ logicalId }) => logicalId) },
      ],
    },
  };
  return parameters;
}
