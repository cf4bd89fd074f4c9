import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { expect, test } from 'vitest';
import { startRunner } from '../../local/runner';
import { McpLambdaServer, McpTool } from '../../src';
import { queues } from './support/aws';
import { startFixture } from './support/fixture';
import { openSession } from './support/sse';

function echo(stack: Stack, id: string, environment: Record<string, string> = {}): lambda.Function {
  return new lambda.Function(stack, id, {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(`exports.handler = async () => process.env.SERVER_URL || ${JSON.stringify(id)};`),
    environment,
  });
}

async function call(url: string, name: string): Promise<unknown> {
  const client = new Client({ name: 'e2e', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { content } = await client.callTool({ name });
  await client.close();
  return (content as Array<{ text: string }>)[0].text;
}

test('supports several servers in a stack, tools in other stacks and tools that use the server’s URL', async () => {
  const outdir = join(mkdtempSync(join(tmpdir(), 'stacks-')), 'cdk.out');
  const app = new App({ outdir });
  const stack = new Stack(app, 'Servers');
  const first = new McpLambdaServer(stack, 'First', { serverName: 'first', legacySse: false });
  const second = new McpLambdaServer(stack, 'Second', { serverName: 'second' });
  first.addTool(echo(stack, 'WithServerUrl', { SERVER_URL: first.mcpUrl }), { name: 'server_url' });
  const other = new Stack(app, 'Other');
  new McpTool(other, 'Tool', { server: second, handler: echo(other, 'other'), name: 'other' });
  new CfnOutput(other, 'Url', { value: second.mcpUrl });
  app.synth();

  const runner = await startRunner({ app: outdir, port: 0 });
  expect(runner.servers.map(({ name, sse }) => [name, sse !== undefined])).toEqual([
    [expect.stringMatching(/first/i), false],
    [expect.stringMatching(/second/i), true],
  ]);
  expect(await call(runner.servers[0].mcp, 'server_url')).toBe(runner.servers[0].mcp);
  expect(await call(runner.servers[1].mcp, 'other')).toBe('other');
  expect(runner.outputs.Other.Url).toBe(runner.servers[1].mcp);
  await runner.close();
});

test('deletes all queues and statements with the stack', async () => {
  const fixture = await startFixture({ extend: ({ fn }) => Tags.of(fn('echo')).add('mcp-server', 'e2e') });
  const echoArn = fixture.functionArn('echo');
  const registered = await fetch(fixture.registerUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'tool', name: 'extra', lambdaArn: echoArn }),
  });
  expect(registered.status).toBe(201);
  await openSession(fixture);
  expect(fixture.runner.functionPolicy(echoArn)).toHaveLength(1);
  expect(await queues(fixture)).toHaveLength(1);

  const statements: number[] = [];
  const { runner } = fixture;
  const retained = await runner.destroy((deleted) => {
    if (deleted === 'Custom::McpLambdaServer') statements.push(runner.functionPolicy(echoArn).length);
  });
  expect(retained.map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(
    expect.arrayContaining([expect.stringContaining('RegistryTable')]),
  );
  expect(statements).toEqual([0]);
  expect(await queues(fixture)).toEqual([]);
  await runner.close();
});
