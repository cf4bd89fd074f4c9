import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner.js';
import { McpEvent, McpLambdaServer } from '../../src';
import { httpClient, sseClient } from '../e2e/support/clients';
import { compile } from './support/java';
import { venv } from './support/venv';

const FUNCTIONS = 'test/interop/functions';
const directory = mkdtempSync(join(tmpdir(), 'functions-app-'));
const notices: string[] = [];
let runner: Runner;
let urls: { mcpUrl: URL; sseUrl: URL };

beforeAll(async () => {
  process.env.VIRTUAL_ENV = resolve(venv('functions'), '..');
  const jar = join(directory, 'functions.jar');
  execFileSync('jar', ['cf', jar, '-C', compile(`${FUNCTIONS}/java`), '.']);
  const app = new App({ outdir: join(directory, 'cdk.out') });
  defineApp(app, jar);
  app.synth();
  runner = await startRunner({ app: join(directory, 'cdk.out'), port: 0, onNotice: (text) => notices.push(text) });
  const [{ mcp, sse }] = runner.servers;
  urls = { mcpUrl: new URL(mcp), sseUrl: new URL(sse!) };
});
afterAll(() => runner?.close());

function defineApp(app: App, jar: string): void {
  const stack = new Stack(app, 'Languages');
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'languages' });
  const table = new dynamodb.Table(stack, 'Table', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const python = (name: string) =>
    new lambda.Function(stack, `python_${name}`, {
      runtime: lambda.Runtime.PYTHON_3_13,
      handler: `app.${name}`,
      code: lambda.Code.fromAsset(`${FUNCTIONS}/python`),
      timeout: Duration.seconds(20),
      environment: { TABLE: table.tableName },
    });
  const java = (name: string) =>
    new lambda.Function(stack, `java_${name}`, {
      runtime: lambda.Runtime.JAVA_21,
      handler: `fixture.Functions::${name}`,
      code: lambda.Code.fromAsset(jar),
      timeout: Duration.seconds(20),
    });
  for (const fn of [python('echo'), python('fail'), java('echo'), java('fail')]) {
    server.addTool(fn, { name: fn.node.id, event: McpEvent.request() });
  }
  const reader = python('read_table');
  table.grantReadData(reader);
  server.addTool(reader, { name: 'read_table' });
  server.addTool(python('ledger'), { name: 'python_ledger' });
  server.addTool(python('identifier'), { name: 'python_identifier' });
  const ruby = new lambda.Function(stack, 'ruby', {
    runtime: lambda.Runtime.RUBY_3_4,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(`${FUNCTIONS}/python`),
  });
  server.addTool(ruby, { name: 'ruby' });
  const inline = new lambda.Function(stack, 'inline', {
    runtime: lambda.Runtime.PYTHON_3_13,
    handler: 'index.handler',
    code: lambda.Code.fromInline('def handler(event, context):\n    return "inline"\n'),
  });
  server.addTool(inline, { name: 'inline' });
}

test.each([
  ['HTTP+SSE', sseClient],
  ['Streamable HTTP', httpClient],
])('calls functions in every language over %s', async (_, connect) => {
  const client = await connect(urls);
  for (const name of ['python_echo', 'java_echo']) {
    const { structuredContent, isError } = await client.callTool({ name, arguments: { text: 'grüß dich 👋' } });
    expect(isError, name).toBeFalsy();
    expect(structuredContent).toMatchObject({
      event: { method: 'tools/call', params: { name, arguments: { text: 'grüß dich 👋' } } },
      custom: { mcpMethod: 'tools/call', mcpName: name },
    });
  }
  expect(await client.callTool({ name: 'inline' })).toMatchObject({ content: [{ text: 'inline' }] });
  await client.close();
});

test.each([
  ['sse', 'legacy'],
  ['http', 'legacy'],
  ['http', 'auto'],
])('a Python client and a Python function exchange numbers unaltered over %s (%s)', async (transport, mode) => {
  const client = join(venv('mcp-client'), 'python');
  const url = String(transport === 'sse' ? urls.sseUrl : urls.mcpUrl);
  const args = ['test/interop/python-client/ledger.py', transport, mode, url];
  const { stdout } = await promisify(execFile)(client, args);
  const [received, structured, identifier] = stdout.split('\n');
  expect(received).toBe(
    '{"account": 9007199254740993, "negative": -9223372036854775808, "amount": 0.1, "whole": 1.0, "tiny": 1e-07, "huge": 1e+22}',
  );
  expect(structured).toBe(
    '{"id": 725653563933458432, "balance": 1.0, "rates": [1e-07, 1e+22], "max": 18446744073709551615}',
  );
  expect(identifier).toBe('725653563933458432');
});

