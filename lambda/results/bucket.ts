import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ENV, RESULTS } from '../../src/private/contract.js';
import { requireEnv } from '../shared/env.js';
import { type Address, addressOf, hostOf, urlOf } from './address.js';

/** A result that can be fetched. */
export interface StoredResult {
  /** Whoever has it may read the result, until it expires. */
  readonly url: string;
  readonly expiresAt: Date;
}

/** How long a link is good for, in seconds: long enough for a client to follow it, and no longer. It ends sooner with the credentials that signed it. */
export const LINK_SECONDS = 900;
const KEY_BYTES = 32;
const ATTEMPTS = 3;
const ATTEMPT_MS = 60_000;
const BACKOFF_MS = 200;

/** Puts a result into the bucket, under a name that nobody can guess. */
export async function storeResult(body: Buffer, contentType: string, signal: AbortSignal): Promise<StoredResult> {
  const name = randomBytes(KEY_BYTES).toString('base64url');
  const object = addressOf(requireEnv(ENV.RESULT_BUCKET), `${RESULTS.PREFIX}${requireEnv(ENV.SERVER_ID)}/${name}`);
  const put = await signer().sign(
    new HttpRequest({
      ...object,
      method: 'PUT',
      headers: {
        host: hostOf(object),
        'content-type': contentType,
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      },
    }),
  );
  await send(put.headers, object, body, signal);
  const signingDate = new Date();
  const headers = { host: hostOf(object), 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' };
  const link = await signer().presign(new HttpRequest({ ...object, method: 'GET', headers }), {
    expiresIn: LINK_SECONDS,
    signingDate,
  });
  const query = Object.entries(link.query ?? {}).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`);
  return {
    url: `${urlOf(object)}?${query.join('&')}`,
    expiresAt: new Date(signingDate.getTime() + LINK_SECONDS * 1000),
  };
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

async function send(
  { host: _, ...headers }: Record<string, string>,
  object: Address,
  body: Buffer,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await fetch(urlOf(object), {
      method: 'PUT',
      headers,
      body: body as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
    }).then(failureOf, (error: Error) => ({ again: true, error }));
    signal.throwIfAborted();
    if (!failure) return;
    if (!failure.again || attempt === ATTEMPTS) throw failure.error;
    await sleep(BACKOFF_MS * 2 ** attempt);
  }
}

/** What S3 has against a request, and whether it may be another time. */
async function failureOf(response: Response): Promise<{ again: boolean; error: Error } | undefined> {
  const text = await response.text();
  if (response.ok) return undefined;
  const code = /<Code>([^<]*)/.exec(text)?.[1] ?? response.statusText;
  const again = response.status === 429 || response.status >= 500;
  return { again, error: new Error(`s3: PutObject answered ${response.status} ${code}`) };
}
