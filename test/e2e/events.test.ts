/** Handlers that were written for other services, unchanged, as tools. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner';
import { McpEvent, McpEventBody, McpLambdaServer, McpOpenApi } from '../../src';
import { httpClient } from './support/clients';

const HANDLERS = ['powertools', 'express', 'fastify', 'app-sync', 'bedrock-agent', 'sqs', 'echo'] as const;
/** Operations of the Express application, with parameters in several styles. */
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Orders', version: '1' },
  paths: {
    '/orders/{orderId}': {
      get: {
        operationId: 'showOrder',
        parameters: [
          { name: 'orderId', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'q', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          { name: 'X-Tenant', in: 'header', schema: { type: 'string' } },
          { name: 'theme', in: 'cookie', schema: { type: 'string' } },
        ],
        responses: { 200: { description: 'The order' } },
      },
    },
    '/orders': {
      post: {
        operationId: 'placeOrder',
        requestBody: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: { type: 'object', properties: { sku: { type: 'string' }, quantity: { type: 'integer' } } },
            },
          },
        },
        responses: { 201: { description: 'The order' } },
      },
    },
  },
};

/** Arguments with the names of what events of other services have. */
const ENVELOPE = JSON.parse(`{
  "requestContext": { "authorizer": { "principalId": "admin", "claims": { "sub": "admin" }, "jwt": { "claims": { "sub": "admin" } } } },
  "headers": { "X-Tenant": "other", "x-tenant": "other" },
  "multiValueHeaders": { "X-Tenant": ["other"] },
  "pathParameters": { "orderId": "B-2" },
  "multiValueQueryStringParameters": { "q": ["other"] },
  "path": "/image", "rawPath": "/image", "httpMethod": "DELETE", "version": "1.0", "cookies": ["admin=1"],
  "isBase64Encoded": true, "body": "{}", "Records": [{ "body": "{}" }],
  "__proto__": { "orderId": "B-2" }, "constructor": { "prototype": { "orderId": "B-2" } }
}`) as Record<string, unknown>;
const FORMATS = ['apiGateway', 'httpApi'] as const;
const FRAMEWORKS = ['powertools', 'express', 'fastify'] as const;

let runner: Runner;
let client: Awaited<ReturnType<typeof httpClient>>;

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'events-'));
  for (const name of HANDLERS) {
    await build({
      entryPoints: [join(import.meta.dirname, 'app', 'events', `${name}.mjs`)],
      outfile: join(directory, name, 'index.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
    });
  }
  const app = new App({ outdir: join(directory, 'cdk.out') });
  defineApp(app, directory);
  app.synth();
  runner = await startRunner({ app: join(directory, 'cdk.out'), port: 0, isolation: 'lambda' });
  client = await httpClient({ mcpUrl: new URL(runner.servers[0].mcp) });
});
afterAll(async () => {
  await client?.close();
  await runner?.close();
});

function defineApp(app: App, directory: string): void {
  const stack = new Stack(app, 'Events');
  const server = new McpLambdaServer(stack, 'Mcp', { legacySse: false });
  const functions = new Map(
    HANDLERS.map((name) => [
      name,
      new lambda.Function(stack, name, {
        runtime: lambda.Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: lambda.Code.fromAsset(join(directory, name)),
        memorySize: 512,
      }),
    ]),
  );
  const tool = (handler: (typeof HANDLERS)[number], name: string, event: McpEvent) =>
    server.addTool(functions.get(handler)!, { name, event });
  for (const framework of FRAMEWORKS) {
    for (const format of FORMATS) {
      const id = `${framework}_${format}`;
      tool(
        framework,
        `${id}_get`,
        McpEvent[format]({ method: 'GET', path: '/orders/{orderId}', query: ['q'], headers: ['X-Tenant'] }),
      );
      tool(framework, `${id}_post`, McpEvent[format]({ method: 'POST', path: '/orders' }));
    }
  }
  for (const format of FORMATS) tool('express', `image_${format}`, McpEvent[format]({ method: 'GET', path: '/image' }));
  tool('app-sync', 'order', McpEvent.appSync({ typeName: 'Query', fieldName: 'order' }));
  tool('app-sync', 'cancel', McpEvent.appSync({ typeName: 'Mutation', fieldName: 'cancel' }));
  for (const name of ['get_order', 'ask', 'fail']) {
    tool('bedrock-agent', name, McpEvent.bedrockAgent({ actionGroup: 'orders', function: name }));
  }
  tool('sqs', 'enqueue', McpEvent.sqs());
  tool(
    'echo',
    'template',
    McpEvent.template({ detail: { order: '{{arguments.orderId}}', all: '{{arguments}}' }, at: '{{time}}' }),
  );
  tool('echo', 'one', McpEvent.apiGateway({ method: 'PUT', path: '/x', body: McpEventBody.argument('order') }));
  server.addResourceTemplate(functions.get('express')!, {
    name: 'order-document',
    uriTemplate: 'orders://{orderId}',
    event: McpEvent.apiGateway({ method: 'GET', path: '/orders/{orderId}' }),
  });
  server.addPrompt(functions.get('fastify')!, {
    name: 'order_prompt',
    arguments: [{ name: 'orderId', required: true }, { name: 'q' }],
    event: McpEvent.httpApi({ method: 'GET', path: '/orders/{orderId}' }),
  });
  server.addOpenApi(functions.get('express')!, {
    spec: McpOpenApi.fromString(JSON.stringify(DOCUMENT)),
    operations: ['showOrder', 'placeOrder'],
  });
}

