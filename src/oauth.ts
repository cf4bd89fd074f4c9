/** Options for `McpAuth.oauth()`. */
export interface McpOAuthOptions {
  /**
   * The issuers whose access tokens the server accepts: the exact value of `iss` in their tokens, an `https` URL.
   *
   * The authorizer reads the address of an issuer's key set from its metadata (RFC 8414 or OpenID Connect Discovery).
   */
  readonly issuers: string[];

  /**
   * The audiences of which a token must have one, in `aud`.
   *
   * @default - the MCP URL of the server; with `clientIds`, any audience
   */
  readonly audiences?: string[];

  /**
   * The scopes that every caller must have. They are part of the server's metadata, so that clients request them.
   *
   * @default - no scopes
   */
  readonly scopes?: string[];

  /**
   * The OAuth clients whose tokens the server accepts, by `client_id`, `cid`, `appid` or `azp`.
   *
   * For tokens without an audience, such as those of Cognito's client credentials grant. Without `audiences`, a token of a listed client is
   * accepted for whatever audience it was issued.
   *
   * @default - all clients
   */
  readonly clientIds?: string[];

  /**
   * The address of the key set (JWKS) of an issuer, by issuer, for issuers without metadata.
   *
   * @default - the address in the metadata of each issuer
   */
  readonly jwksUris?: { [issuer: string]: string };

  /**
   * The claim with the groups of the caller: a list, or the name of one group.
   *
   * @default - `groups` and `cognito:groups`
   */
  readonly groupsClaim?: string;

  /**
   * The names of further claims that functions receive, in `principal.claims`. Functions never receive the token.
   *
   * @default - no claims
   */
  readonly claims?: string[];
}
