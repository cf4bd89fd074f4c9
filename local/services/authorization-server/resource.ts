import { type OAuthConfig, requestedScopes } from '../../../src/private/oauth.js';

/** An MCP server of the app, as an OAuth resource. */
export interface Resource {
  /** Local MCP URL: the value of `resource` in requests for a token. */
  readonly url: string;
  /** The audience of its tokens. */
  readonly audience: string;
  /** Scopes that its callers need, as clients request them. */
  readonly scopes: readonly string[];
  readonly scopePrefix: string;
  /** Claim with the groups of the caller, if the server has a name of its own for it. */
  readonly groupsClaim?: string;
}

const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Returns the base URL at which clients reach the server that an authorizer with this configuration protects. */
export function publicUrlOf({ metadataUrl }: OAuthConfig): string {
  return metadataUrl.slice(0, metadataUrl.indexOf(METADATA_PATH));
}

/** Returns the resource that an authorizer with this configuration protects. */
export function resourceOf(config: OAuthConfig): Resource {
  const { metadataUrl, audiences, scopes, scopePrefix = '', groupsClaim } = config;
  const url = metadataUrl.replace(METADATA_PATH, '');
  // some issuers have ids of their own for resources
  const audience = !audiences || audiences.includes(url) ? url : audiences[0]!;
  return { url, audience, scopes: requestedScopes(scopes, config), scopePrefix, groupsClaim };
}