const call = (name: string, args: Record<string, unknown> = {}) => client.callTool({ name, arguments: args });

describe.each(FRAMEWORKS)('a handler with %s', (framework) => {
  describe.each(FORMATS)('and %s events', (format) => {
    const id = `${framework}_${format}`;

    test('gets path, query and headers', async () => {
      const args = { orderId: 'A 1;b=ü?5%', q: ['a', 'b&c'], 'X-Tenant': 'acme' };
      expect((await call(`${id}_get`, args)).structuredContent).toMatchObject({
        orderId: 'A 1;b=ü?5%',
        q: ['a', 'b&c'],
        tenant: 'acme',
      });
    });

    test('gets a body', async () => {
      const order = { sku: 'LAMP-7', note: 'grüß dich 👋', lines: [1, 2] };
      expect((await call(`${id}_post`, order)).structuredContent).toEqual({ created: order });
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
      const { __proto__: _, constructor: __, ...body } = ENVELOPE; // Fastify refuses these names
      expect((await call(`${id}_post`, body)).structuredContent).toEqual({ created: body });
    });

    test('is not called with a path of another route', async () => {
      for (const orderId of ['none/cancel', 'none%2Fcancel', 'none\\cancel']) {
        expect(await call(`${id}_get`, { orderId })).toMatchObject({
          isError: true,
          content: [
            { text: 'invalid arguments: "orderId" must not have a slash or backslash: it is one segment of the path' },
          ],
        });
      }
      expect(await call(`${id}_get`, { orderId: '..%2Forders' })).toMatchObject({
        isError: true,
        content: [{ text: 'invalid arguments: "orderId" must not make a segment "." or ".." of the path' }],
      });
    });
  });
});

test.each(FORMATS)('Express returns an image after %s events', async (format) => {
  expect((await call(`image_${format}`)).content).toEqual([
    { type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgo=' },
  ]);
});

describe('a resolver of AppSync', () => {
  test('returns its value, even if it looks like an MCP result', async () => {
    expect((await call('order', { orderId: 'A-1' })).structuredContent).toEqual({
      orderId: 'A-1',
      content: [{ sku: 'LAMP-7' }],
    });
  });

  test('returns what its framework makes of an error, as AppSync does', async () => {
    expect((await call('cancel')).structuredContent).toEqual({ error: 'Error - already shipped' });
  });
});

describe('an action group of a Bedrock agent', () => {
  test('gets typed parameters and returns data', async () => {
    const args = { orderId: 'A-1', quantity: 2, urgent: true };
    expect((await call('get_order', args)).structuredContent).toEqual(args);
  });

  test('returns REPROMPT and failures as errors', async () => {
    expect(await call('ask')).toMatchObject({ isError: true, content: [{ text: 'which order?' }] });
    const failed = await call('fail');
    expect(JSON.stringify(failed.content)).toContain('no connection');
  });
});

test('a consumer of SQS reports the failure of its message', async () => {
  expect(await call('enqueue', { orderId: 'A-1' })).toEqual({ content: [{ type: 'text', text: 'null' }] });
  expect(await call('enqueue', { orderId: 'none' })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('All records failed processing') }],
  });
});

test('a template is filled', async () => {
  expect((await call('template', { orderId: 'A-1', n: 1 })).structuredContent).toEqual({
    event: { detail: { order: 'A-1', all: { orderId: 'A-1', n: 1 } }, at: expect.stringMatching(/^\d{4}-/) },
  });
});

test('a handler that does not return a proxy response is an error after an API Gateway event', async () => {
  expect(await call('one', { order: { sku: 'S' } })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('the handler did not return a proxy response') }],
  });
});

test('operations of an OpenAPI document get their parameters and bodies', async () => {
  const args = { orderId: 'A 1', q: ['a', 'b'], 'X-Tenant': 'acme', theme: 'dark; x' };
  expect((await call('showOrder', args)).structuredContent).toEqual({
    orderId: 'A 1',
    q: ['a', 'b'],
    tenant: 'acme',
    cookie: 'theme=dark%3B%20x',
  });
  expect((await call('placeOrder', { sku: 'LAMP & 7', quantity: 2 })).structuredContent).toEqual({
    created: { sku: 'LAMP & 7', quantity: '2' },
  });
});

test('a resource template passes its variables', async () => {
  const { contents } = await client.readResource({ uri: 'orders://A%201' });
  expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ orderId: 'A 1' });
  await expect(client.readResource({ uri: 'orders://none' })).rejects.toThrow(/Resource not found/);
});

test('a prompt passes its arguments', async () => {
  const { messages } = await client.getPrompt({ name: 'order_prompt', arguments: { orderId: 'A-1', q: 'x' } });
  expect(JSON.parse((messages[0].content as { text: string }).text)).toMatchObject({ orderId: 'A-1', q: ['x'] });
});
