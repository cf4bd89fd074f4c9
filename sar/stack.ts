import { CfnOutput, type CfnResource, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { McpLambdaServer } from 'cdk-mcp-lambda';
import type { Construct } from 'constructs';
import { defineParameters } from './parameters';

export interface ServerStackProps extends StackProps {
  /** Whether the functions run in the VPC that the parameters name. */
  readonly inVpc: boolean;
}

/** The server as people without the CDK deploy it: what is known at deployment only comes from parameters. */
export class ServerStack extends Stack {
  public constructor(scope: Construct, id: string, { inVpc, ...props }: ServerStackProps) {
    super(scope, id, props);
    const { stackIdentifier, maxSessions, vpcId, subnetIds } = defineParameters(this);
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: vpcId.valueAsString,
      availabilityZones: ['any'], // one for one list of subnets, however many it will have
      privateSubnetIds: subnetIds.valueAsList,
    });
    const server = new McpLambdaServer(this, 'Mcp', {
      serverName: stackIdentifier.valueAsString,
      maxSessions: maxSessions.valueAsNumber,
      // everything is registered while the server runs, so nothing here says what it will need
      sessions: true,
      tasks: true,
      ...(inVpc && { vpc }),
    });

    // The Serverless Application Repository takes no types of one's own (aws/aws-sam-cli#955)
    const lifecycle = server.node.findChild('Lifecycle').node.defaultChild as CfnResource;
    lifecycle.addOverride('Type', 'AWS::CloudFormation::CustomResource');

    const connect = this.policy('ConnectPolicy', 'Connect to the MCP server as a client');
    server.grantConnect(connect);
    const register = this.policy('RegisterPolicy', 'Register tools, resources and prompts on the MCP server');
    server.grantRegister(register);
    this.describe(server, {
      McpUrl: 'Address for clients: Streamable HTTP',
      SseUrl: 'Address for clients of revision 2024-11-05: HTTP+SSE',
      MessageUrl: 'Where HTTP+SSE clients post; they learn it from the server',
      RegistrationUrl: 'Address of the Registration API',
    });
    this.output('ConnectPolicyArn', connect.managedPolicyArn, 'Attach it to whoever connects as a client');
    this.output('RegisterPolicyArn', register.managedPolicyArn, 'Attach it to whoever registers tools');
    this.output('RuntimeRoleArn', server.runtimeRoleArn, 'The role that invokes the registered functions');
    this.output('LogGroupName', server.logGroup.logGroupName, 'Where all functions of the server log');
  }

  private policy(id: string, description: string): iam.ManagedPolicy {
    return new iam.ManagedPolicy(this, id, { description });
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }

  /** Gives the server's own outputs a name without a hash, and says what they are. */
  private describe(server: McpLambdaServer, descriptions: Record<string, string>): void {
    for (const [id, description] of Object.entries(descriptions)) {
      const output = server.node.findChild(id) as CfnOutput;
      output.overrideLogicalId(id);
      output.description = description;
    }
  }
}
