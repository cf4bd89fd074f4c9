/** Handlers that were written for other services, in Python and Java, unchanged, as tools. */
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner.js';
import { McpEvent, McpLambdaServer } from '../../src';
import { httpClient } from '../e2e/support/clients';
import { classPath, compile } from './support/java';
import { downloadRuntimeClient, LOCAL_REPOSITORY } from './support/maven';
import { venv } from './support/venv';

const HANDLERS = 'test/interop/event-handlers';
/** Arguments with the names of what events of other services have. */
const ENVELOPE = {
  requestContext: { authorizer: { principalId: 'admin', claims: { sub: 'admin' } } },
  headers: { 'X-Tenant': 'other' },
  multiValueHeaders: { 'X-Tenant': ['other'] },
  pathParameters: { orderId: 'B-2' },
  multiValueQueryStringParameters: { q: ['other'] },
  path: '/orders/B-2',
  rawPath: '/orders/B-2',
  rawQueryString: 'q=other',
  httpMethod: 'DELETE',
  version: '1.0',
  cookies: ['admin=1'],
  isBase64Encoded: true,
  body: '{}',
  Records: [{ body: '{}' }],
};
const FORMATS = ['apiGateway', 'httpApi'] as const;
const FRAMEWORKS = ['powertools', 'mangum', 'jersey'] as const;

const directory = mkdtempSync(join(tmpdir(), 'event-handlers-'));
let runner: Runner;
let client: Awaited<ReturnType<typeof httpClient>>;

beforeAll(async () => {
  process.env.VIRTUAL_ENV = resolve(venv('event-handlers'), '..');
  downloadRuntimeClient();
  process.env.MAVEN_OPTS = `-Dmaven.repo.local=${LOCAL_REPOSITORY}`;
  const java = join(directory, 'java');
  cpSync(compile(`${HANDLERS}/java`), java, { recursive: true });
  mkdirSync(join(java, 'lib'));
  for (const jar of classPath(`${HANDLERS}/java`).split(delimiter)) cpSync(jar, join(java, 'lib', basename(jar)));
  const app = new App({ outdir: join(directory, 'cdk.out') });
  defineApp(app, java);
  app.synth();
  runner = await startRunner({ app: join(directory, 'cdk.out'), port: 0 });
  client = await httpClient({ mcpUrl: new URL(runner.servers[0].mcp) });
});
afterAll(async () => {
  await client?.close();
  await runner?.close();
});

function defineApp(app: App, java: string): void {
  const stack = new Stack(app, 'EventHandlers');
  const server = new McpLambdaServer(stack, 'Mcp', { legacySse: false });
  const common = { timeout: Duration.seconds(29), memorySize: 512 };
  const python = (handler: string) =>
    new lambda.Function(stack, `python_${handler}`, {
      ...common,
      runtime: lambda.Runtime.PYTHON_3_13,
      handler: `app.${handler}`,
      code: lambda.Code.fromAsset(`${HANDLERS}/python`),
    });
  const jersey = (method: string) =>
    new lambda.Function(stack, `java_${method}`, {
      ...common,
      runtime: lambda.Runtime.JAVA_21,
      handler: `fixture.Orders::${method}`,
      code: lambda.Code.fromAsset(java),
    });
  const mangum = python('mangum');
  const tool = (handler: lambda.Function, name: string, event: McpEvent) => server.addTool(handler, { name, event });
  for (const format of FORMATS) {
    const name = format.toLowerCase();
    const handlers = { powertools: python(`powertools_${name}`), mangum, jersey: jersey(name) };
    for (const framework of FRAMEWORKS) {
      const get = { method: 'GET', path: '/orders/{orderId}', query: ['q'], headers: ['X-Tenant'] };
      tool(handlers[framework], `${framework}_${format}_get`, McpEvent[format](get));
      tool(handlers[framework], `${framework}_${format}_post`, McpEvent[format]({ method: 'POST', path: '/orders' }));
    }
  }
  const appSync = python('app_sync');
  tool(appSync, 'order', McpEvent.appSync({ typeName: 'Query', fieldName: 'order' }));
  tool(appSync, 'cancel', McpEvent.appSync({ typeName: 'Mutation', fieldName: 'cancel' }));
  tool(python('bedrock_agent'), 'get_order', McpEvent.bedrockAgent({ actionGroup: 'orders', function: 'get_order' }));
  tool(python('sqs'), 'enqueue', McpEvent.sqs());
}

const call = (name: string, args: Record<string, unknown> = {}) => client.callTool({ name, arguments: args });

describe.each(FRAMEWORKS)('a handler with %s', (framework) => {
  describe.each(FORMATS)('and %s events', (format) => {
    const id = `${framework}_${format}`;

    test('gets path, query and headers', async () => {
      const { structuredContent, content } = await call(`${id}_get`, {
        orderId: 'A 1;b=ü?5%',
        q: ['a', 'b&c'],
        'X-Tenant': 'acme',
      });
      expect(structuredContent, JSON.stringify(content)).toMatchObject({
        orderId: 'A 1;b=ü?5%',
        q: ['a', 'b&c'],
        tenant: 'acme',
      });
    });

    test('gets a body', async () => {
      const order = { sku: 'LAMP-7', note: 'grüß dich 👋', lines: [1, 2] };
      const { structuredContent, content } = await call(`${id}_post`, order);
      expect(structuredContent, JSON.stringify(content)).toEqual({ created: order });
    });

    test('returns its errors', async () => {
      const { isError, content } = await call(`${id}_get`, { orderId: 'none' });
      expect(isError).toBe(true);
      expect((content as [{ text: string }])[0].text).toMatch(/^HTTP 404: .*no order none/);
    });

    test('gets arguments with the names of an envelope as values only', async () => {
      const args = { orderId: 'A-1', q: ['a'], 'X-Tenant': 'acme' };
      const own = await call(`${id}_get`, args);
      expect(own.structuredContent).toMatchObject({ orderId: 'A-1', tenant: 'acme' });
      expect((await call(`${id}_get`, { ...args, ...ENVELOPE })).structuredContent).toEqual(own.structuredContent);
      expect((await call(`${id}_post`, ENVELOPE)).structuredContent).toEqual({ created: ENVELOPE });
    });

    test('is not called with a path of another route', async () => {
      for (const orderId of ['none/cancel', 'none%2Fcancel']) {
        expect((await call(`${id}_get`, { orderId })).content).toMatchObject([
          { text: expect.stringContaining('must not have a slash or backslash') },
        ]);
      }
      expect((await call(`${id}_get`, { orderId: '..%2Forders' })).content).toMatchObject([
        { text: expect.stringContaining('must not make a segment') },
      ]);
    });
  });
});

test('a resolver of AppSync returns its value, and its errors', async () => {
  expect((await call('order', { orderId: 'A-1' })).structuredContent).toEqual({ orderId: 'A-1' });
  expect(await call('cancel')).toMatchObject({ isError: true, content: [{ text: 'RuntimeError: already shipped' }] });
});

test('an action group of a Bedrock agent gets typed parameters', async () => {
  const { structuredContent, content } = await call('get_order', { orderId: 'A-1', quantity: 2 });
  expect(structuredContent, JSON.stringify(content)).toEqual({ orderId: 'A-1', quantity: 2 });
});

test('a consumer of SQS reports the failure of its message', async () => {
  expect((await call('enqueue', { orderId: 'A-1' })).isError).toBeFalsy();
  expect(await call('enqueue', { orderId: 'none' })).toMatchObject({ isError: true });
});
