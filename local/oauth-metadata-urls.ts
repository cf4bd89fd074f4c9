/** Returns the address of the protected resource metadata (RFC 9728) that a challenge names. */
export function resourceMetadataUrl(challenge: string | null): string | undefined {
  return /resource_metadata="([^"]+)"/.exec(challenge ?? '')?.[1];
}

/** Returns the addresses at which clients look for the metadata of an authorization server, in the order in which they try them (RFC 8414). */
export function metadataUrls(issuer: string): URL[] {
  if (!URL.canParse(issuer)) return [];
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ].map((each) => new URL(each));
}
