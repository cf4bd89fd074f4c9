import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

export type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** `fetch` for an API with IAM authorization. `stop` aborts its requests. Bodies must be text. */
export function signedFetch(region: string, credentials: Credentials, stop: AbortSignal): typeof fetch {
  const sign = requestSigner(region, credentials, stop);
  return async (input, init) => (await sign(input instanceof Request ? input.url : input, init))();
}

/** Signs a request once, to send it any number of times within five minutes. */
export type SignRequest = (url: string | URL, init?: RequestInit) => Promise<() => Promise<Response>>;

/** Signs requests to an API with IAM authorization, or to an AWS service. `stop` aborts them. Bodies must be text. */
export function requestSigner(
  region: string,
  credentials: Credentials,
  stop: AbortSignal,
  service = 'execute-api',
): SignRequest {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  return async (address, init = {}) => {
    const url = new URL(address);
    const body = init.body === undefined || init.body === null ? undefined : String(init.body);
    const method = init.method ?? 'GET';
    const { headers } = await signer.sign(
      new HttpRequest({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...Object.fromEntries(new Headers(init.headers)), host: url.host },
        body,
      }),
    );
    const { host: _, ...signed } = headers; // fetch sets the host itself
    const signal = init.signal ? AbortSignal.any([init.signal, stop]) : stop;
    return () => fetch(url, { ...init, method, headers: signed, body, signal });
  };
}
