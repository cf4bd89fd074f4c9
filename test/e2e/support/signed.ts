import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Returns functions that sign requests with the given credentials, for a REST API or for a function URL. */
export function signedFetch(credentials: Keys, service: 'execute-api' | 'lambda' = 'execute-api') {
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service, sha256: Sha256 });

  const headers = async (method: string, url: URL, body?: string, more: Record<string, string> = {}) => {
    const { headers: signed } = await signer.sign(
      new HttpRequest({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        port: Number(url.port),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { host: url.host, ...more },
        body,
      }),
    );
    return signed;
  };
  return {
    headers,
    fetch: async (method: string, url: URL, body?: string, more: Record<string, string> = {}) =>
      fetch(url, { method, body, headers: await headers(method, url, body, more) }),
    /** `fetch` for the transports of the SDKs. */
    transport: async (input: string | URL, init: RequestInit = {}) => {
      const { method = 'GET', body } = init;
      const own = Object.fromEntries(new Headers(init.headers));
      return fetch(input, { ...init, headers: await headers(method, new URL(input), body as string | undefined, own) });
    },
  };
}
