import { App, Stack } from 'aws-cdk-lib';
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
  description: 'Returns the status, items and total of an order',
  inputSchema: McpSchema.fromFile('schemas/lookup-order.json'),
  annotations: { readOnlyHint: true },
});
