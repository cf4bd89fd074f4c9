/** Runs the examples of docs/guides for existing functions and for progress. */
import { join } from 'node:path';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpInvokeMode } from '../../src';
import { httpClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

let fixture: Fixture;
let client: Awaited<ReturnType<typeof httpClient>>;
beforeAll(async () => {
  fixture = await startFixture({
    server: { serverName: 'orders-target' },
    extend: ({ stack, server, fn }) => {
      const guide = (name: string) =>
        new lambda.Function(stack, name, {
          runtime: lambda.Runtime.NODEJS_24_X,
          handler: `${name}.handler`,
          code: lambda.Code.fromAsset(join(import.meta.dirname, 'guides')),
        });
      server.addTool(guide('progress'), { name: 'read_files', invokeMode: McpInvokeMode.RESPONSE_STREAM });
      const target = guide('gateway-target');
      server.addTool(target, { name: 'get_order' });
      server.addTool(target, { name: 'cancel_order' });
      server.addTool(fn('echo').addAlias('live'), { name: 'live' });
    },
  });
  client = await httpClient(fixture);
});
afterAll(async () => {
  await client?.close();
  await fixture?.[Symbol.asyncDispose]();
});

test('write-a-tool: reports progress before the result', async () => {
  const received: Progress[] = [];
  const result = await client.callTool({ name: 'read_files', arguments: { files: ['a', 'b'] } }, undefined, {
    onprogress: (progress) => received.push(progress),
  });
  expect(received).toEqual([
    { progress: 1, total: 2, message: 'read a' },
    { progress: 2, total: 2, message: 'read b' },
  ]);
  expect(result.structuredContent).toEqual({ read: 2 });
});

test('migrate-from-agentcore-gateway: a function of two tools reads the tool’s name like behind the gateway', async () => {
  const call = async (name: string) =>
    (await client.callTool({ name, arguments: { orderId: 'A-1001' } })).structuredContent;
  expect(await call('get_order')).toEqual({ orderId: 'A-1001', status: 'shipped' });
  expect(await call('cancel_order')).toEqual({ orderId: 'A-1001', status: 'cancelled' });
});

test('existing-lambda: registers an alias as a tool', async () => {
  const result = await client.callTool({ name: 'live', arguments: { message: 'hi' } });
  expect(result.content).toEqual([{ type: 'text', text: 'hi' }]);
});
