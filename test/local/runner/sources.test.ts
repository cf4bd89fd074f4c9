import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSourceApp } from '../support/source-app.js';

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
