import { beforeEach, expect, test, vi } from 'vitest';
import { objectAddress } from '../../../lambda/results/bucket.js';

beforeEach(() => {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  return () => vi.unstubAllEnvs();
});

test.each([
  ['a bucket', 'b', {}, 'https://b.s3.eu-west-1.amazonaws.com/k/1'],
  ['a bucket name with dots', 'b.c', {}, 'https://s3.eu-west-1.amazonaws.com/b.c/k/1'],
  ['a bucket in China', 'b', { AWS_REGION: 'cn-north-1' }, 'https://b.s3.cn-north-1.amazonaws.com.cn/k/1'],
  ['a configured endpoint', 'b', { AWS_ENDPOINT_URL: 'http://127.0.0.1:99' }, 'http://127.0.0.1:99/b/k/1'],
  [
    'a configured endpoint of S3',
    'b',
    { AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://s3.x' },
    'http://s3.x/b/k/1',
  ],
])('returns the address for %s', (_, bucket, environment, url) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  expect(objectAddress(bucket, 'k/1')).toMatchObject({ url, host: new URL(url).host });
});
