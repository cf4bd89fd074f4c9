import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packetLayout, recordPackets } from '../../support/packets.js';
import { runtimeDir } from '../../support/runtime-dir.js';

/*
 * What leaves the function's process, packet by packet, under AWS's runtime client: the writes of the socket to the Runtime API.
 */

const HANDLER = `
import { streaming } from './stream.mjs';
import { setTimeout as sleep } from 'node:timers/promises';
const chunks = { open: ['first'], two: ['first', 'second'], one: ['first'], json: ['first'], none: [] };
export const handler = streaming(async ({ kind }, response) => {
  const contentType = kind === 'json' ? 'application/json' : 'text/event-stream';
  const body = response.begin({ statusCode: 200, headers: { 'content-type': contentType } });
  for (const chunk of chunks[kind]) await body.write('data: ' + chunk + '\\n\\n');
  if (kind === 'open') await sleep(100);
  await body.end();
});
`;

const directory = mkdtempSync(join(tmpdir(), 'stream-socket-'));
beforeAll(async () => {
  writeFileSync(join(directory, 'index.mjs'), HANDLER);
  await build({
    entryPoints: [resolve('lambda/shared/stream.ts')],
    outfile: join(directory, 'stream.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Invokes the handler once, and returns the packets of its response. */
async function layoutOf(kind: string) {
  const packets = join(directory, kind);
  let invoked = false;
  const server = createServer(async (request, response) => {
    if (request.url!.endsWith('/next')) {
      if (invoked) return; // a poll without an invocation
      invoked = true;
      response.setHeader('lambda-runtime-aws-request-id', 'r1');
      response.setHeader('lambda-runtime-deadline-ms', Date.now() + 60_000);
      response.setHeader(
        'lambda-runtime-invoked-function-arn',
        'arn:aws:lambda:us-east-1:123456789012:function:streaming',
      );
      return void response.end(JSON.stringify({ kind }));
    }
    for await (const _ of request);
    response.writeHead(202).end('{}');
    child.kill('SIGKILL');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const runtime = runtimeDir();
  const child = spawn(process.execPath, ['--require', join(runtime, 'ric-shim.cjs'), join(runtime, 'index.mjs')], {
    detached: true,
    env: {
      PATH: process.env.PATH,
      ...recordPackets(packets),
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      LAMBDA_TASK_ROOT: directory,
      _HANDLER: 'index.handler',
      AWS_LAMBDA_FUNCTION_NAME: 'streaming',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/streaming',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    },
  });
  await once(child, 'close');
  server.closeAllConnections();
  server.close();
  rmSync(runtime, { recursive: true });
  return packetLayout(packets, { first: 'data: first', second: 'data: second' });
}

test('sends head, first event and a comment of an open event stream in separate packets', async () => {
  const { order, gaps } = await layoutOf('open');
  expect(order).toEqual(['head', 'first', 'comment']);
  expect(gaps[1]).toBeGreaterThanOrEqual(25);
});

test('keeps the first two events of an event stream apart, also at its end', async () => {
  const { order } = await layoutOf('two');
  expect(order).toEqual(['head+first', 'second']);
});

test.each([
  ['an event stream with one event', 'one', ['head+first']],
  ['JSON', 'json', ['head+first']],
  ['an empty event stream', 'none', ['head']],
])('does not delay a response that ends at once: %s', async (_, kind, packets) => {
  expect((await layoutOf(kind)).order).toEqual(packets);
});
