import { issuerMetadataUrls, METADATA_PATH } from '../src/private/oauth.js';

/** Returns the address of the protected resource metadata (RFC 9728) that a challenge names. */
export function resourceMetadataUrl(challenge: string | null): string | undefined {
  return /resource_metadata="([^"]+)"/.exec(challenge ?? '')?.[1];
}

/**
 * Returns the address of the protected resource metadata of a server: the one that its challenge names, or else, as function URLs rename the
 * challenge, the one at the root of its host, where clients look for it (RFC 9728).
 */
export function resourceMetadataAddress(mcpUrl: string, headers: Headers): string | undefined {
  const named = resourceMetadataUrl(headers.get('www-authenticate'));
  if (named !== undefined || headers.get(REMAPPED_CHALLENGE) === null) return named;
  const { origin, pathname } = new URL(mcpUrl);
  return origin + METADATA_PATH + pathname;
}

/** Header that has the challenge of a function behind a function URL, or behind API Gateway. */
export const REMAPPED_CHALLENGE = 'x-amzn-remapped-www-authenticate';

/** Returns the addresses at which clients look for the metadata of an authorization server, in their order; none for an invalid issuer. */
export function metadataUrls(issuer: string): URL[] {
  return URL.canParse(issuer) ? issuerMetadataUrls(issuer).map((each) => new URL(each)) : [];
}
