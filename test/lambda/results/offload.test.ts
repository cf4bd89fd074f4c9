import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContentBlock } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { storeResult } from '../../../lambda/results/bucket.js';
import { MAX_RESULT_BYTES, maxStreamBytes, streamLimitAdvice } from '../../../lambda/results/limits.js';
import { offloadLargeContent } from '../../../lambda/results/offload.js';
import { ENV } from '../../../src/private/contract.js';
import { allow, startEndpoint, type TestEndpoint } from '../../local/aws-endpoint/support.js';

const { signal } = new AbortController();
let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
  await aws.s3.putBucket('results');
});
afterAll(() => aws.stop());
beforeEach(() => {
  const { credentials } = aws.as(allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::results/mcp-results/mcp-1/*'));
  const environment = {
    [ENV.RESULT_BUCKET]: 'results',
    [ENV.SERVER_ID]: 'mcp-1',
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return () => vi.unstubAllEnvs();
});

const text = (size: number, letter = 'x'): ContentBlock => ({ type: 'text', text: letter.repeat(size) });
type Link = Extract<ContentBlock, { type: 'resource_link' }>;
const download = async ({ uri }: Link) => {
  const response = await fetch(uri);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: Buffer.from(await response.arrayBuffer()),
  };
};

describe('offloadLargeContent', () => {
  test('returns content that fits unchanged', async () => {
    const content = [text(MAX_RESULT_BYTES - 1), text(1)];
    expect(await offloadLargeContent(content, 'report', signal)).toEqual(content);
  });

  test('replaces the largest items by links, and no more than necessary', async () => {
    const content = [text(3_000_000, 'a'), text(4_000_000, 'b'), text(3_000_000, 'c')];
    const [first, second, third] = await offloadLargeContent(content, 'report', signal);
    expect([first, third]).toEqual([content[0], content[2]]);
    expect(second).toEqual({
      type: 'resource_link',
      uri: expect.stringMatching(
        /^http:\/\/127.0.0.1:\d+\/results\/mcp-results\/mcp-1\/[\w-]{43}\?.*X-Amz-Expires=900&/,
      ),
      name: 'report',
      description: expect.stringMatching(/can be downloaded until \d{4}-/),
      mimeType: 'text/plain; charset=utf-8',
      size: 4_000_000,
    });
    const { status, type, body } = await download(second as Link);
    expect([status, type, body.toString()]).toEqual([200, 'text/plain; charset=utf-8', 'b'.repeat(4_000_000)]);
  });

  test.each<[string, (data: string) => ContentBlock, Partial<Link>]>([
    ['an image', (data) => ({ type: 'image', data, mimeType: 'image/png' }), { mimeType: 'image/png', name: 'report' }],
    ['audio', (data) => ({ type: 'audio', data, mimeType: 'audio/wav' }), { mimeType: 'audio/wav' }],
    [
      'a blob',
      (blob) => ({ type: 'resource', resource: { uri: 'x://1', blob } }),
      { mimeType: 'application/octet-stream', name: 'x://1' },
    ],
    [
      'a text',
      (data) => ({ type: 'resource', resource: { uri: 'x://1', text: data, mimeType: 'text/csv' } }),
      { mimeType: 'text/csv' },
    ],
  ])('stores %s with its type', async (what, item, expected) => {
    const bytes = Buffer.alloc(5_000_000, 7);
    const encoded = bytes.toString('base64');
    const more = { annotations: { audience: ['user' as const] }, _meta: { 'x/y': 1 } };
    const [link] = await offloadLargeContent([{ ...item(encoded), ...more } as ContentBlock], 'report', signal);
    const stored = what === 'a text' ? Buffer.from(encoded) : bytes;
    expect(link).toMatchObject({ ...expected, ...more, type: 'resource_link', size: stored.length });
    const { type, body } = await download(link as Link);
    expect([type, body.equals(stored)]).toEqual([expected.mimeType, true]);
  });
});

describe('storeResult', () => {
  const store = () => storeResult(Buffer.from('x'), 'text/plain', signal);

  test('uses a new name for each result', async () => {
    expect((await store()).url.split('?')[0]).not.toBe((await store()).url.split('?')[0]);
  });

  test('cannot write results of another server', async () => {
    vi.stubEnv(ENV.SERVER_ID, 'mcp-2');
    await expect(store()).rejects.toThrow('s3: PutObject failed: 403 AccessDenied');
  });

  test.each([
    ['retries after a server error', [503, 500, 200], 3, undefined],
    ['gives up after three attempts', [503, 503, 503, 200], 3, 's3: PutObject failed: 503 SlowDown'],
    ['does not retry a rejected request', [403, 200], 1, 's3: PutObject failed: 403 SlowDown'],
  ])('%s', async (_, statuses, calls, error) => {
    let count = 0;
    const server = createServer((request, response) => {
      request.resume();
      const status = statuses[count++]!;
      response.writeHead(status).end(status === 200 ? '' : '<Error><Code>SlowDown</Code></Error>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stored = store();
    await (error ? expect(stored).rejects.toThrow(error) : stored);
    expect(count).toBe(calls);
    server.close();
  });
});

test('limits response streams by the memory size, or without a bucket by the limit of a result', () => {
  expect([maxStreamBytes(), streamLimitAdvice()]).toEqual([64 * 1_048_576, expect.stringContaining('memorySize')]);
  vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', '10240');
  expect(maxStreamBytes()).toBe(200 * 1_048_576);
  vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', '128');
  expect(maxStreamBytes()).toBe(16 * 1_048_576);
  vi.stubEnv(ENV.RESULT_BUCKET, undefined);
  expect([maxStreamBytes(), streamLimitAdvice()]).toEqual([MAX_RESULT_BYTES, expect.stringContaining('resultBucket')]);
});
