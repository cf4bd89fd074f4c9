import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Returns functions that sign requests with the given credentials. */
export function signedFetch(credentials: Keys) {
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'execute-api', sha256: Sha256 });

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
  };
}
