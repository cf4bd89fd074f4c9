import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Credentials } from './service.js';

export interface SignedRequest {
  readonly method: string;
  /** Path with the query string, as received. */
  readonly path: string;
  /** Headers with lowercase names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The parsed `Authorization` header of a signed request. */
export interface Authorization {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** A signature that AWS rejects, with status 403. `name` is AWS's error code. */
export class SignatureError extends Error {
  constructor(
    name:
      | 'MissingAuthenticationTokenException'
      | 'IncompleteSignatureException'
      | 'UnrecognizedClientException'
      | 'InvalidSignatureException',
    message: string,
  ) {
    super(message);
    this.name = name;
  }
}

/** Maximum clock skew between signer and verifier, in milliseconds (AWS: 5 minutes). */
const MAX_SKEW_MS = 300_000;
export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Whether a request has a signature, valid or not. */
export function isSigned(headers: SignedRequest['headers']): boolean {
  return String(headers.authorization ?? '').startsWith(ALGORITHM);
}

/**
 * Parses the `Authorization` header of a signed request.
 * @throws SignatureError if the header is missing or incomplete
 */
export function parseAuthorization(headers: SignedRequest['headers']): Authorization {
  if (!isSigned(headers)) {
    throw new SignatureError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const text = String(headers.authorization).slice(ALGORITHM.length);
  const fields = new Map<string, string>();
  for (const field of text.split(',')) {
    const [name, ...value] = field.trim().split('=');
    fields.set(name, value.join('='));
  }
  const [accessKeyId, date, region, service, end] = (fields.get('Credential') ?? '').split('/');
  const signature = fields.get('Signature');
  const signedHeaders = fields.get('SignedHeaders')?.split(';');
  // HTTP/2 has :authority in place of Host
  const signsHost = signedHeaders?.some((name) => name === 'host' || name === ':authority');
  if (end !== 'aws4_request' || !signature || !signedHeaders || !signsHost) {
    throw new SignatureError(
      'IncompleteSignatureException',
      'Authorization header requires Credential (key/date/region/service/aws4_request), SignedHeaders (with host) and Signature.',
    );
  }
  return { accessKeyId, date, region, service, signedHeaders, signature };
}

/**
 * Verifies the AWS Signature Version 4 of a request by recomputing it.
 * @param credentialsOf returns the credentials of an access key; undefined for an unknown key
 * @param scope required service and region of the signature; any if absent
 * @param authorization the parsed `Authorization` header, if the caller has it
 * @returns the parsed `Authorization` header
 * @throws SignatureError if the signature is invalid
 */
export function verifySignature(
  request: SignedRequest,
  credentialsOf: (accessKeyId: string) => Credentials | undefined,
  scope: { service?: string; region?: string } = {},
  authorization = parseAuthorization(request.headers),
): Authorization {
  checkScope(authorization, scope);
  checkDate(authorization, request.headers['x-amz-date']);
  const credentials = credentialsOf(authorization.accessKeyId);
  if (!credentials || credentials.sessionToken !== request.headers['x-amz-security-token']) {
    throw new SignatureError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  checkPayload(request, authorization);
  const expected = Buffer.from(signatureOf(request, authorization, credentials.secretAccessKey));
  const received = Buffer.from(authorization.signature);
  if (expected.length !== received.length || !timingSafeEqual(expected, received)) {
    throw new SignatureError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return authorization;
}

/** Computes the signature of a request. */
function signatureOf(request: SignedRequest, { region, service, date, signedHeaders }: Authorization, secret: string) {
  const { headers, body } = request;
  const scope = [date, region, service, 'aws4_request'];
  const payloadHash = String(headers['x-amz-content-sha256'] ?? sha256(body));
  const canonical = canonicalRequest(request, service, [...new Set([...signedHeaders, 'x-amz-date'])], payloadHash);
  const text = [ALGORITHM, headers['x-amz-date'], scope.join('/'), sha256(canonical)].join('\n');
  return createHmac('sha256', signingKey(secret, scope)).update(text).digest('hex');
}

function canonicalRequest(
  { method, path: target, headers }: SignedRequest,
  service: string,
  names: readonly string[],
  payloadHash: string,
): string {
  const [path] = target.split('?');
  const sorted = [...names].sort();
  // HTTP/2 has :authority in place of Host
  const headerOf = (name: string) => String(headers[name === ':authority' ? 'host' : name] ?? '');
  return [
    method,
    service === 's3' ? path : canonicalPath(path),
    target.includes('?') ? canonicalQuery(new URL(target, 'http://localhost').searchParams) : '',
    ...sorted.map(
      (name) =>
        `${name}:${headerOf(name)
          .replace(/[ \t]+/g, ' ')
          .trim()}`,
    ),
    '',
    sorted.join(';'),
    payloadHash,
  ].join('\n');
}

/** Escapes a path a second time, without empty and relative segments. */
function canonicalPath(path: string): string {
  if (path === '/') return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(escapeUri(segment));
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}${end}`;
}

function canonicalQuery(query: URLSearchParams): string {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...query]
    .filter(([name]) => name.toLowerCase() !== 'x-amz-signature')
    .map(([name, value]) => [escapeUri(name), escapeUri(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Percent-encodes by RFC 3986, which escapes more characters than `encodeURIComponent`. */
function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Signing keys by secret and scope. A key is valid for a day, a region and a service. */
const signingKeys = new Map<string, KeyObject>();
const MAX_SIGNING_KEYS = 500;

function signingKey(secret: string, scope: readonly string[]): KeyObject {
  const id = [secret, ...scope].join('/');
  let key = signingKeys.get(id);
  if (!key) {
    const bytes = scope.reduce<string | Buffer>(
      (previous, part) => createHmac('sha256', previous).update(part).digest(),
      `AWS4${secret}`,
    );
    key = createSecretKey(bytes as Buffer);
    if (signingKeys.size >= MAX_SIGNING_KEYS) signingKeys.clear();
    signingKeys.set(id, key);
  }
  return key;
}

function checkScope(authorization: Authorization, { service, region }: { service?: string; region?: string }): void {
  if (service !== undefined && authorization.service !== service) {
    throw new SignatureError(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${service}'.`,
    );
  }
  if (region !== undefined && authorization.region !== region) {
    throw new SignatureError(
      'InvalidSignatureException',
      `Credential should be scoped to a valid region, not '${authorization.region}'.`,
    );
  }
}

function checkDate({ date }: Authorization, header: string | string[] | undefined): void {
  const signedAt = parseAmzDate(String(header));
  if (signedAt === undefined || date !== String(header).slice(0, 8)) {
    throw new SignatureError(
      'IncompleteSignatureException',
      `X-Amz-Date is required and must match the date of the credential scope: '${header}' does not match '${date}'.`,
    );
  }
  if (Math.abs(Date.now() - signedAt.getTime()) > MAX_SKEW_MS) {
    throw new SignatureError(
      'InvalidSignatureException',
      `Signature expired: ${header} is more than 5 min. away from ${new Date().toISOString()}`,
    );
  }
}

/** Parses `YYYYMMDDTHHMMSSZ`. */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** Checks that the signed hash matches the body. Chunks of a body that is uploaded to S3 have signatures of their own, which are not checked. */
function checkPayload({ headers, body }: SignedRequest, { service }: Authorization): void {
  const hash = headers['x-amz-content-sha256'];
  if (service === 's3' && String(hash).startsWith('STREAMING-')) return;
  if (hash === undefined || hash === 'UNSIGNED-PAYLOAD' || hash === sha256(body)) return;
  throw new SignatureError(
    'InvalidSignatureException',
    "The value of the 'x-amz-content-sha256' header does not match the hash of the body.",
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
