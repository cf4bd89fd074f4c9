import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type IMcpLambdaServer, McpSchema, McpTool } from 'cdk-mcp-lambda';
import type { Construct } from 'constructs';

export interface ShippingStackProps extends StackProps {
  /** The server that offers this stack's tool; another team's, and it may be an imported one. */
  readonly server: IMcpLambdaServer;
}

/** The shipping team's own stack. Its tool is deployed, and goes, with it: the server's stack knows nothing of it. */
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
      description: 'Where the parcel of a shipped order is',
      inputSchema: McpSchema.fromFile(join(__dirname, 'schemas', 'lookup-order.json')),
      annotations: { readOnlyHint: true },
    });
  }
}
