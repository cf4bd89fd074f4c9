import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { invalid } from '../errors';

/** The network properties of the server functions. */
export interface NetworkProps {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** The security groups of the functions: the user's, or a new one that allows traffic between them. None without a VPC. */
export function securityGroupsOf(scope: Construct, props: NetworkProps): ec2.ISecurityGroup[] | undefined {
  if (!props.vpc) {
    const unused = props.vpcSubnets ? 'vpcSubnets' : props.securityGroups ? 'securityGroups' : undefined;
    if (unused) throw invalid(scope, `${unused} has no effect without vpc; set vpc, or remove ${unused}`);
    return undefined;
  }
  if (props.securityGroups) {
    if (props.securityGroups.length > 0) return props.securityGroups;
    throw invalid(scope, 'securityGroups is empty; add a security group, or remove the property to create one');
  }
  const group = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc: props.vpc,
    description: 'MCP server: its functions may talk to each other',
  });
  group.connections.allowInternally(ec2.Port.allTraffic(), 'functions of the MCP server');
  return [group];
}
