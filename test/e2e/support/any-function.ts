/** Existing functions of every style, and the results that clients receive of them. */
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpInvokeMode, McpSchema } from '../../../src';
import { type AnyClient, clients } from './clients';
import type { Fixture, FixtureApp } from './fixture';

export type Language = 'Node.js' | 'Python' | 'Java';

const text = (value: string) => [{ type: 'text', text: value }];
const data = (value: unknown) => ({ content: text(JSON.stringify(value)), structuredContent: value });
const failure = (value: string) => ({ content: text(value), isError: true });

/** A call of a tool, and the result that each client receives. */
type Call = readonly [tool: string, args: Record<string, unknown>, result: object];

/** Calls of functions in each language. The tool has the name of its handler, after a prefix. */
export const CALLS: Readonly<Record<Language, readonly Call[]>> = {
  'Node.js': [
    ['blueprint', { table: 'orders' }, data({ table: 'orders' })],
    ['blueprint', {}, failure('HTTP 400: Unsupported table')],
    ['loadBalancer', {}, { content: text('<!doctype html><p>Größe</p>') }],
    ['httpApi', {}, data({ id: 7 })],
    ['redirect', {}, { content: text('HTTP 302: https://x.example/report.pdf') }],
    ['gzip', {}, data({ rows: [1, 2] })],
    ['brotli', {}, data({ rows: [1, 2] })],
    [
      'bomb',
      {},
      { isError: true, content: [{ text: expect.stringContaining('decompressed, is larger than 6.3 MB') }] },
    ],
    ['consumer', { failed: [] }, data({ batchItemFailures: [] })],
    [
      'consumer',
      { failed: ['m-1'] },
      failure('the handler failed to process some items: {"batchItemFailures":[{"itemIdentifier":"m-1"}]}'),
    ],
    ['web', {}, data({ streamed: true })],
    ['web', { status: 404 }, failure('HTTP 404: no such page')],
    ['web_buffered', {}, data({ streamed: true })],
    ['nothing', {}, { content: text('null') }],
    ['json', { n: 1 }, { content: text('{"n":1}'), structuredContent: { n: 1 } }],
    ['problem', {}, { content: [...text('sold out'), ...text('{"code":"SOLD_OUT"}')], isError: true }],
    ['lookalike', { name: 'vector' }, { structuredContent: { resultType: 'vector' } }],
    ['lookalike', { name: 'complete' }, data({ resultType: 'complete', result: [1] })],
    ['lookalike', { name: 'page' }, data({ content: [], totalElements: 0, first: true })],
    ['lookalike', { name: 'articles' }, data({ content: [{ type: 'article', title: 'A' }], total: 1 })],
    ['lookalike', { name: 'graphql' }, data({ data: null, errors: [{ message: 'no such field' }] })],
    ['lookalike', { name: 'messages' }, data({ messages: [{ id: 1, role: 'user', content: 'hi' }] })],
  ],
  Python: [
    ['python_blueprint', { table: 'orders' }, data({ table: 'orders' })],
    ['python_blueprint', {}, failure('HTTP 400: Unsupported table')],
    ['python_resolver', {}, data({ rows: [1, 2] })],
    ['python_redirect', {}, { content: text('HTTP 302: https://x.example/report.pdf') }],
    ['python_consumer', { failed: ['m-1'] }, { isError: true, content: [{ text: expect.stringContaining('m-1') }] }],
    ['python_nothing', {}, { content: text('null') }],
    ['python_dumps', { n: 1 }, { content: text('{"n": 1}'), structuredContent: { n: 1 } }],
    ['python_page', {}, data({ content: [], totalElements: 0 })],
    ['python_latin', {}, { content: text('Größe') }],
    ['python_mcp', {}, { content: text('hi'), structuredContent: { a: 1 }, isError: false }],
  ],
  Java: [
    ['java_bean', { table: 'orders' }, data({ table: 'orders' })],
    ['java_bean', {}, failure('HTTP 400: no table')],
    ['java_redirect', {}, { content: text('HTTP 302: https://x.example/report.pdf') }],
    ['java_json', {}, { content: text('{"n":1}'), structuredContent: { n: 1 } }],
    ['java_nothing', {}, { content: text('null') }],
    ['java_page', {}, data({ content: [] })],
  ],
};

const RUNTIMES: Readonly<Record<Language, lambda.Runtime>> = {
  'Node.js': lambda.Runtime.NODEJS_22_X,
  Python: lambda.Runtime.PYTHON_3_13,
  Java: lambda.Runtime.JAVA_21,
};

const count = McpSchema.fromObject({ type: 'object', properties: { n: { type: 'number' } }, required: ['n'] });

/**
 * Creates the function of a handler.
 *
 * @param jar the classes of the functions in Java
 */
export function createFunction(
  { stack }: Pick<FixtureApp, 'stack'>,
  id: string,
  language: Language,
  name: string,
  jar = '',
) {
  const app = join(import.meta.dirname, '..', language === 'Python' ? 'app-python' : 'app');
  return new lambda.Function(stack, id, {
    runtime: RUNTIMES[language],
    handler: language === 'Java' ? `fixture.Styles::${name}` : `styles.${name}`,
    code: lambda.Code.fromAsset(language === 'Java' ? jar : app),
    timeout: Duration.seconds(30),
    memorySize: 512,
  });
}

/** Adds the tools that `CALLS` calls. */
export function addTools(
  app: Pick<FixtureApp, 'stack' | 'server'>,
  languages: readonly Language[],
  jar?: string,
): void {
  for (const language of languages) {
    for (const tool of new Set(CALLS[language].map(([name]) => name))) {
      const handler = tool.replace(/^python_|^java_|_buffered$/g, '');
      app.server.addTool(createFunction(app, `styles_${tool}`, language, handler, jar), {
        name: tool,
        ...(tool === 'web' ? { invokeMode: McpInvokeMode.RESPONSE_STREAM } : {}),
        ...(['json', 'dumps', 'problem'].includes(handler) ? { outputSchema: count } : {}),
      });
    }
  }
}

/** Calls the tools with every stock client. */
export function describeCalls(languages: readonly Language[], fixture: () => Fixture): void {
  describe.each(Object.keys(clients))('%s', (name) => {
    let client: AnyClient;
    beforeAll(async () => {
      client = await clients[name]!(fixture());
      await client.tools(); // afterwards the client validates structured content
    });
    afterAll(() => client?.close());

    test.each(languages)('receives what functions in %s return', async (language) => {
      for (const [tool, args, expected] of CALLS[language]) {
        expect(await client.call(tool, args), `${tool} ${JSON.stringify(args)}`).toMatchObject(expected);
      }
    });
  });
}
