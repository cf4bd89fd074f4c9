import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NestedStack, Stack, Stage } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { readAssembly, readTemplate } from '../../../local/assembly/manifest.js';
import { returning, runCdkApp, serve } from './support.js';

const READ = `new (require('@aws-sdk/client-dynamodb').DynamoDB)().getItem({ TableName: process.env.TABLE, Key: { pk: { S: 'a' } } })
  .then(({ Item }) => Item ?? 'no item')`;

describe('the stacks of an app', () => {
  it('can be nested, in any depth and with references in both directions', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const table = new dynamodb.TableV2(stack, 'Table', {
        partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      });
      const outer = new NestedStack(stack, 'Outer');
      const inner = new NestedStack(outer, 'Inner');
      const read = returning(inner, 'Read', READ, { environment: { TABLE: table.tableName } });
      table.grantReadData(read);
      const denied = returning(outer, 'Denied', READ, { environment: { TABLE: table.tableName } });
      const url = read.addFunctionUrl();
      const reader = returning(stack, 'Url', 'process.env.URL', { environment: { URL: url.url } });
      serve(stack, { read, denied, reader });
    });
    expect(await app.call('read')).toBe('no item');
    expect(await app.call('denied')).toMatch(/^error: .*is not authorized to perform: dynamodb:GetItem/s);
    expect(await app.call('reader')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(app.runner.registrations.map(({ name, functionPath }) => [name, functionPath])).toEqual([
      ['read', 'Shop/Outer/Inner/Read'],
      ['denied', 'Shop/Outer/Denied'],
      ['reader', 'Shop/Url'],
    ]);
    expect(app.runner.otherApis.map(({ name }) => name)).toEqual(['Shop/Outer/Inner/Read']);
    expect(app.progress).toHaveLength(1);
    await app.runner.destroy();
    expect(app.runner.functions).toEqual([]);
  });

  it('are those of the environment with the MCP server; others are named, and --stack chooses them', async () => {
    const account = '111122223333';
    const define: Parameters<typeof runCdkApp>[0] = (cdk) => {
      const irish = new Stack(cdk, 'Irish', { env: { account, region: 'eu-west-1' } });
      returning(irish, 'Only', "'irish'");
      const shared = new Stack(cdk, 'Shared', { env: { region: 'us-west-2' } });
      const hello = returning(shared, 'Hello', 'process.env.AWS_REGION', { functionName: 'hello' });
      const stack = new Stack(cdk, 'Shop', { env: { account, region: 'us-west-2' } });
      serve(stack, { hello: lambda.Function.fromFunctionArn(stack, 'Fn', hello.functionArn) });
      stack.addDependency(shared);
    };
    await using app = await runCdkApp(define);
    expect(await app.call('hello')).toBe('us-west-2');
    expect(app.runner.skippedStacks).toEqual([{ name: 'Irish', environment: `aws://${account}/eu-west-1` }]);

    await using irish = await runCdkApp(define, { stacks: ['Irish'] });
    expect(irish.runner.servers).toEqual([]);
    expect(irish.runner.functions.map(({ arn }) => arn)).toEqual([
      expect.stringContaining(`eu-west-1:${account}:function:Irish-Only`),
    ]);
  });

  it('can be in a stage, whose assembly and templates run by themselves', async () => {
    let directory = '';
    const define: Parameters<typeof runCdkApp>[0] = (cdk) => {
      const stack = new Stack(new Stage(cdk, 'Prod'), 'Shop');
      const code = lambda.Code.fromAsset('test/e2e/app');
      serve(stack, { echo: returning(stack, 'Echo', '', { code, handler: 'functions.echo' }) });
      directory = `${cdk.outdir}/assembly-Prod`;
    };
    await using app = await runCdkApp(define);
    expect(await app.call('echo', { message: 'hi' })).toContain('hi');
    const asset = (assets: ReadonlyMap<string, string>) =>
      [...assets.values()].some((path) => /asset\.[0-9a-f]{64}$/.test(path));
    const { stacks } = readAssembly(directory);
    expect(stacks.map(({ name, assets }) => [name, asset(assets)])).toEqual([['Prod-Shop', true]]);
    const template = readTemplate(
      join(directory, readdirSync(directory).find((file) => file.endsWith('.template.json'))!),
    );
    expect([template.name, asset(template.assets)]).toEqual(['Prod-Shop', true]);
  });
});
