import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { invalid } from '../errors';

/** Where a server's functions run. */
export interface NetworkProps {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** The security groups of the functions: the user's, else one that lets them talk to each other; none without a VPC. */
export function securityGroupsOf(scope: Construct, props: NetworkProps): ec2.ISecurityGroup[] | undefined {
  if (!props.vpc) {
    const stray = props.vpcSubnets ? 'vpcSubnets' : props.securityGroups ? 'securityGroups' : undefined;
    if (stray) throw invalid(scope, `${stray} without vpc has no effect; set vpc too, or leave ${stray} out`);
    return undefined;
  }
  if (props.securityGroups) {
    if (props.securityGroups.length > 0) return props.securityGroups;
    throw invalid(scope, 'securityGroups is empty; name at least one security group, or leave it out to get one made');
  }
  const group = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc: props.vpc,
    description: 'MCP server: its functions may talk to each other',
  });
  group.connections.allowInternally(ec2.Port.allTraffic(), 'functions of the MCP server');
  return [group];
}
