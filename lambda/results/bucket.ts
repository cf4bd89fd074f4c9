import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ENV, RESULTS } from '../../src/private/contract.js';
import { optionalEnv, requireEnv } from '../shared/env.js';
import { limitedSignal } from '../shared/time-limits.js';

/** A result in the result bucket. */
interface StoredResult {
  /** A presigned URL. Grants access to the result to everyone who has the URL. */
  readonly url: string;
  readonly expiresAt: Date;
}

/** Validity of a result link, in seconds. The link expires earlier if the credentials that signed it do. */
const LINK_SECONDS = 900;
const KEY_BYTES = 32;
const ATTEMPTS = 3;
const ATTEMPT_MS = 20_000;
const BACKOFF_MS = 200;

/** Stores a result in the result bucket under an unguessable name. */
export async function storeResult(body: Buffer, contentType: string, signal: AbortSignal): Promise<StoredResult> {
  const name = randomBytes(KEY_BYTES).toString('base64url');
  const object = objectAddress(requireEnv(ENV.RESULT_BUCKET), `${RESULTS.PREFIX}${requireEnv(ENV.SERVER_ID)}/${name}`);
  const signed = await signer().sign(
    new HttpRequest({
      ...object,
      method: 'PUT',
      headers: {
        host: object.host,
        'content-type': contentType,
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      },
    }),
  );
  await put(object.url, signed.headers, body, signal);
  const signingDate = new Date();
  const headers = { host: object.host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' };
  const link = await signer().presign(new HttpRequest({ ...object, method: 'GET', headers }), {
    expiresIn: LINK_SECONDS,
    signingDate,
  });
  const query = Object.entries(link.query ?? {}).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`);
  return {
    url: `${object.url}?${query.join('&')}`,
    expiresAt: new Date(signingDate.getTime() + LINK_SECONDS * 1000),
  };
}

/** The address of an S3 object, with its URL and the value of the `Host` header. */
interface ObjectAddress extends Pick<HttpRequest, 'protocol' | 'hostname' | 'port' | 'path'> {
  readonly host: string;
  readonly url: string;
}

/**
 * Returns the address of an object: at the endpoint that the environment configures, or at S3. A bucket has its own host name in S3,
 * except with dots in its name, which S3's certificate does not cover.
 */
export function objectAddress(bucket: string, key: string): ObjectAddress {
  const endpoint = optionalEnv('AWS_ENDPOINT_URL_S3') ?? optionalEnv('AWS_ENDPOINT_URL');
  const region = requireEnv('AWS_REGION');
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const virtualHosted = endpoint === undefined && !bucket.includes('.');
  const s3 = `${virtualHosted ? `${bucket}.` : ''}s3.${region}.${suffix}`;
  const { protocol, hostname, port, host } = new URL(endpoint ?? `https://${s3}`);
  const path = virtualHosted ? `/${key}` : `/${bucket}/${key}`;
  return { protocol, hostname, port: port ? Number(port) : undefined, path, host, url: `${protocol}//${host}${path}` };
}

function signer(): SignatureV4 {
  return new SignatureV4({
    service: 's3',
    region: requireEnv('AWS_REGION'),
    credentials: fromEnv(),
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
}

async function put(
  url: string,
  { host: _, ...headers }: Record<string, string>,
  body: Buffer,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await fetch(url, {
      method: 'PUT',
      headers,
      body: body as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.any([signal, limitedSignal(ATTEMPT_MS)]),
    }).then(failureOf, (error: Error) => ({ retryable: true, error }));
    signal.throwIfAborted();
    if (!failure) return;
    if (!failure.retryable || attempt === ATTEMPTS) throw failure.error;
    await sleep(BACKOFF_MS * 2 ** attempt);
  }
}

async function failureOf(response: Response): Promise<{ retryable: boolean; error: Error } | undefined> {
  const text = await response.text();
  if (response.ok) return undefined;
  const code = /<Code>([^<]*)/.exec(text)?.[1] ?? response.statusText;
  const retryable = response.status === 429 || response.status >= 500;
  return { retryable, error: new Error(`s3: PutObject failed: ${response.status} ${code}`) };
}
