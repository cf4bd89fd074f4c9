import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from '../aws-endpoint/errors.js';
import type { BufferedRequest } from '../forward.js';
import type { Credentials } from '../iam/service.js';
import { ALGORITHM, type Authorization, parseAmzDate } from '../iam/sigv4.js';
import { isPresignedV2, verifyPresignedV2 } from './presigned-v2.js';

/** Parameters of a signature, of version 4 or 2. */
const SIGNATURE_PARAMETER =
  /^(X-Amz-|(AWSAccessKeyId|Signature|Expires|x-amz-security-token|content-type|content-md5)=)/;
/** Maximum lifetime of a presigned URL, in seconds (S3: 7 days). */
const MAX_EXPIRES_SECONDS = 604_800;
/** Maximum time that the signing date can be in the future, in milliseconds. */
const MAX_SKEW_MS = 900_000;

/** Whether a URL is presigned: has the signature in the query string. */
export function isPresigned(url: string): boolean {
  return /[?&]X-Amz-Algorithm=/.test(url) || isPresignedV2(url);
}

/** Whether a request is a browser form that uploads a file, whose signature is a field. */
export function isPresignedPost({ method, headers, body }: BufferedRequest): boolean {
  return (
    method === 'POST' &&
    /^multipart\/form-data\b/.test(headers['content-type'] ?? '') &&
    /name="(X-Amz-Signature|signature)"/i.test(body.toString('latin1'))
  );
}

/** Removes the signature parameters from a presigned request. */
export function withoutSignature(request: BufferedRequest): BufferedRequest {
  const [path, search = ''] = request.url.split('?');
  const kept = search.split('&').filter((parameter) => !SIGNATURE_PARAMETER.test(parameter));
  return { ...request, url: [path, ...(kept.length > 0 ? [kept.join('&')] : [])].join('?') };
}

/**
 * Verifies a presigned request: access key, signature and expiry.
 * @returns the parsed signature parameters
 * @throws AwsError if the signature is invalid or expired
 */
export function verifyPresigned(
  { method, url, headers }: BufferedRequest,
  credentialsOf: (accessKeyId: string) => Credentials | undefined,
  now = Date.now(),
): Authorization {
  if (isPresignedV2(url)) return verifyPresignedV2({ method, url, headers }, credentialsOf, now);
  const [path, search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  const [accessKeyId, date, region, service, end] = (query.get('X-Amz-Credential') ?? '').split('/');
  const signedAt = parseAmzDate(query.get('X-Amz-Date') ?? '')?.getTime();
  const expires = Number(query.get('X-Amz-Expires'));
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const signature = query.get('X-Amz-Signature') ?? '';
  const complete =
    query.get('X-Amz-Algorithm') === ALGORITHM && end === 'aws4_request' && signedHeaders.includes('host');
  if (!complete || signedAt === undefined || !(expires >= 1 && expires <= MAX_EXPIRES_SECONDS)) {
    const message = 'Query-string authentication requires the X-Amz-* parameters, with X-Amz-Expires from 1 to 604800';
    throw new AwsError('AuthorizationQueryParametersError', 400, message);
  }
  const credentials = credentialsOf(accessKeyId!);
  if (!credentials || (credentials.sessionToken ?? null) !== query.get('X-Amz-Security-Token')) {
    throw new AwsError('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.');
  }
  const canonicalHeaders = signedHeaders.map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`).join('');
  const request = [method, path, canonicalQuery(query), canonicalHeaders, signedHeaders.join(';'), 'UNSIGNED-PAYLOAD'];
  const scope = `${date}/${region}/${service}/aws4_request`;
  const hash = createHash('sha256').update(request.join('\n')).digest('hex');
  const text = [ALGORITHM, query.get('X-Amz-Date'), scope, hash].join('\n');
  const key = [date!, region!, service!, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => hmac(previous, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const expected = hmac(key, text).toString('hex');
  if (signature.length !== expected.length || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) {
    const message = 'The request signature we calculated does not match the signature you provided.';
    throw new AwsError('SignatureDoesNotMatch', 403, message);
  }
  if (now > signedAt + expires * 1000) throw new AwsError('AccessDenied', 403, 'Request has expired');
  if (now < signedAt - MAX_SKEW_MS) throw new AwsError('AccessDenied', 403, 'Request is not valid yet');
  return { accessKeyId: accessKeyId!, date: date!, region: region!, service: service!, signedHeaders, signature };
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** Percent-encodes by RFC 3986, which escapes more characters than `encodeURIComponent`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
