import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { oneStack, runApp } from '../support/running.js';
import { startSourceApp } from '../support/source-app.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const answering = (text: string) => `export const handler = async () => ${JSON.stringify(text)};`;

describe('code that is not bundled', () => {
  it('runs from its source directory, and errors have its paths', async () => {
    await using app = await startSourceApp(`fn('Stock', 'stock');`, {
      'app/stock/index.mjs': `import { check } from './check.mjs';\nexport const handler = async () => check();`,
      'app/stock/check.mjs': `export function check() {\n  throw new RangeError('no stock');\n}`,
    });
    const file = join(app.directory, 'app', 'stock', 'check.mjs');
    const { errorType, errorMessage, trace } = await app.invoke('Stock');
    expect([errorType, errorMessage]).toEqual(['RangeError', 'no stock']);
    expect(trace[1]).toContain(`at check (file://${file}:2:9)`);
    expect(readdirSync(join(app.directory, 'app', 'stock')).sort()).toEqual(['check.mjs', 'index.mjs']);
  });

  it('is replaced without a synthesis when only it has changed', async () => {
    await using app = await startSourceApp(
      `fn('Stock', 'stock'); fn('Prices', '../shared/prices');`,
      {
        'app/stock/index.mjs': answering('one'),
        'app/stock/names.json': '{}',
        'shared/prices/index.mjs': answering('cheap'),
      },
      { watch: true },
    );
    expect([await app.invoke('Stock'), await app.invoke('Prices')]).toEqual(['one', 'cheap']);
    app.write('app/stock/index.mjs', answering('two'));
    await expect.poll(() => app.notices).toEqual(['updated Shop/Stock (code)']);
    expect(await app.invoke('Stock')).toBe('two');
    app.write('shared/prices/index.mjs', answering('expensive')); // outside the directory of the app
    await expect.poll(() => app.notices).toEqual(['updated Shop/Stock (code)', 'updated Shop/Prices (code)']);
    expect(await app.invoke('Prices')).toBe('expensive');
    expect(app.syntheses).toBe(1);
    app.write('app/stock/names.json', '{"a":1}'); // the app can read it, too
    await expect.poll(() => app.notices.length).toBe(3);
    expect(app.notices[2]).toMatch(/^updated (Shop\/Prices, Shop\/Stock|Shop\/Stock, Shop\/Prices) \(code\)$/);
    expect(app.syntheses).toBe(2);
  });
});

it('bundled code is synthesised again, and errors have the paths of its source map', async () => {
  const prices = (text: string) =>
    `interface Article { id: string }\n\nexport const handler = async ({ id }: Article) => {\n  throw new RangeError('${text} ' + id);\n};`;
  await using app = await startSourceApp(
    `const { NodejsFunction } = packages('aws-cdk-lib/aws-lambda-nodejs');
     const { existsSync, symlinkSync } = require('node:fs');
     const root = require('node:path').dirname(__dirname);
     if (!existsSync(root + '/node_modules')) symlinkSync(${JSON.stringify(resolve('node_modules'))}, root + '/node_modules');
     new NodejsFunction(stack, 'Prices', { entry: root + '/app/prices.ts', projectRoot: root, depsLockFilePath: root + '/package-lock.json',
       runtime: lambda.Runtime.NODEJS_24_X, bundling: { sourceMap: true } });`,
    { 'package-lock.json': '{}', 'app/prices.ts': prices('one') },
    { watch: true },
  );
  const file = join(app.directory, 'app', 'prices.ts');
  const { errorMessage, trace } = await app.invoke('Prices', { id: 'LAMP-7' });
  expect(errorMessage).toBe('one LAMP-7');
  expect(trace[1]).toContain(`${file}:4:9`);
  app.write('app/prices.ts', prices('two'));
  await expect.poll(() => app.notices).toContain('updated Shop/Prices (code)');
  expect((await app.invoke('Prices', { id: 'LAMP-7' })).errorMessage).toBe('two LAMP-7');
  expect(app.syntheses).toBe(2);
});

it('the paths of a finished cloud assembly are explained with the first error', async () => {
  const code = { 'index.mjs': `export const handler = async () => {\n  throw new RangeError('no stock');\n};` };
  const resources = { Role: role(), Function: lambdaFunction('Role', 'stock'), ...restApi('Api', 'Function') };
  const app = await runApp(
    oneStack(resources, {
      assets: { stock: code },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
      outputs: { Url: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod/hello' } },
    }),
  );
  const { directory } = app.assembly;
  const explained = `paths in ${directory} are those of assets: pass the app's command as --app for paths of the sources`;
  expect(app.notices).not.toContain(explained);
  for (let calls = 0; calls < 2; calls++) await fetch(String(app.runner.outputs.Test.Url));
  await expect.poll(() => app.notices.filter((text) => text === explained)).toHaveLength(1);
  await app.stop();
});

describe('the update of an app', () => {
  it('names the resources that change', async () => {
    const stack = (timeout: number, extra = '') =>
      `const { Duration } = packages('aws-cdk-lib'); fn('Stock', 'stock', { timeout: Duration.seconds(${timeout}) }); ${extra}`;
    await using app = await startSourceApp(stack(3), { 'app/stock/index.mjs': answering('one') }, { watch: true });
    const main = app.mainWith(stack(4, `fn('Prices', 'stock');`));
    app.write('app/main.cjs', main);
    await expect
      .poll(() => app.notices)
      .toEqual(['updated Shop/Stock (timeout)', 'added Shop/Prices/ServiceRole, Shop/Prices']);
    app.write('app/main.cjs', `${main}\n// a comment`);
    await expect.poll(() => app.notices[2]).toBe('updated: the resources of the app are unchanged');
  });
});
