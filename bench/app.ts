import { join } from 'node:path';
import { App, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpAuth, McpLambdaServer } from 'cdk-mcp-lambda';

/** What `bench/authorization.ts` adds: `token`, or `token` and `limit`. */
const access = (process.env.BENCH_ACCESS ?? '').split(',');

/** The server to measure, without throttling and with enough sessions for every benchmark. */
const stack = new Stack(new App(), 'Bench');
const server = new McpLambdaServer(stack, 'Mcp', {
  serverName: 'bench',
  auth: access.includes('token') ? McpAuth.oauth({ issuers: ['https://login.example.com'] }) : undefined,
  limits: { sessions: 1_000, caller: access.includes('limit') ? { rate: 10_000, dailyCalls: 1_000_000 } : undefined },
  throttlingRateLimit: 10_000,
  throttlingBurstLimit: 5_000,
});
const echo = new lambda.Function(stack, 'Echo', {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromAsset(join(__dirname, '../examples/typescript/functions/echo')),
});
server.addTool(echo, { name: 'echo' });
Tags.of(echo).add('mcp-server', 'bench'); // the benchmarks register it under more names with the Registration API
