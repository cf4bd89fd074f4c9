import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FunctionDefinition } from '../../../local/services/lambda/function.js';
import { handlerProblem } from '../../../local/services/lambda/handler-file.js';
import { missingSdkNotice, missingSdkPackages } from '../../../local/services/lambda/missing-sdk.js';
import { startSourceApp } from '../support/source-app.js';
import { defineFunction } from './support.js';

const problem = (
  handler: string,
  runtime: string,
  files: Record<string, string>,
  more: Partial<FunctionDefinition> = {},
) => handlerProblem(defineFunction('f', files, { handler, runtime, ...more }));

describe('a handler', () => {
  it.each([
    ['nodejs24.x', 'index.handler', { 'index.mjs': 'export const handler = 1' }],
    ['nodejs24.x', 'src/app.nested.handler', { 'src/app.cjs': 'exports.nested = { handler() {} }' }],
    ['nodejs24.x', 'index.handler', { 'index.js': "module.exports = require('./main')", 'main.js': '' }],
    ['nodejs24.x', 'index.handler', { 'index.mjs': "export * from './main.mjs'", 'main.mjs': '' }],
    ['nodejs24.x', 'wrapper.handler', { 'node_modules/wrapper/index.js': '' }],
    ['nodejs24.x', '/opt/nodejs/wrapper.handler', { 'index.mjs': '' }],
    ['python3.13', 'app.handler', { 'app.py': 'def handler(event, context): pass' }],
    ['python3.13', 'pkg/app.handler', { 'pkg/app.py': 'from other import handler' }],
    ['python3.13', 'pkg.handler', { 'pkg/__init__.py': 'from .app import *', 'pkg/app.py': '' }],
    ['python3.13', 'app.handler', { 'app.cpython-313-x86_64-linux-gnu.so': '' }],
    ['java21', 'shop.Stock::handle', { 'shop/Stock.class': '' }],
    ['java21', 'shop.Stock', { 'lib/shop.jar': 'PK..shop/Stock.class..' }],
    ['java21', 'shop.Stock.Inner', { 'shop/Stock$Inner.class': '' }],
    ['provided.al2023', 'bootstrap', {}],
  ])('is accepted with runtime %s: %s', (runtime, handler, files) => {
    expect(problem(handler, runtime, files)).toBeUndefined();
  });

  it.each([
    [
      'nodejs24.x',
      'src/index.handler',
      { 'index.mjs': '', 'lib/names.mjs': '', 'node_modules/a/index.js': '' },
      'its handler src/index.handler needs src/index.js, src/index.mjs or src/index.cjs, but its code has index.mjs, lib/names.mjs',
    ],
    [
      'nodejs24.x',
      'index.handler',
      { 'index.ts': '' },
      'its handler index.handler needs index.js, index.mjs or index.cjs, but its code has index.ts: compile it, or use NodejsFunction',
    ],
    [
      'nodejs24.x',
      'handler',
      { 'index.mjs': '' },
      'its handler handler must have the form <file without extension>.<export>',
    ],
    [
      'nodejs24.x',
      'index.handlr',
      { 'index.mjs': 'export const handler = 1;\nexport async function other() {}' },
      'its handler index.handlr needs the export handlr of index.mjs, which exports handler, other',
    ],
    ['python3.13', 'handler', {}, 'its handler handler must have the form <module>.<function>'],
    [
      'python3.13',
      'src.app.handler',
      { 'app.py': '' },
      'its handler src.app.handler needs src/app.py, but its code has app.py',
    ],
    [
      'python3.13',
      'app.lambda_handler',
      { 'app.py': 'def handler(event, context):\n    pass' },
      'its handler app.lambda_handler needs the function lambda_handler of app.py, which defines handler',
    ],
    [
      'java21',
      'shop.Stocks::handle',
      { 'shop/Stock.class': '', 'lib/other.jar': '' },
      'its handler shop.Stocks::handle needs shop/Stocks.class, but its code has lib/other.jar, shop/Stock.class',
    ],
    [
      'nodejs24.x',
      'index.handler',
      {},
      'its handler index.handler needs index.js, index.mjs or index.cjs, but its code is empty',
    ],
  ])('is refused with runtime %s: %s', (runtime, handler, files, text) => {
    expect(problem(handler, runtime, files)).toBe(text);
  });

  it('can be in a layer', () => {
    expect(problem('index.handler', 'nodejs24.x', {}, { missingLayers: ['arn'] })).toBeUndefined();
  });
});

it('packages of the AWS SDK that are not installed are found in the imports of a function', () => {
  const definition = defineFunction('f', {
    'index.mjs': `import { S3Client } from '@aws-sdk/client-s3';\nimport "@aws-sdk/client-sqs";`,
    'lib/a.cjs': `const ddb = require('@aws-sdk/lib-dynamodb'); const sns = import("@aws-sdk/client-sns");`,
    'node_modules/a/index.js': `require('@aws-sdk/client-sts')`,
    'node_modules/@aws-sdk/client-sns/package.json': '{}',
  });
  mkdirSync(join(definition.codeDir, 'app/@aws-sdk/client-sqs'), { recursive: true });
  const nodeModules = join(definition.codeDir, 'app');
  expect(missingSdkPackages({ ...definition, nodeModules })).toEqual(['@aws-sdk/client-s3', '@aws-sdk/lib-dynamodb']);
  expect(missingSdkNotice(['@aws-sdk/client-s3', '@aws-sdk/lib-dynamodb'])).toBe(
    'imports @aws-sdk/client-s3, @aws-sdk/lib-dynamodb, which are part of the Lambda runtime but not installed here: npm install --save-dev @aws-sdk/client-s3 @aws-sdk/lib-dynamodb',
  );
});

it('the start of the runner names functions with a wrong handler, and packages to install', async () => {
  await using app = await startSourceApp(`fn('Stock', 'stock', { handler: 'main.handler' }); fn('Prices', 'prices');`, {
    'app/stock/index.mjs': '',
    'app/prices/index.mjs': `import '@aws-sdk/client-iot'; export const handler = async () => 1;`,
  });
  const reason = 'its handler main.handler needs main.js, main.mjs or main.cjs, but its code has index.mjs';
  expect(app.notices).toEqual([
    `Shop/Stock fails when it is called, on AWS too: ${reason}`,
    'Shop/Prices imports @aws-sdk/client-iot, which is part of the Lambda runtime but not installed here: npm install --save-dev @aws-sdk/client-iot',
  ]);
  expect([...app.runner.unavailable]).toEqual([[reason, ['Shop/Stock']]]);
});
