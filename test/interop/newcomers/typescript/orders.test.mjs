import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const COMMAND = ['node_modules/cdk-mcp-lambda/bin/mcp-lambda', 'local', '--port', '0', '--json'];
const client = new Client({ name: 'test', version: '1.0.0' });
let runner;

before(async () => {
  runner = spawn(process.execPath, COMMAND, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = await createInterface(runner.stdout)[Symbol.asyncIterator]().next();
  await client.connect(new StreamableHTTPClientTransport(new URL(JSON.parse(ready.value).mcp)));
});

after(async () => {
  await client.close();
  runner.kill();
});

test('finds an order', async () => {
  const result = await client.callTool({ name: 'lookup_order', arguments: { orderId: 'A-1001' } });
  assert.deepEqual(result.structuredContent, { orderId: 'A-1001', status: 'shipped' });
});

test('explains an unknown order', async () => {
  const result = await client.callTool({ name: 'lookup_order', arguments: { orderId: 'A-9999' } });
  assert.match(result.content[0].text, /no order A-9999; try A-1001 or A-1002/);
});

test('refuses arguments that the schema does not allow', async () => {
  const result = await client.callTool({ name: 'lookup_order', arguments: { orderId: 'lamp' } });
  assert.match(result.content[0].text, /^invalid arguments:\n\/orderId: /);
});
