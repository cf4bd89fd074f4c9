import { CfnOutput, type CfnResource, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { McpLambdaServer } from 'cdk-mcp-lambda';
import type { Construct } from 'constructs';
import { defineParameters } from './parameters';

export interface ServerStackProps extends StackProps {
  /** Whether the functions run in the VPC given by the parameters. */
  readonly inVpc: boolean;
}

/** The server for users without the CDK. Values that are known only at deployment come from parameters. */
export class ServerStack extends Stack {
  public constructor(scope: Construct, id: string, { inVpc, ...props }: ServerStackProps) {
    super(scope, id, props);
    const { stackIdentifier, maxSessions, vpcId, subnetIds } = defineParameters(this);
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: vpcId.valueAsString,
      availabilityZones: ['any'], // one placeholder, whatever the number of subnets
      privateSubnetIds: subnetIds.valueAsList,
    });
    const server = new McpLambdaServer(this, 'Mcp', {
      serverName: stackIdentifier.valueAsString,
      maxSessions: maxSessions.valueAsNumber,
      // tools are registered while the server runs, so the features they need are unknown at synthesis
      sessions: true,
      tasks: true,
      ...(inVpc && { vpc }),
    });

    // The Serverless Application Repository rejects Custom:: resource types (aws/aws-sam-cli#955)
    const lifecycle = server.node.findChild('Lifecycle').node.defaultChild as CfnResource;
    lifecycle.addOverride('Type', 'AWS::CloudFormation::CustomResource');

    const connect = this.policy('ConnectPolicy', 'Connect to the MCP server as a client');
    server.grantConnect(connect);
    const register = this.policy('RegisterPolicy', 'Register tools, resources and prompts on the MCP server');
    server.grantRegister(register);
    this.describe(server, {
      McpUrl: 'Endpoint for clients (Streamable HTTP)',
      SseUrl: 'Endpoint for clients of protocol revision 2024-11-05 (HTTP+SSE)',
      MessageUrl: 'Endpoint for messages of HTTP+SSE clients, which receive it from the server',
      RegistrationUrl: 'Endpoint of the Registration API',
    });
    this.output('ConnectPolicyArn', connect.managedPolicyArn, 'Policy to attach to principals that connect as clients');
    this.output('RegisterPolicyArn', register.managedPolicyArn, 'Policy to attach to principals that register tools');
    this.output('RuntimeRoleArn', server.runtimeRoleArn, 'Role that invokes the registered functions');
    this.output('LogGroupName', server.logGroup.logGroupName, 'Log group of all functions of the server');
  }

  private policy(id: string, description: string): iam.ManagedPolicy {
    return new iam.ManagedPolicy(this, id, { description });
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }

  /** Gives the outputs of the server stable names and descriptions. */
  private describe(server: McpLambdaServer, descriptions: Record<string, string>): void {
    for (const [id, description] of Object.entries(descriptions)) {
      const output = server.node.findChild(id) as CfnOutput;
      output.overrideLogicalId(id);
      output.description = description;
    }
  }
}
