/** What docs/guides/schemas.md says of schemas that other tools have written. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpLambdaServer, McpSchema } from '../../src';
import { httpClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

const SOURCES = 'test/interop/guides/schemas';
const guide = readFileSync('docs/guides/schemas.md', 'utf8');
const generators = ['zod', 'pydantic', 'java'];
const schemaOf = (generator: string) => McpSchema.fromFile(`docs/guides/schemas/${generator}.json`);
const order = { customer: 'C-1001', lines: [{ sku: 'LAMP-7' }, { sku: 'DESK-2', pieces: 2 }] };

let fixture: Fixture;
let client: Client;
beforeAll(async () => {
  fixture = await startFixture({
    extend: ({ stack, server, fn }) => {
      for (const generator of generators) {
        server.addTool(fn('reflect'), { name: `reflect_${generator}`, inputSchema: schemaOf(generator) });
      }
      const bundle = mkdtempSync(join(tmpdir(), 'place-order-'));
      buildSync({
        entryPoints: [`${SOURCES}/zod/place-order.mjs`],
        outfile: join(bundle, 'index.mjs'),
        bundle: true,
        platform: 'node',
        format: 'esm',
      });
      const placeOrder = new lambda.Function(stack, 'PlaceOrder', {
        runtime: lambda.Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: lambda.Code.fromAsset(bundle),
      });
      server.addTool(placeOrder, { name: 'place_order', inputSchema: schemaOf('zod') });
    },
  });
  client = await httpClient(fixture);
});
afterAll(async () => {
  await client?.close();
  await fixture?.[Symbol.asyncDispose]();
});

const call = async (name: string, args: Record<string, unknown>) =>
  (await client.callTool({ name, arguments: args })) as {
    structuredContent?: unknown;
    isError?: boolean;
    content: Array<{ text: string }>;
  };

test('Zod writes the schema that the guide quotes', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'zod-'));
  mkdirSync(join(cwd, 'schemas'));
  execFileSync(process.execPath, [resolve(SOURCES, 'zod', 'schemas.mjs')], { cwd });
  const written = readFileSync(join(cwd, 'schemas', 'place-order.json'), 'utf8');
  expect(written).toBe(readFileSync('docs/guides/schemas/zod.json', 'utf8'));
});

describe.each(generators)('%s', (generator) => {
  test('its schema reaches clients as it is', async () => {
    const { tools } = await client.listTools();
    const { inputSchema } = tools.find(({ name }) => name === `reflect_${generator}`)!;
    const written = readFileSync(`docs/guides/schemas/${generator}.json`, 'utf8');
    expect(inputSchema).toEqual(JSON.parse(written));
  });

  test('defaults are not written into the arguments', async () => {
    const { structuredContent } = await call(`reflect_${generator}`, order);
    expect((structuredContent as { event: object }).event).toEqual(order);
  });

  test('what breaks it does not reach the function', async () => {
    const broken = await call(`reflect_${generator}`, {
      customer: 'Jo',
      lines: [{ sku: 'LAMP-7', pieces: 100 }],
      more: 1,
    });
    expect(broken.isError).toBe(true);
    expect(guide).toContain(`\`\`\`text\n${broken.content[0].text}\n\`\`\``);
  });
});

test('a function that parses its event with the same model has the defaults', async () => {
  expect(await call('place_order', order)).toMatchObject({ structuredContent: { customer: 'C-1001', pieces: 3 } });
});

describe('at synth', () => {
  const add = (schema: object) => {
    const stack = new Stack(new App(), 'Orders');
    const fn = new lambda.Function(stack, 'Fn', {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => 1;'),
    });
    const inputSchema = McpSchema.fromObject({ type: 'object', ...schema });
    new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' }).addTool(fn, { name: 'place_order', inputSchema });
  };
  const properties = (x: object) => ({ properties: { x } });

  test.each<[string, object]>([
    ['$ref by pointer', { ...properties({ $ref: '#/$defs/Line' }), $defs: { Line: {} } }],
    ['$ref by anchor', { ...properties({ $ref: '#line' }), $defs: { Line: { $anchor: 'line' } } }],
    ['a recursive schema', { properties: { children: { type: 'array', items: { $ref: '#' } } } }],
    ['draft-07', { $schema: 'http://json-schema.org/draft-07/schema#', definitions: { L: {} } }],
    ['draft-04', { $schema: 'http://json-schema.org/draft-04/schema#' }],
    ['tuples in the old form', properties({ items: [{}] })],
    ['2019-09', { $schema: 'https://json-schema.org/draft/2019-09/schema' }],
  ])('%s is accepted', (_, schema) => expect(() => add(schema)).not.toThrow());

  test.each<[string, object]>([
    ['$ref to another document', properties({ $ref: 'line.json' })],
    ['$ref to nothing', properties({ $ref: '#/$defs/Line' })],
    ['a $ref circle', { allOf: [{ $ref: '#' }] }],
    ['$id below the root', properties({ $id: 'https://example.com/line' })],
    ['draft-03', { $schema: 'http://json-schema.org/draft-03/schema#' }],
    ['another root', { type: 'array' }],
    ['a pattern of another language', properties({ pattern: '(?P<year>\\d+)' })],
    ['100 KB', { description: 'x'.repeat(102_400) }],
  ])('%s is refused', (_, schema) => expect(() => add(schema)).toThrow('cannot be registered:'));

  test.each([
    ['$ref to another document', properties({ $ref: 'line.json' })],
    ['another root', { type: 'array' }],
  ])('the guide quotes the message about %s', (_, schema) => {
    const message = () => {
      try {
        add(schema);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(guide).toContain(`\`\`\`text\n${message()}\n\`\`\``);
  });
});
