import { createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from '../aws-endpoint/errors.js';
import type { BufferedRequest } from '../forward.js';
import type { Credentials } from '../iam/service.js';
import type { Authorization } from '../iam/sigv4.js';

/** Region of the calls: the signature has none. */
const REGION = 'us-east-1';
/** Parameters that are part of the signed resource. */
const SIGNED_PARAMETER = /^(acl|delete|partNumber|tagging|torrent|uploadId|uploads|versionId|response-.+)$/;

/** Whether a URL has a signature of version 2, as boto3 creates by default in us-east-1. */
export function isPresignedV2(url: string): boolean {
  return /[?&]AWSAccessKeyId=/.test(url) && /[?&]Signature=/.test(url);
}

/**
 * Verifies a URL with a signature of version 2.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 * @returns the parsed signature parameters
 * @throws AwsError if the signature is invalid or expired
 */
export function verifyPresignedV2(
  { method, url, headers }: Pick<BufferedRequest, 'method' | 'url' | 'headers'>,
  credentialsOf: (accessKeyId: string) => Credentials | undefined,
  now: number,
): Authorization {
  const [path, search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  const accessKeyId = query.get('AWSAccessKeyId')!;
  const signature = query.get('Signature')!;
  const expires = query.get('Expires') ?? '';
  const credentials = credentialsOf(accessKeyId);
  if (!credentials || (credentials.sessionToken ?? null) !== query.get('x-amz-security-token')) {
    throw new AwsError('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.');
  }
  const value = (name: string) => String(headers[name] ?? query.get(name) ?? '');
  const names = [...Object.keys(headers), ...query.keys()].filter((name) => name.startsWith('x-amz-'));
  const amzHeaders = [...new Set(names)].sort().map((name) => `${name}:${value(name)}\n`);
  const parameters = [...query].filter(([name]) => SIGNED_PARAMETER.test(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const resource = parameters.map(([name, text]) => (text === '' ? name : `${name}=${text}`)).join('&');
  const text = [
    method,
    value('content-md5'),
    value('content-type'),
    expires,
    `${amzHeaders.join('')}${path}${resource ? `?${resource}` : ''}`,
  ].join('\n');
  const expected = createHmac('sha1', credentials.secretAccessKey).update(text).digest('base64');
  if (signature.length !== expected.length || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) {
    const message = 'The request signature we calculated does not match the signature you provided.';
    throw new AwsError('SignatureDoesNotMatch', 403, message);
  }
  if (now > Number(expires) * 1000) throw new AwsError('AccessDenied', 403, 'Request has expired');
  return { accessKeyId, date: '', region: REGION, service: 's3', signedHeaders: [], signature };
}
