import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Authorization, Credentials } from '../apigateway/sigv4.js';
import { AwsError } from '../aws-endpoint/errors.js';
import type { ReadRequest } from '../forward.js';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Longest life of a link, in seconds (S3: 7 days). */
const MAX_EXPIRES = 604_800;
/** Most that a link may be ahead of the clock, in milliseconds. */
const MAX_SKEW_MS = 900_000;

/** Whether a request is signed in its query, as links to objects are. */
export function isPresigned(url: string): boolean {
  return /[?&]X-Amz-Algorithm=/.test(url);
}

/** The request that a link stands for. */
export function withoutSignature(request: ReadRequest): ReadRequest {
  const [path, search = ''] = request.url.split('?');
  const kept = search.split('&').filter((parameter) => !parameter.startsWith('X-Amz-'));
  return { ...request, url: [path, ...(kept.length > 0 ? [kept.join('&')] : [])].join('?') };
}

/**
 * Checks a request that is signed in its query, by the rules of AWS's documentation: signature, life, and a key that somebody has.
 * @returns who signed
 */
export function verifyPresigned(
  { method, url, headers }: ReadRequest,
  credentialsOf: (accessKeyId: string) => Credentials | undefined,
  now = Date.now(),
): Authorization {
  const [path, search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  const [accessKeyId, date, region, service, end] = (query.get('X-Amz-Credential') ?? '').split('/');
  const signedAt = timeOf(query.get('X-Amz-Date'));
  const expires = Number(query.get('X-Amz-Expires'));
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const signature = query.get('X-Amz-Signature') ?? '';
  const whole = query.get('X-Amz-Algorithm') === ALGORITHM && end === 'aws4_request' && signedHeaders.includes('host');
  if (!whole || signedAt === undefined || !(expires >= 1 && expires <= MAX_EXPIRES)) {
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

/** RFC 3986, which escapes more than `encodeURIComponent`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function timeOf(text: string | null): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
