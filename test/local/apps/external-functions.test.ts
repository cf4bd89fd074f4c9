import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { McpTool } from '../../../src';
import { runCdkApp, serve } from './support.js';

const ARN = 'arn:aws:lambda:us-east-1:111122223333:function:stock';

/** Creates a directory. */
function folder(files: Record<string, string>): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'external-')));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  return directory;
}

/** An app whose tool is a function of another account. */
const shop = (app: App) => {
  const stack = new Stack(app, 'Shop');
  serve(stack, { stock: lambda.Function.fromFunctionArn(stack, 'Stock', ARN) });
};
const REMEDY = 'pass --function stock=<directory or command> to run it here, or --passthrough lambda to call it on AWS';

describe('a function that the app knows by its ARN only', () => {
  it('is named at start and when it is called', async () => {
    await using app = await runCdkApp(shop);
    expect(app.runner.notRun).toContainEqual({
      path: ARN,
      type: 'AWS::Lambda::Function',
      reason: 'it is not part of the app, which knows only its ARN',
      remedy: REMEDY,
    });
    expect(await app.call('stock')).toBe('error: the function cannot be invoked (ResourceNotFoundException)');
    expect(app.notices).toContain(
      `${ARN} cannot be invoked: it is not part of the app, which knows only its ARN; ${REMEDY}`,
    );
  });

  it.each([
    ['its name', 'stock'],
    ['its ARN', ARN],
  ])('runs from a directory that --function gives for %s', async (_, key) => {
    const directory = folder({
      'index.mjs': `export const handler = async ({ id }, { invokedFunctionArn }) => [id, invokedFunctionArn, process.env.TABLE];`,
      '.env': '# of the deployed function\nTABLE="stock table"',
    });
    await using app = await runCdkApp(shop, { implementations: { [key]: directory } });
    expect(app.runner.notRun.filter(({ path }) => path === ARN)).toEqual([]);
    expect(app.notices).toContain(`${ARN} runs here: index.handler in ${directory}`);
    expect(app.runner.registrations).toMatchObject([{ name: 'stock', functionPath: ARN, runtime: 'nodejs22.x' }]);
    expect(await app.call('stock', { id: 7 })).toBe(`[7,"${ARN}","stock table"]`);
  });

  it('runs with a handler that --function names', async () => {
    const directory = folder({ 'src/app.cjs': `exports.main = async () => 'named';` });
    await using app = await runCdkApp(shop, { implementations: { stock: `${directory}#src/app.main` } });
    expect(await app.call('stock')).toBe('named');
  });

  it('runs as a command that reads the event and writes the response', async () => {
    const directory = folder({
      'stock.cjs': `
        const event = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
        console.error('looking up', event.id);
        if (event.id === 0) throw new RangeError('no article 0');
        if (event.id === 1) process.exit(3);
        console.log(event.id === 2 ? 'plain text' : JSON.stringify({ left: event.id, cwd: process.cwd() }));`,
    });
    await using app = await runCdkApp(shop, {
      implementations: { stock: `"${process.execPath}" stock.cjs` },
      cwd: directory,
    });
    expect(await app.call('stock', { id: 5 })).toBe(JSON.stringify({ left: 5, cwd: directory }));
    expect(await app.call('stock', { id: 2 })).toBe('plain text');
    expect(await app.call('stock', { id: 0 })).toBe('error: RangeError: no article 0');
    expect(await app.call('stock', { id: 1 })).toMatch(/^error: Error: .* failed \(exit code 3\): looking up 1$/);
    expect(app.runner.logs).toContainEqual(expect.objectContaining({ text: 'looking up 5', tool: 'stock' }));
  });

  it('requires the permission to be invoked', async () => {
    const directory = folder({ 'index.mjs': 'export const handler = async () => 1;' });
    await using app = await runCdkApp(shop, {
      implementations: { stock: directory },
      modifyTemplate: ({ Resources, ...template }) => {
        const without = (text: string) => text.replaceAll(ARN, ARN.replace('stock', 'other'));
        const changed = Object.entries(Resources).map(([id, each]) => [
          id,
          each.Type.startsWith('AWS::IAM::') ? JSON.parse(without(JSON.stringify(each))) : each,
        ]);
        return { ...template, Resources: Object.fromEntries(changed) };
      },
    });
    expect(await app.call('stock')).toContain('AccessDenied');
  });

  it.each([
    ['./missing', '/missing does not exist'],
    [
      '.',
      'has none of index.mjs, index.js, index.cjs, lambda_function.py, index.py and bootstrap: name the handler, as in <directory>#src/app.handler',
    ],
  ])('is refused with %s in place of code', async (value, message) => {
    const cwd = folder({ 'main.go': '' });
    await expect(runCdkApp(shop, { implementations: { stock: value }, cwd })).rejects.toThrow(
      new RegExp(`^--function stock=${value.replace('.', '\\.')}: ${cwd}.*${message}`),
    );
  });

  it('runs if its own policy permits the server to invoke it, as for a tool of another stack', async () => {
    const directory = folder({ 'index.mjs': `export const handler = async () => 'permitted';` });
    const env = { account: '111122223333', region: 'us-east-1' };
    await using app = await runCdkApp(
      (cdk) => {
        const server = serve(new Stack(cdk, 'Shop', { env }), {});
        const stack = new Stack(cdk, 'Stock', { env });
        const handler = lambda.Function.fromFunctionArn(stack, 'Stock', `${ARN}:live`);
        new McpTool(stack, 'Tool', { server, handler, name: 'stock' });
      },
      { implementations: { stock: directory } },
    );
    expect(app.runner.functionPolicy(`${ARN}:live`)).toHaveLength(1);
    expect(await app.call('stock')).toBe('permitted');
  });

  it('can be in another region, which the error about it names', async () => {
    const elsewhere = ARN.replace('us-east-1', 'eu-west-1');
    const define = (app: App) => {
      const stack = new Stack(app, 'Shop');
      serve(stack, { stock: lambda.Function.fromFunctionArn(stack, 'Stock', elsewhere) });
    };
    await expect(runCdkApp(define)).rejects.toThrow(
      'this server can only invoke functions in us-east-1 (aws); set the region of the stack, or CDK_DEFAULT_REGION=eu-west-1 if it has none',
    );
    vi.stubEnv('CDK_DEFAULT_REGION', 'eu-west-1');
    const directory = folder({ 'index.mjs': 'export const handler = async () => process.env.AWS_REGION;' });
    await using app = await runCdkApp(define, { implementations: { stock: directory } });
    vi.unstubAllEnvs();
    expect(await app.call('stock')).toBe('eu-west-1');
  });

  it('is named if no tool has it', async () => {
    const directory = folder({ 'index.mjs': 'export const handler = async () => 1;' });
    await using app = await runCdkApp(shop, { implementations: { stck: directory } });
    expect(app.notices).toContain(
      '--function stck: no tool, resource or prompt of the app has a function with this ARN or name yet',
    );
  });
});

describe('--passthrough lambda', () => {
  it('sends calls of functions known by ARN to AWS, and others not', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'AKIADEVELOPER';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    await using app = await runCdkApp(
      (cdk) => {
        const stack = new Stack(cdk, 'Shop', { env: { region: 'us-nowhere-1' } });
        const code = lambda.Code.fromInline(`exports.handler = async () => 'here';`);
        serve(stack, {
          own: new lambda.Function(stack, 'Own', {
            runtime: lambda.Runtime.NODEJS_22_X,
            handler: 'index.handler',
            code,
          }),
          stock: lambda.Function.fromFunctionArn(stack, 'Stock', ARN.replace('us-east-1', 'us-nowhere-1')),
        });
      },
      { passthrough: { services: ['lambda'] } },
    );
    expect(await app.call('own')).toBe('here');
    expect(app.runner.registrations.map(({ runtime }) => runtime)).toEqual(['nodejs22.x', 'on AWS']);
    expect(app.notices).toContain(`${ARN.replace('us-east-1', 'us-nowhere-1')} is called on AWS`);
    expect(await app.call('stock')).toMatch(/^error: /);
    expect(app.notices.at(-1)).toContain('cannot connect to lambda.us-nowhere-1.amazonaws.com');
  });
});
