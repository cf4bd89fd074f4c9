import { join } from 'node:path';
import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpAuth, McpEndpoint, McpLambdaServer } from 'cdk-mcp-lambda';
import { buildSync } from 'esbuild';
import { USER_BUNDLE } from './user-bundle';

/** What `bench/authorization.ts` adds: `token`, `token` and `limit`, or `token` and `url` for a function URL. */
const access = (process.env.BENCH_ACCESS ?? '').split(',');

const restApi = { limits: { sessions: 1_000 }, throttlingRateLimit: 10_000, throttlingBurstLimit: 5_000 };
const functionUrl = { endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 900 }) };

/** The server to measure, without throttling and with enough sessions for every benchmark. */
const stack = new Stack(new App(), 'Bench');
const server = new McpLambdaServer(stack, 'Mcp', {
  serverName: 'bench',
  auth: access.includes('token') ? McpAuth.oauth({ issuers: ['https://login.example.com'] }) : undefined,
  ...(access.includes('url') ? functionUrl : restApi),
  ...(access.includes('limit') && {
    limits: { ...restApi.limits, caller: { rate: 10_000, dailyCalls: 1_000_000 } },
  }),
});
const echo = new lambda.Function(stack, 'Echo', {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromAsset(join(__dirname, '../examples/typescript/functions/echo')),
});
server.addTool(echo, { name: 'echo' });
Tags.of(echo).add('mcp-server', 'bench'); // the benchmarks register it under more names with the Registration API

// The peer: the MCP SDK alone in one function, bundled as the server functions are, behind the same kind of API.
const code = join(__dirname, '../node_modules/.cache/bench/sdk-function');
buildSync({
  entryPoints: [join(__dirname, 'sdk-function.ts')],
  outfile: join(code, 'index.mjs'),
  ...USER_BUNDLE,
});
const sdk = new lambda.Function(stack, 'SdkFunction', {
  runtime: lambda.Runtime.NODEJS_24_X,
  architecture: lambda.Architecture.ARM_64,
  handler: 'index.handler',
  code: lambda.Code.fromAsset(code),
  memorySize: 512,
  environment: { TOOLS: '10' },
});
const api = new apigateway.RestApi(stack, 'SdkApi', { cloudWatchRole: false });
const integration = new apigateway.LambdaIntegration(sdk, {
  allowTestInvoke: false,
  responseTransferMode: apigateway.ResponseTransferMode.STREAM,
});
api.root.addResource('mcp').addMethod('ANY', integration);
new CfnOutput(stack, 'SdkUrl', { value: api.urlForPath('/mcp') });
