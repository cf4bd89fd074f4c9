import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { McpInvokeMode } from '../../src';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

const SIZE = 8_000_000;
const extend = (({ server, fn }) => {
  const invokeMode = McpInvokeMode.RESPONSE_STREAM;
  server.addTool(fn('bulk'), { name: 'bulk', invokeMode });
  server.addPrompt(fn('bulk'), { name: 'bulk', invokeMode, arguments: [{ name: 'characters', required: true }] });
  server.addResourceTemplate(fn('bulk'), { name: 'bulk', invokeMode, uriTemplate: 'bulk://{characters}' });
}) satisfies NonNullable<Parameters<typeof startFixture>[0]>['extend'];

afterEach(() => void vi.useRealTimers());

describe('with a bucket', () => {
  let fixture: Fixture;
  const refused: string[] = [];
  beforeAll(async () => {
    fixture = await startFixture({
      extend,
      server: (stack) => ({
        resultBucket: new s3.Bucket(stack, 'Results', {
          enforceSSL: true,
          removalPolicy: RemovalPolicy.DESTROY,
          autoDeleteObjects: true,
        }),
      }),
      onAccess: ({ action, resource, granted }) => void (granted || refused.push(`${action} ${resource}`)),
    });
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  test.each([
    ['sdk v1, HTTP+SSE', sseClient],
    ['sdk v1, Streamable HTTP', httpClient],
    [
      'client v2, 2026-07-28',
      async ({ mcpUrl }: Fixture) => {
        const options = { versionNegotiation: { mode: { pin: '2026-07-28' } } } as const;
        const client = new V2Client({ name: 'e2e', version: '1' }, options);
        await client.connect(new V2Http(mcpUrl));
        return client;
      },
    ],
  ])('%s gets a link, which anybody may follow until it expires', async (_, connect) => {
    const client = await connect(fixture);
    const result = await client.callTool({ name: 'bulk', arguments: { characters: SIZE } });
    expect(result).toMatchObject({
      content: [{ type: 'resource_link', name: 'bulk', size: SIZE, mimeType: 'text/plain; charset=utf-8' }],
    });
    const { uri } = (result.content as Array<{ uri: string }>)[0]!;
    const response = await fetch(uri);
    expect([response.status, (await response.text()).length]).toEqual([200, SIZE]);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 901_000 });
    const late = await fetch(uri);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
    vi.useRealTimers();
    expect(refused).toEqual([]);
    await client.close();
  });

  test('a prompt too; contents of a resource cannot be a link', async () => {
    const client = await httpClient(fixture);
    const { messages } = await client.getPrompt({ name: 'bulk', arguments: { characters: String(SIZE) } });
    expect(messages).toMatchObject([{ role: 'user', content: { type: 'resource_link', size: SIZE } }]);
    const read = client.readResource({ uri: `bulk://${SIZE}` });
    await expect(read).rejects.toThrow('the resource has 8.0 MB, more than the 6.3 MB that can be sent');
    await client.close();
  });

  test('what fits is no link', async () => {
    const client = await httpClient(fixture);
    const { content } = await client.callTool({ name: 'bulk', arguments: { characters: 6_000_000 } });
    expect((content as Array<{ text: string }>)[0]!.text).toHaveLength(6_000_000);
    await client.close();
  });
});

test('a role that may not write says so, and nothing of why', async () => {
  await using fixture = await startFixture({
    extend,
    server: (stack) => ({ resultBucket: new s3.Bucket(stack, 'Results') }),
    modifyTemplate: (template) => {
      const text = JSON.stringify(template).replace('"s3:PutObject"', '"s3:Nothing"');
      return JSON.parse(text);
    },
  });
  const client = await httpClient(fixture);
  expect(await client.callTool({ name: 'bulk', arguments: { characters: SIZE } })).toEqual({
    content: [{ type: 'text', text: 'the result is too large to be sent, and could not be stored for download' }],
    isError: true,
  });
  await client.close();
});

test('without a bucket it is an error', async () => {
  await using fixture = await startFixture({ extend });
  const client = await httpClient(fixture);
  expect(await client.callTool({ name: 'bulk', arguments: { characters: SIZE } })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^the answer is larger than 6.3 MB: ask for less/) }],
  });
  await client.close();
});
