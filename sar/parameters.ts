import { CfnParameter, type Stack } from 'aws-cdk-lib';

/** Parameters of the application, in the order in which the console shows them. */
export interface Parameters {
  readonly stackIdentifier: CfnParameter;
  readonly maxSessions: CfnParameter;
  readonly vpcEnabled: CfnParameter;
  readonly vpcId: CfnParameter;
  readonly subnetIds: CfnParameter;
}

/** Defines the parameters and their groups in the console. */
export function defineParameters(stack: Stack): Parameters {
  const parameters = {
    stackIdentifier: new CfnParameter(stack, 'StackIdentifier', {
      description: 'Name of the server. To register a function, its owner sets its mcp-server tag to this name.',
      default: 'default',
      allowedPattern: '[A-Za-z0-9_.-]{1,64}',
      constraintDescription: 'must be 1 to 64 characters of A-Z a-z 0-9 _ . -',
    }),
    maxSessions: new CfnParameter(stack, 'MaxSessions', {
      description:
        'Maximum number of concurrent HTTP+SSE sessions. Each keeps a function running: 50 permanent sessions cost about 880 USD a month.',
      type: 'Number',
      default: 50,
      minValue: 1,
      maxValue: 10_000,
    }),
    vpcEnabled: new CfnParameter(stack, 'VpcEnabled', {
      description: 'Whether the functions run in a VPC. If true, VpcId and SubnetIds are required.',
      default: 'false',
      allowedValues: ['true', 'false'],
    }),
    // no AWS-specific parameter types (AWS::EC2::VPC::Id): they cannot be empty
    vpcId: new CfnParameter(stack, 'VpcId', {
      description: 'ID of the VPC. Required if VpcEnabled is true.',
      default: '',
      allowedPattern: '(vpc-[0-9a-f]{8,17})?',
      constraintDescription: 'must be empty or a VPC ID such as vpc-0123456789abcdef0',
    }),
    subnetIds: new CfnParameter(stack, 'SubnetIds', {
      description:
        'Comma-separated IDs of private subnets of the VPC that can reach DynamoDB, SQS and Lambda. Required if VpcEnabled is true.',
      type: 'CommaDelimitedList',
      default: '',
      allowedPattern: '(subnet-[0-9a-f]{8,17})?',
      constraintDescription: 'must be empty or comma-separated subnet IDs such as subnet-0123456789abcdef0',
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
