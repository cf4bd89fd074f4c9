import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpLambdaServer } from 'cdk-mcp-lambda';

const app = new App();
const stack = new Stack(app, 'Orders');
const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });

const registrar = new iam.Role(stack, 'Registrar', {
  roleName: 'orders-registrar',
  assumedBy: new iam.AccountRootPrincipal(),
});
server.grantRegister(registrar);

const inline = (functionName: string, code: string) =>
  new lambda.Function(stack, functionName, {
    functionName,
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(code),
  });

const stockLevel = inline('stock-level', 'exports.handler = async ({ sku }) => ({ sku, pieces: 3 });');
Tags.of(stockLevel).add('mcp-server', server.serverName);
new CfnOutput(stack, 'StockLevelArn', { value: stockLevel.functionArn });

const lookupOrder = inline('lookup-order', "exports.handler = async () => ({ status: 'shipped' });");
server.addTool(lookupOrder, { name: 'lookup_order' });
