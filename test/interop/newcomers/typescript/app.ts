import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpLambdaServer, McpSchema } from 'cdk-mcp-lambda';

const app = new App();
const stack = new Stack(app, 'Orders');

const lookupOrder = new lambda.Function(stack, 'LookupOrder', {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromAsset('functions/orders'),
});

const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });
server.addTool(lookupOrder, {
  name: 'lookup_order',
  description: 'Returns the status of an order',
  inputSchema: McpSchema.fromFile('schemas/lookup-order.json'),
});

const agent = new iam.Role(stack, 'Agent', { assumedBy: new iam.AccountRootPrincipal() });
server.grantConnect(agent);
