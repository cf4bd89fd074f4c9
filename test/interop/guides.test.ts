/** Runs the functions quoted in docs/guides/write-a-tool.md and debug.md with the runtime clients of their languages. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBody } from '../../local/services/forward.js';
import { defineFunction, startLambda, type TestLambda } from '../local/lambda/support.js';
import { compile } from './support/java';
import { venv } from './support/venv';

const custom = { mcpPrincipal: 'arn:aws:iam::123456789012:user/jo', mcpRequestId: '8a7b', mcpName: 'open_ticket' };
const clientContext = Buffer.from(JSON.stringify({ custom })).toString('base64');
const ticket = { title: 'The lamp flickers', openedBy: custom.mcpPrincipal, request: custom.mcpRequestId };

let service: TestLambda;
beforeAll(async () => {
  service = await startLambda('shared', { env: { ...process.env, VIRTUAL_ENV: resolve(venv('functions'), '..') } });
});
afterAll(() => service?.stop());

async function call(definition: ReturnType<typeof defineFunction>): Promise<unknown> {
  service.service.define(definition);
  const event = Buffer.from(JSON.stringify({ title: ticket.title }));
  const { body } = await service.service.invoke(definition.name, event, { clientContext });
  return JSON.parse((await readBody(body)).toString());
}

test('Python', async () => {
  const python = defineFunction('ticket-python', {}, { runtime: 'python3.13', handler: 'open_ticket.handler' });
  expect(await call({ ...python, codeDir: resolve('test/interop/guides/python') })).toEqual(ticket);
});

test('Python with debugpy, on the port of the runner', async () => {
  const codeDir = mkdtempSync(join(tmpdir(), 'debugged-'));
  cpSync('test/interop/guides/python/debugged.py', join(codeDir, 'debugged.py'));
  writeFileSync(join(codeDir, 'debugpy.py'), 'def listen(address):\n    print("listens on", address)\n');
  const python = defineFunction('debugged', {}, { runtime: 'python3.13', handler: 'debugged.handler' });
  expect(await call({ ...python, codeDir })).toEqual({ debugged: false });
  expect(await call({ ...python, name: 'debugged-2', codeDir, debugPort: 5678 })).toEqual({ debugged: true });
  expect(service.logs.map(({ text }) => text).join('\n')).toContain("listens on ('127.0.0.1', 5678)");
});

test('Java', async () => {
  const java = defineFunction('ticket-java', {}, { runtime: 'java21', handler: 'guides.OpenTicket' });
  expect(await call({ ...java, codeDir: compile('test/interop/guides/java') })).toEqual(ticket);
});

test('Go', async () => {
  const program = join(mkdtempSync(join(tmpdir(), 'go-')), 'bootstrap');
  execFileSync('go', ['build', '-o', program, '.'], { cwd: 'test/interop/guides/go', stdio: 'inherit' });
  expect(await invokeProgram(program, { title: ticket.title })).toEqual(ticket);
  expect(await invokeProgram(program, {})).toMatchObject({ errorMessage: 'title is required' });
});

/** Runs a program with its own runtime (`provided.al2023`) and returns its response to one event. */
async function invokeProgram(program: string, event: object): Promise<unknown> {
  let respond!: (body: unknown) => void;
  const result = new Promise<unknown>((resolve) => {
    respond = resolve;
  });
  let delivered = false;
  const api = createServer(async (request, response) => {
    if (request.url?.endsWith('/invocation/next')) {
      if (delivered) return; // a long poll without an end
      delivered = true;
      response.writeHead(200, {
        'lambda-runtime-aws-request-id': '1',
        'lambda-runtime-deadline-ms': String(Date.now() + 60_000),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:ticket-go',
        'lambda-runtime-client-context': JSON.stringify({ custom }),
      });
      response.end(JSON.stringify(event));
      return;
    }
    respond(JSON.parse((await readBody(request)).toString()));
    response.writeHead(202).end();
  });
  await once(api.listen(0, '127.0.0.1'), 'listening');
  const { port } = api.address() as AddressInfo;
  const running = spawn(program, { env: { ...process.env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` } });
  try {
    return await result;
  } finally {
    running.kill();
    api.closeAllConnections();
    api.close();
  }
}
