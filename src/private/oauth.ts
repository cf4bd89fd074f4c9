/**
 * What the constructs and the functions that check access tokens agree on for OAuth: their configuration, the context of a caller, and the
 * challenges of RFC 6750.
 */

/** Path of the protected resource metadata (RFC 9728), below which the path of the resource follows. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** JSON-RPC error code for a request without access, of the range for servers. */
export const ACCESS_ERROR = -32_001;

/** Seconds after which a client may try again when an issuer is not available. */
export const RETRY_SECONDS = 5;

/**
 * The domain of a server at a function URL, in its `OAuthConfig`. The URL in the environment of its own function would be a cyclic dependency:
 * the function replaces this text by the domain of the request (`requestContext.domainName`).
 */
export const DOMAIN_PLACEHOLDER = '{domainName}';

/** The origin of a server at a function URL, in its `OAuthConfig`. */
export const FUNCTION_URL_ORIGIN = `https://${DOMAIN_PLACEHOLDER}`;

/**
 * Returns the addresses of the metadata of an issuer, in the order in which MCP clients try them: RFC 8414 first, then OpenID Connect Discovery
 * with the path after and before the well-known name. Without a path, two are the same.
 */
export function issuerMetadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

/** The configuration of the function that checks access tokens; JSON in `ENV.OAUTH`. */
export interface OAuthConfig {
  readonly issuers: readonly string[];
  /** Audiences of which a token must have one; without them, any audience is accepted. */
  readonly audiences?: readonly string[];
  /** Ids of the clients whose tokens are accepted; without them, those of all clients. */
  readonly clientIds?: readonly string[];
  /** Scopes that every caller must have, without the prefix. */
  readonly scopes: readonly string[];
  /** Text that the issuer puts before the name of a scope. */
  readonly scopePrefix?: string;
  /** Addresses of key sets, by issuer; those of other issuers come from their metadata. */
  readonly jwksUris?: { readonly [issuer: string]: string };
  /** Claim with the groups of the caller. */
  readonly groupsClaim?: string;
  /** Further claims that functions receive. */
  readonly claims?: readonly string[];
  /** URL of the protected resource metadata (RFC 9728). */
  readonly metadataUrl: string;
}

/** Claims with the groups of the caller, without `OAuthConfig.groupsClaim`. */
export const GROUPS_CLAIMS = ['groups', 'cognito:groups'] as const;

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Whether a URL names this machine, by the names that OAuth has for it (RFC 8252). */
export function isLoopbackHost({ hostname }: URL): boolean {
  return LOOPBACK_HOSTS.includes(hostname);
}

/** Whether an issuer may be at this URL: plain HTTP is for an authorization server on the developer's own machine. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url));
}

/** Separates issuer and subject in the id of a caller. Neither a URL nor an issuer contains it. */
export const ISSUER_SEPARATOR = '|';

/** Keys of the context that the authorizer returns. API Gateway allows letters, digits and underscores, and passes all values as text. */
export const AUTHORIZER_CONTEXT = {
  /** Id of the OAuth client. */
  CLIENT_ID: 'clientId',
  /** Scopes of the token without prefix, separated by spaces. */
  SCOPE: 'scope',
  /** JSON array of the caller's groups. */
  GROUPS: 'groups',
  /** Text that the issuer puts before the name of a scope. Absent without one. */
  SCOPE_PREFIX: 'scopePrefix',
  /** JSON object of the claims that functions receive. */
  CLAIMS: 'callerClaims',
  /** Value of `WWW-Authenticate` for a request that is denied. */
  CHALLENGE: 'challenge',
} as const;

/** Returns scopes as clients request them, with the prefix of the issuer. Options and access rules name them without it. */
export function requestedScopes(
  scopes: readonly string[],
  { scopePrefix = '' }: Pick<OAuthConfig, 'scopePrefix'>,
): string[] {
  return scopes.map((scope) => scopePrefix + scope);
}

/** Explains to a client which scopes its access token lacks. */
export function describeMissingScopes(missing: readonly string[], config: Pick<OAuthConfig, 'scopePrefix'>): string {
  return `missing scope: ${requestedScopes(missing, config).join(' ')}`;
}

/** The parameters of a challenge. */
export interface OAuthChallenge {
  readonly metadataUrl: string;
  /** Scopes to request, with their prefix. */
  readonly scopes: readonly string[];
  readonly error?: 'insufficient_scope' | 'invalid_token';
  readonly description?: string;
}

/** The value of `WWW-Authenticate`. Every parameter is quoted: clients read `name="value"` only. */
export function challenge({ error, description, scopes, metadataUrl }: OAuthChallenge): string {
  const parameters = Object.entries({
    error,
    error_description: description,
    scope: scopes.length > 0 ? scopes.join(' ') : undefined,
    resource_metadata: metadataUrl,
  });
  const quoted = parameters.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}="${value}"`);
  return `Bearer ${quoted.join(', ')}`;
}
