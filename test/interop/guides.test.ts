/** The functions that docs/guides/write-a-tool.md quotes, under their languages' own runtime clients. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
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

test('Java', async () => {
  const java = defineFunction('ticket-java', {}, { runtime: 'java21', handler: 'guides.OpenTicket' });
  expect(await call({ ...java, codeDir: compile('test/interop/guides/java') })).toEqual(ticket);
});

test('Go', async () => {
  const program = join(mkdtempSync(join(tmpdir(), 'go-')), 'bootstrap');
  execFileSync('go', ['build', '-o', program, '.'], { cwd: 'test/interop/guides/go', stdio: 'inherit' });
  expect(await underRuntimeApi(program, { title: ticket.title })).toEqual(ticket);
  expect(await underRuntimeApi(program, {})).toMatchObject({ errorMessage: 'a ticket takes a title' });
});

/** What a program that is its own runtime (`provided.al2023`) answers to one event. */
async function underRuntimeApi(program: string, event: object): Promise<unknown> {
  let answered!: (body: unknown) => void;
  const answer = new Promise<unknown>((done) => {
    answered = done;
  });
  let given = false;
  const api = createServer(async (request, response) => {
    if (request.url?.endsWith('/invocation/next')) {
      if (given) return; // a long poll, for ever
      given = true;
      response.writeHead(200, {
        'lambda-runtime-aws-request-id': '1',
        'lambda-runtime-deadline-ms': String(Date.now() + 60_000),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:ticket-go',
        'lambda-runtime-client-context': JSON.stringify({ custom }),
      });
      response.end(JSON.stringify(event));
      return;
    }
    answered(JSON.parse((await readBody(request)).toString()));
    response.writeHead(202).end();
  });
  await once(api.listen(0, '127.0.0.1'), 'listening');
  const { port } = api.address() as AddressInfo;
  const running = spawn(program, { env: { ...process.env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` } });
  try {
    return await answer;
  } finally {
    running.kill();
    api.closeAllConnections();
    api.close();
  }
}
