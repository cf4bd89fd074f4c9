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
  const denied: string[] = [];
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
      onAccess: ({ action, resource, granted }) => void (granted || denied.push(`${action} ${resource}`)),
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
  ])('%s receives a link that works without credentials until it expires', async (_, connect) => {
    const client = await connect(fixture);
    const result = await client.callTool({ name: 'bulk', arguments: { characters: SIZE } });
    expect(result).toMatchObject({
      content: [{ type: 'resource_link', name: 'bulk', size: SIZE, mimeType: 'text/plain; charset=utf-8' }],
    });
    const { uri } = (result.content as Array<{ uri: string }>)[0]!;
    const response = await fetch(uri);
    expect([response.status, (await response.text()).length]).toEqual([200, SIZE]);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 901_000 });
    const expired = await fetch(uri);
    expect([expired.status, await expired.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
    vi.useRealTimers();
    expect(denied).toEqual([]);
    await client.close();
  });

  test('returns a link for a prompt and an error for a resource', async () => {
    const client = await httpClient(fixture);
    const { messages } = await client.getPrompt({ name: 'bulk', arguments: { characters: String(SIZE) } });
    expect(messages).toMatchObject([{ role: 'user', content: { type: 'resource_link', size: SIZE } }]);
    const read = client.readResource({ uri: `bulk://${SIZE}` });
    await expect(read).rejects.toThrow('the resource is too large: 8.0 MB exceeds the limit of 6.3 MB');
    await client.close();
  });

  test('returns a result within the limit without a link', async () => {
    const client = await httpClient(fixture);
    const { content } = await client.callTool({ name: 'bulk', arguments: { characters: 6_000_000 } });
    expect((content as Array<{ text: string }>)[0]!.text).toHaveLength(6_000_000);
    await client.close();
  });
});

test('reports a failed upload without its cause', async () => {
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

test('returns an error without a bucket', async () => {
  await using fixture = await startFixture({ extend });
  const client = await httpClient(fixture);
  expect(await client.callTool({ name: 'bulk', arguments: { characters: SIZE } })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^the response is larger than 6.3 MB: request less data/) }],
  });
  await client.close();
});
