import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { type SignedRequest, verifySignature } from '../../../local/services/iam/sigv4.js';

const KEY = { accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'token' };
const credentialsOf = (id: string) => (id === KEY.accessKeyId ? KEY : undefined);

interface Unsigned {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
}

/** Signs a request with the signer of the AWS SDK, as it is then received. */
async function signed(unsigned: Unsigned, received = ''): Promise<SignedRequest> {
  const { method = 'POST', path = '/', query = {}, headers = {}, body = '', service = 'sqs' } = unsigned;
  const signer = new SignatureV4({
    service,
    region: 'us-east-1',
    credentials: KEY,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const request = new HttpRequest({ method, path, query, body, headers: { host: 'aws.test', ...headers } });
  const { headers: all } = await signer.sign(request);
  return { method, path: received || path, headers: lowerCase(all), body: Buffer.from(body) };
}

const lowerCase = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

describe('verifySignature', () => {
  test.each<[string, Unsigned, string?]>([
    ['a JSON call', { body: '{"QueueUrl":"q"}', headers: { 'x-amz-target': 'AmazonSQS.SendMessage' } }],
    ['a path with escapes', { service: 'lambda', path: '/functions/arn%3Aaws%3Alambda%3A1/invocations' }],
    ['a path with other characters', { service: 'lambda', path: "/a b/(c)!*'/~d/" }],
    ['relative segments', { service: 'lambda', path: '/a/./b//../c' }],
    ['a path of S3', { service: 's3', method: 'PUT', path: '/bucket/a//b%20c', body: 'x' }],
    [
      'a query',
      { method: 'GET', query: { 'a-b': '1', a: ['2', '1'], 'ü x': "(!'*)" } },
      '/?a-b=1&a=2&a=1&%C3%BC%20x=(!%27*)',
    ],
    ['headers with spaces', { headers: { 'x-amz-meta': '  a   b\tc ' } }],
  ])('accepts %s', async (_, unsigned, received) => {
    const request = await signed(unsigned, received);
    expect(verifySignature(request, credentialsOf)).toMatchObject({ accessKeyId: 'ASIATEST', region: 'us-east-1' });
    expect(verifySignature(request, credentialsOf)).toBeDefined();
  });

  test.each<[string, (request: SignedRequest) => SignedRequest]>([
    ['path', (request) => ({ ...request, path: '/other' })],
    ['query', (request) => ({ ...request, path: '/?a=1' })],
    ['method', (request) => ({ ...request, method: 'PUT' })],
    ['body', (request) => ({ ...request, body: Buffer.from('other') })],
    ['header', (request) => ({ ...request, headers: { ...request.headers, 'x-amz-target': 'other' } })],
  ])('rejects another %s', async (_, alter) => {
    const request = await signed({ body: '{}', headers: { 'x-amz-target': 'AmazonSQS.SendMessage' } });
    expect(() => verifySignature(alter(request), credentialsOf)).toThrow(/signature|hash/);
  });

  test('rejects a signature of another length', async () => {
    const request = await signed({});
    const authorization = `${request.headers.authorization}0`;
    const altered = { ...request, headers: { ...request.headers, authorization } };
    expect(() => verifySignature(altered, credentialsOf)).toThrow('signature we calculated does not match');
  });

  test('rejects another secret', async () => {
    const request = await signed({});
    expect(() => verifySignature(request, () => ({ ...KEY, secretAccessKey: 'other' }))).toThrow(
      'signature we calculated does not match',
    );
  });
});
