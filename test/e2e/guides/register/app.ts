import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpLambdaServer } from 'cdk-mcp-lambda';

const app = new App();
const stack = new Stack(app, 'Orders');
const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });

const fn = (id: string, code: string) =>
  new lambda.Function(stack, id, {
    functionName: id,
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(code),
  });

const stockLevel = fn('stock-level', 'exports.handler = async ({ sku }) => ({ sku, pieces: 3 });');
Tags.of(stockLevel).add('mcp-server', server.serverName);
new CfnOutput(stack, 'StockLevelArn', { value: stockLevel.functionArn });

server.addTool(fn('lookup-order', "exports.handler = async () => ({ status: 'shipped' });"), { name: 'lookup_order' });
