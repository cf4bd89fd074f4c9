import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBody } from '../../local/services/forward.js';
import { arnOf, defineFunction, startLambda, type TestLambda } from '../local/lambda/support.js';
import { compile } from './support/java';
import { venv } from './support/venv';

const python = {
  runtime: 'python3.13',
  codeDir: resolve('test/interop/functions/python'),
  handlerOf: (name: string) => `app.${name}`,
};
const java = { runtime: 'java21', codeDir: '', handlerOf: (name: string) => `fixture.Functions::${name}` };

let lambda: TestLambda;
beforeAll(async () => {
  java.codeDir = compile('test/interop/functions/java');
  lambda = await startLambda('shared', { env: { ...process.env, VIRTUAL_ENV: resolve(venv('functions'), '..') } });
});
afterAll(() => lambda.stop());

const call = async (name: string, event: unknown = {}, clientContext?: object) => {
  const options = clientContext && {
    clientContext: Buffer.from(JSON.stringify(clientContext)).toString('base64'),
  };
  const { body } = await lambda.service.invoke(name, Buffer.from(JSON.stringify(event)), options);
  return JSON.parse((await readBody(body)).toString());
};

describe.each([
  ['Python', python],
  ['Java', java],
])('a function in %s', (language, { runtime, handlerOf, ...rest }) => {
  const define = (name: string, more = {}) => {
    const definition = defineFunction(
      `${language}-${name}`,
      {},
      { runtime, handler: handlerOf(name), ...rest, ...more },
    );
    lambda.service.define({ ...definition, codeDir: language === 'Java' ? java.codeDir : rest.codeDir, ...more });
    return definition.name;
  };

  test('gets its event and context, and answers', async () => {
    const name = define('echo');
    const custom = { mcpName: 'größe 👋', mcpPrincipal: 'you' };
    const seen = await call(name, { text: 'grüß dich 👋', n: [1, null] }, { custom });
    expect(seen).toMatchObject({ event: { text: 'grüß dich 👋', n: [1, null] }, custom, arn: arnOf(name), calls: 1 });
  });
});
