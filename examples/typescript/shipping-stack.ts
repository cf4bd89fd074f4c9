import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type IMcpLambdaServer, McpSchema, McpTool } from 'cdk-mcp-lambda';
import type { Construct } from 'constructs';

export interface ShippingStackProps extends StackProps {
  /** The server to register the tool on, which may be imported. */
  readonly server: IMcpLambdaServer;
}

/** The stack of the shipping team. Its tool is deployed and deleted with it, independently of the server's stack. */
export class ShippingStack extends Stack {
  public constructor(scope: Construct, id: string, props: ShippingStackProps) {
    super(scope, id, props);

    const trackParcel = new lambda.Function(this, 'track-parcel', {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(join(__dirname, 'functions', 'track-parcel')),
      memorySize: 512,
      timeout: Duration.seconds(10),
    });

    new McpTool(this, 'TrackParcel', {
      server: props.server,
      handler: trackParcel,
      name: 'track_parcel',
      description: 'Location of the parcel of a shipped order',
      inputSchema: McpSchema.fromFile(join(__dirname, 'schemas', 'lookup-order.json')),
      annotations: { readOnlyHint: true },
    });
  }
}
