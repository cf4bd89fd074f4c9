import { isSecureUrl } from '../../src/private/oauth.js';

/** Longest time for one document of an issuer, milliseconds. Three of them fit in the time that API Gateway gives an authorizer. */
const TIMEOUT_MS = 3_000;
/** Largest document of an issuer, bytes. Real ones have some kilobytes. */
const MAX_BYTES = 262_144;

/** The issuer did not answer, or not as an issuer does. It says nothing about the token. */
export class IssuerUnavailable extends Error {
  readonly name = 'IssuerUnavailable';
}

/** Fetches a document of an issuer. Undefined if the issuer has none at this URL (4xx). */
export async function fetchDocument(url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!isSecureUrl(new URL(url))) throw new IssuerUnavailable(`cannot fetch ${url}: expected https`);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'error', // a key set must come from the address that the issuer names
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return await readBounded(response);
    await response.body?.cancel();
  } catch (error) {
    throw new IssuerUnavailable(`cannot fetch ${url}: ${(error as Error).message}`, { cause: error });
  }
  if (response.status >= 500 || response.status === 429) {
    throw new IssuerUnavailable(`cannot fetch ${url}: status ${response.status}`);
  }
  return undefined;
}

async function readBounded(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
