import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBody } from '../../../local/services/forward.js';
import { processEnvironment } from '../../../local/services/lambda/process-environment.js';
import { defineFunction, startLambda, type TestLambda } from './support.js';

/** Creates the directory of a layer from files by path. */
function layer(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'layer-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  return directory;
}

describe('layers', () => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda('shared');
  });
  afterAll(() => lambda.stop());
  const call = async (name: string) => {
    const { body } = await lambda.service.invoke(name, Buffer.from('{}'));
    return JSON.parse((await readBody(body)).toString());
  };
  const greeting = layer({
    'nodejs/node_modules/greeting/index.js': "exports.greet = () => 'hello';",
    'nodejs/node24/node_modules/version/index.js': 'module.exports = 24;',
    'bin/tool': '#!/bin/sh\necho run\n',
  });

  it('provide modules to require and import', async () => {
    lambda.define(
      'cjs',
      { 'index.js': "exports.handler = async () => require('greeting').greet();" },
      { layersDir: greeting },
    );
    expect(await call('cjs')).toBe('hello');
    const source =
      "import { greet } from 'greeting'; import version from 'version'; export const handler = async () => greet() + version;";
    lambda.define('esm', source, { layersDir: greeting });
    expect(await call('esm')).toBe('hello24');
  });

  it('are on the search paths of each runtime', () => {
    const environment = (runtime: string) =>
      processEnvironment(defineFunction('f', '', { runtime, layersDir: '/layers' }), {
        runtimeApi: 'x',
        region: 'us-east-1',
        concurrency: 1,
      });
    expect(environment('python3.12').PYTHONPATH).toBe(
      ['/layers/python', '/layers/python/lib/python3.12/site-packages'].join(delimiter),
    );
    expect(environment('nodejs22.x').NODE_PATH).toBe(
      ['/layers/nodejs/node22/node_modules', '/layers/nodejs/node_modules'].join(delimiter),
    );
    expect(environment('nodejs22.x').PATH).toMatch(/^\/layers\/bin[:;]/);
  });

  it('are named in the errors and logs of a function that runs without them', async () => {
    const missingLayers = ['arn:aws:lambda:us-east-1:111122223333:layer:shared:7'];
    lambda.define('without', "import 'greeting'; export const handler = async () => 1;", { missingLayers });
    expect((await call('without')).errorMessage).toMatch(
      /Cannot find package 'greeting'.*\(the function runs without its layers arn:aws:lambda:us-east-1:111122223333:layer:shared:7, which are not part of the app\)$/s,
    );
    lambda.define('throws', "export const handler = async () => { throw new Error('no'); };", { missingLayers });
    await call('throws');
    expect(lambda.logs.map(({ text }) => text)).toContain(
      `failed without its layers ${missingLayers[0]}, which are not part of the app`,
    );
  });
});
