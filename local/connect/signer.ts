import { Sha256 } from '@aws-crypto/sha256-js';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** Adds a signature to a request's headers. */
export type Sign = (method: string, headers: Record<string, string>, body: string) => Promise<Record<string, string>>;

/** The region in an API Gateway host name. */
const HOST_REGION = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** The region to sign for: the given one, the one in the host name, or the environment's. */
export function regionOf(url: URL, given: string | undefined): string {
  const region =
    given ?? HOST_REGION.exec(url.hostname)?.[1] ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (region) return region;
  throw new Error(`${url.hostname} does not say its region: name it with --region`);
}

/**
 * Signs requests to one address with the AWS credentials that the SDK's default chain finds (environment, profiles, SSO, …).
 * Looks for them at once.
 */
export async function createSigner(url: URL, options: { region?: string; profile?: string }): Promise<Sign> {
  const credentials = fromNodeProviderChain(options.profile ? { profile: options.profile } : {});
  await credentials();
  const signer = new SignatureV4({
    service: 'execute-api',
    region: regionOf(url, options.region),
    credentials,
    sha256: Sha256,
  });
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
    const { host: _, ...signed } = (await signer.sign(request)).headers; // fetch sets the host itself
    return signed;
  };
}
