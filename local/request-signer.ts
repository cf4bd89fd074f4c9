import { Sha256 } from '@aws-crypto/sha256-js';
import type { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** Returns the headers with a signature. */
export type Sign = (method: string, headers: Record<string, string>, body: string) => Promise<Record<string, string>>;

export interface SigningOptions {
  /** SigV4 service name. */
  readonly service: string;
  readonly region: string;
  readonly credentials: ReturnType<typeof fromNodeProviderChain>;
}

/** Creates a signer for requests to a URL. */
export function requestSigner(url: URL, options: SigningOptions): Sign {
  const signer = new SignatureV4({ ...options, sha256: Sha256 });
  return async (method, headers, body) => {
    const request = new HttpRequest({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    });
    const { host: _, ...signed } = (await signer.sign(request)).headers; // fetch sets the Host header itself
    return signed;
  };
}
