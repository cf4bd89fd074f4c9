import { beforeEach, expect, test, vi } from 'vitest';
import { addressOf, hostOf, urlOf } from '../../../lambda/results/address.js';

beforeEach(() => {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  return () => vi.unstubAllEnvs();
});

test.each([
  ['a bucket', 'b', {}, 'https://b.s3.eu-west-1.amazonaws.com/k/1'],
  ['a name with dots', 'b.c', {}, 'https://s3.eu-west-1.amazonaws.com/b.c/k/1'],
  ['China', 'b', { AWS_REGION: 'cn-north-1' }, 'https://b.s3.cn-north-1.amazonaws.com.cn/k/1'],
  ['an endpoint', 'b', { AWS_ENDPOINT_URL: 'http://127.0.0.1:99' }, 'http://127.0.0.1:99/b/k/1'],
  ['one for S3', 'b', { AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://s3.x' }, 'http://s3.x/b/k/1'],
])('%s', (_, bucket, environment, url) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const address = addressOf(bucket, 'k/1');
  expect(urlOf(address)).toBe(url);
  expect(hostOf(address)).toBe(new URL(url).host);
});
