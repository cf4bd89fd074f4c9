/** The build steps of docs/guides/schemas.md write the schemas that it quotes, and its functions take what they describe. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBody } from '../../local/services/forward.js';
import { defineFunction, startLambda, type TestLambda } from '../local/lambda/support.js';
import { classPath, compile } from './support/java';
import { venv } from './support/venv';

const GUIDE = 'test/interop/guides/schemas';
const python = venv('schemas', 'test/interop/requirements/functions.txt', 'test/interop/requirements/schemas.txt');

/** What a generator writes into an empty directory `schemas`. */
function written(generator: string, run: (directory: string) => void): string {
  const directory = mkdtempSync(join(tmpdir(), `${generator}-`));
  mkdirSync(join(directory, 'schemas'));
  run(directory);
  return readFileSync(join(directory, 'schemas', 'place-order.json'), 'utf8');
}
const quoted = (generator: string) => readFileSync(`docs/guides/schemas/${generator}.json`, 'utf8');

test('Pydantic', () => {
  const schema = written('pydantic', (cwd) =>
    execFileSync(join(python, 'python'), [resolve(GUIDE, 'pydantic', 'schemas.py')], { cwd }),
  );
  expect(schema).toBe(quoted('pydantic'));
});

test('Java', () => {
  const project = join(GUIDE, 'java');
  const classes = `${compile(project)}:${classPath(project)}`;
  const schema = written('java', (cwd) => execFileSync('java', ['-cp', classes, 'orders.Schemas'], { cwd }));
  expect(schema).toBe(quoted('java'));
});

let service: TestLambda;
beforeAll(async () => {
  service = await startLambda('shared', { env: { ...process.env, VIRTUAL_ENV: resolve(python, '..') } });
});
afterAll(() => service?.stop());

async function call(definition: ReturnType<typeof defineFunction>): Promise<unknown> {
  service.service.define(definition);
  const order = { customer: 'C-1001', lines: [{ sku: 'LAMP-7' }, { sku: 'DESK-2', pieces: 2 }] };
  const { body } = await service.service.invoke(definition.name, Buffer.from(JSON.stringify(order)), {});
  return JSON.parse((await readBody(body)).toString());
}

test('a function in Python that parses its event with the model has the defaults', async () => {
  const definition = defineFunction('order-python', {}, { runtime: 'python3.13', handler: 'place_order.handler' });
  expect(await call({ ...definition, codeDir: resolve(GUIDE, 'pydantic') })).toEqual({ customer: 'C-1001', pieces: 3 });
});

test('a function in Java that takes the class has the defaults', async () => {
  const definition = defineFunction('order-java', {}, { runtime: 'java21', handler: 'orders.PlaceOrderHandler' });
  expect(await call({ ...definition, codeDir: compile(`${GUIDE}/java`) })).toEqual({ customer: 'C-1001', pieces: 3 });
});
