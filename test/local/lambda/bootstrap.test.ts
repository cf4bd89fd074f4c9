import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBody } from '../../../local/services/forward.js';
import { defineFunction, startLambda, type TestLambda } from './support.js';

/** A custom runtime in Node.js, so that the test needs no compiler. */
const BOOTSTRAP = `#!${process.execPath}
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
(async () => {
  for (;;) {
    const next = await fetch(api + 'next');
    const event = await next.json();
    const body = JSON.stringify({ handler: process.env._HANDLER, event });
    await fetch(api + next.headers.get('lambda-runtime-aws-request-id') + '/response', { method: 'POST', body });
  }
})();
`;
/** Returns the start of an ELF program for a processor: 62 is x86-64, 183 is ARM64. */
function elf(machine: number): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 'latin1');
  head.writeUInt16LE(machine, 18);
  return head;
}

describe('a function with its own runtime', () => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda('shared');
  });
  afterAll(() => lambda.stop());
  const define = (bootstrap: string | Buffer, runtime: string) => {
    const definition = defineFunction('own', {}, { runtime });
    writeFileSync(join(definition.codeDir, 'bootstrap'), bootstrap);
    chmodSync(join(definition.codeDir, 'bootstrap'), 0o755);
    lambda.service.define(definition);
  };
  const foreign = process.arch === 'x64' ? 183 : 62;

  it.each(['provided.al2023', 'dotnet8'])('runs with the runtime %s', async (runtime) => {
    define(BOOTSTRAP, runtime);
    expect(await lambda.service.check('own')).toEqual({ notice: undefined });
    const { body } = await lambda.service.invoke('own', Buffer.from('{"a":1}'));
    expect(JSON.parse((await readBody(body)).toString())).toEqual({ handler: 'index.handler', event: { a: 1 } });
  });

  it.each([
    [
      elf(foreign),
      /^runtime provided\.al2023: its bootstrap is built for (x86_64|arm64), this machine is \w+: build it/,
    ],
    ['text', /its bootstrap is neither a Linux program nor a script$/],
  ])('is reported if the program does not run on this machine', async (bootstrap, problem) => {
    define(bootstrap, 'provided.al2023');
    expect((await lambda.service.check('own')).problem).toMatch(problem);
  });
});
