import { describe, expect, it } from 'vitest';
import { implementationOf } from '../../../local/services/lambda/implementations.js';
import { defineFunction } from './support.js';

const implementation = (files: Record<string, string>, handler = '') => {
  const { codeDir } = defineFunction('stock', files);
  return implementationOf('--function stock=.', `.${handler}`, codeDir, '/commands');
};

describe('the directory of --function', () => {
  it.each([
    ['index.mjs', '', 'index.handler', 'nodejs22.x'],
    ['index.cjs', '', 'index.handler', 'nodejs22.x'],
    ['lambda_function.py', '', 'lambda_function.lambda_handler', 'python3.13'],
    ['index.py', '', 'index.handler', 'python3.13'],
    ['bootstrap', '', 'bootstrap', 'provided.al2023'],
    ['src/app.js', '#src/app.handler', 'src/app.handler', 'nodejs22.x'],
    ['shop/stock.py', '#shop.stock.handler', 'shop.stock.handler', 'python3.13'],
    ['shop/Stock.class', '#shop.Stock', 'shop.Stock', 'java21'],
    ['lib/stock.jar', '#shop.Stock', 'shop.Stock', 'java21'],
    ['lib/stock.jar', '#shop.Stock::handle', 'shop.Stock::handle', 'java21'],
  ])('with %s and %j has the handler %s in %s', (file, name, handler, runtime) => {
    expect(implementation({ [file]: '' }, name)).toMatchObject({ handler, runtime, isSource: true, environment: {} });
  });

  it('has environment variables in .env', () => {
    expect(implementation({ 'index.js': '', '.env': 'A=1\n# none\nB="two words"\n' }).environment).toEqual({
      A: '1',
      B: 'two words',
    });
  });
});

it('a command of --function is kept as it is', () => {
  expect(implementationOf('--function stock=…', 'python stock.py #1', '/app', '/commands')).toEqual({
    handler: 'command-function.handler',
    runtime: 'nodejs24.x',
    codeDir: '/commands',
    environment: { LOCAL_COMMAND: 'python stock.py #1', LOCAL_COMMAND_DIRECTORY: '/app' },
  });
});
