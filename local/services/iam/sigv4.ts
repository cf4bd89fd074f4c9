import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
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
 * @returns the parsed `Authorization` header
 * @throws SignatureError if the signature is invalid
 */
export async function verifySignature(
  request: SignedRequest,
  credentialsOf: (accessKeyId: string) => Credentials | undefined,
  scope: { service?: string; region?: string } = {},
): Promise<Authorization> {
  const authorization = parseAuthorization(request.headers);
  checkScope(authorization, scope);
  const signedAt = checkDate(authorization, request.headers['x-amz-date']);
  const credentials = credentialsOf(authorization.accessKeyId);
  if (!credentials || credentials.sessionToken !== request.headers['x-amz-security-token']) {
    throw new SignatureError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  checkPayload(request, authorization);
  const expectedSignature = await sign(request, authorization, credentials, signedAt);
  if (!timingSafeEqual(digest(expectedSignature), digest(authorization.signature))) {
    throw new SignatureError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return authorization;
}

async function sign(
  request: SignedRequest,
  { region, service, signedHeaders }: Authorization,
  credentials: Credentials,
  signingDate: Date,
): Promise<string> {
  const url = new URL(request.path, 'http://localhost');
  const query = Object.fromEntries(
    [...url.searchParams.keys()].map((key) => [key, url.searchParams.getAll(key)] as const),
  );
  const headers: Record<string, string> = {};
  // HTTP/2 has :authority in place of Host
  for (const name of signedHeaders)
    headers[name] = String(request.headers[name === ':authority' ? 'host' : name] ?? '');
  const signer = new SignatureV4({
    region,
    service,
    // the session token is part of the signature only if the client has signed its header
    credentials: { ...credentials, sessionToken: headers['x-amz-security-token'] },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: false,
  });
  const payloadHash = request.headers['x-amz-content-sha256'];
  const signed = await signer.sign(
    new HttpRequest({
      method: request.method,
      hostname: url.hostname,
      path: request.path.split('?')[0],
      query,
      headers: payloadHash === undefined ? headers : { 'x-amz-content-sha256': String(payloadHash), ...headers },
      body: request.body,
    }),
    {
      signingDate,
      signableHeaders: new Set(signedHeaders),
      unsignableHeaders: new Set(signedHeaders.includes('x-amz-content-sha256') ? [] : ['x-amz-content-sha256']),
    },
  );
  return parseAuthorization(signed.headers as SignedRequest['headers'] & { authorization: string }).signature;
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

function checkDate({ date }: Authorization, header: string | string[] | undefined): Date {
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
  return signedAt;
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
  if (hash === undefined || hash === 'UNSIGNED-PAYLOAD' || hash === createHash('sha256').update(body).digest('hex'))
    return;
  throw new SignatureError(
    'InvalidSignatureException',
    "The value of the 'x-amz-content-sha256' header does not match the hash of the body.",
  );
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** SHA-256 of Node.js with the interface of the signer. */
class Sha256 {
  private readonly hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
