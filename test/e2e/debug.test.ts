/** `--debug`: a debugger attaches to the function of a tool, holds a call, and the call has no time limit. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { expect, test } from 'vitest';
import { DebugPorts } from '../../local/services/lambda/debug-ports';
import { Inspector } from '../local/support/inspector';
import { type FixtureApp, startFixture } from './support/fixture';

const CODE = `export const handler = async ({ a, b }) => {
  const sum = a + b;
  console.log('sum', sum);
  return String(sum);
};
`;

const extend = ({ stack, server }: FixtureApp) => {
  const code = mkdtempSync(join(tmpdir(), 'debugged-'));
  writeFileSync(join(code, 'index.mjs'), CODE);
  const adder = new lambda.Function(stack, 'Adder', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(code),
    timeout: Duration.seconds(1),
  });
  server.addTool(adder, { name: 'add', timeout: Duration.seconds(1) });
};

test('a breakpoint holds a call beyond its timeouts, and shows its variables', { timeout: 60_000 }, async () => {
  const debug = await new DebugPorts(21_000).portOf('first');
  await using fixture = await startFixture({ extend, debug });
  const adder = fixture.runner.functions.find(({ name }) => name.includes('Adder'))!;
  const server = fixture.runner.functions.find(({ name }) => name.includes('HttpFunction'))!;
  expect(server.debugPort).toBeUndefined();

  const inspector = await Inspector.attach(adder.debugPort!); // before the first call
  // not the runtime client, which is an index.mjs, too
  const set = await inspector.send('Debugger.setBreakpointByUrl', {
    urlRegex: 'asset\\.[0-9a-f]+/index\\.mjs$',
    lineNumber: 2,
  });
  expect(set.breakpointId).toBeDefined();

  const client = new Client({ name: 'debugged', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(fixture.mcpUrl));
  const paused = inspector.event('Debugger.paused');
  const result = client.callTool({ name: 'add', arguments: { a: 20, b: 22 } });
  const { callFrames } = await paused;
  expect(callFrames[0].functionName).toBe('handler');
  const evaluated = await inspector.send('Debugger.evaluateOnCallFrame', {
    callFrameId: callFrames[0].callFrameId,
    expression: 'sum',
  });
  expect(evaluated.result.value).toBe(42);

  await new Promise((resolve) => setTimeout(resolve, 2_500)); // the timeouts are 1 s
  await inspector.send('Debugger.resume');
  expect(await result).toMatchObject({ content: [{ text: '42' }] });
  expect(fixture.runner.logs.map(({ text }) => text).join('\n')).not.toMatch(/Debugger|Task timed out/);
  inspector.close();
  await client.close();
});