test('returns exceptions as error results without a stack trace', async () => {
  const client = await httpClient(urls);
  for (const [name, type] of [
    ['python_fail', 'LookupError'],
    ['java_fail', 'IllegalStateException'],
  ]) {
    expect(await client.callTool({ name })).toEqual({
      isError: true,
      content: [{ type: 'text', text: `${type}: keine Lampe übrig 🪔` }],
    });
  }
  await client.close();
});

test('enforces the permissions of a Python function', async () => {
  const client = await httpClient(urls);
  const call = async (operation: string, args: object) =>
    (await client.callTool({ name: 'read_table', arguments: { operation, arguments: args } })).structuredContent;
  expect(await call('get_item', { Key: { pk: { S: 'none' } } })).toMatchObject({
    ResponseMetadata: { HTTPStatusCode: 200 },
  });
  expect(await call('put_item', { Item: { pk: { S: 'x' } } })).toMatchObject({
    code: 'AccessDeniedException',
    message: expect.stringMatching(
      /assumed-role\/Languages-pythonreadtable.* is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table\/Languages-Table/,
    ),
  });
  await client.close();
});

test('reports unsupported runtimes at startup and on each call', async () => {
  const problem =
    'runtime ruby3.4 is not supported by the local runner: it runs functions in Node.js, Python and Java, and bootstrap programs';
  expect([...runner.unavailable]).toEqual([[problem, [expect.stringMatching(/^ruby/)]]]);
  expect(notices).toContainEqual(
    expect.stringMatching(/^ruby\w* cannot run on this machine, its invocations fail: runtime ruby3\.4 /),
  );
  const client = await httpClient(urls);
  expect(await client.callTool({ name: 'ruby' })).toEqual({
    isError: true,
    content: [{ type: 'text', text: `Runtime.InvalidEntrypoint: ${problem}` }],
  });
  await client.close();
});

test('reports a different language version once', () => {
  const version = execFileSync(join(process.env.VIRTUAL_ENV!, 'bin', 'python'), ['-V'], { encoding: 'utf8' }).trim();
  const expected = version.startsWith('Python 3.13.') ? 0 : 1;
  expect(
    notices.filter((text) => text.startsWith(`functions with runtime python3.13 run with ${version} (`)),
  ).toHaveLength(expected);
});

test('reloads a changed Python file with --watch', async () => {
  const app = mkdtempSync(join(tmpdir(), 'watched-'));
  cpSync(`${FUNCTIONS}/python/nested`, join(app, 'code'), { recursive: true });
  const file = join(app, 'code', 'module.py');
  writeFileSync(
    join(app, 'app.cjs'),
    `const { createRequire } = require('node:module');
     const { App, Stack, aws_lambda } = createRequire(${JSON.stringify(resolve('package.json'))})('aws-cdk-lib');
     new aws_lambda.Function(new Stack(new App(), 'Watched'), 'fn', {
       runtime: aws_lambda.Runtime.PYTHON_3_13, handler: 'module.handler', code: aws_lambda.Code.fromAsset('code') });`,
  );
  const updates: string[] = [];
  const watched = await startRunner({
    app: `${process.execPath} app.cjs`,
    cwd: app,
    port: 0,
    watch: true,
    onNotice: (text) => updates.push(text),
  });
  const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({
    endpoint: watched.awsEndpointUrl,
    region: 'us-east-1',
    credentials: watched.admin,
  });
  const invoke = async () => {
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: watched.functions[0].name }));
    return JSON.parse(Payload!.transformToString());
  };
  expect(await invoke()).toBe('module');
  writeFileSync(file, readFileSync(file, 'utf8').replace('__name__', '"changed"'));
  await expect.poll(invoke, { timeout: 60_000 }).toBe('changed');
  expect(updates).toContain('updated Watched/fn (code)');
  await watched.close();
});
