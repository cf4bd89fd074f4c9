import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { requestSigner, type Sign } from '../request-signer.js';

/** The region in an API Gateway host name. */
const HOST_REGION = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/**
 * Determines the region to sign for: the given one, the one in the host name, or the one in the environment.
 * @throws if none of them is set
 */
export function regionOf(url: URL, given: string | undefined): string {
  const region =
    given ?? HOST_REGION.exec(url.hostname)?.[1] ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (region) return region;
  throw new Error(`cannot determine the region of ${url.hostname}: pass --region`);
}

/**
 * Creates a signer for requests to a URL, with the AWS credentials from the SDK's default chain (environment, profiles, SSO, …).
 * @throws if the chain does not find credentials
 */
export async function createSigner(url: URL, options: { region?: string; profile?: string }): Promise<Sign> {
  const credentials = fromNodeProviderChain(options.profile ? { profile: options.profile } : {});
  await credentials();
  return requestSigner(url, { service: 'execute-api', region: regionOf(url, options.region), credentials });
}
