import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { OAuthConfig } from '../../src/private/oauth.js';
import { IssuerKeys } from './issuer-keys.js';
import { readCaller, type TokenCaller, TokenRejected } from './token.js';

/** RFC 6750, section 2.1. */
const BEARER = /^bearer +([\w.~+/-]+=*)$/i;

/** The headers of a request, as API Gateway and function URLs pass them on. */
export interface RequestHeaders {
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
}

/** Verifies the access tokens of the issuers of a server. Keeps their keys between requests. */
export class AccessTokens {
  private readonly keys: ReadonlyMap<string, IssuerKeys>;

  constructor({ issuers, jwksUris }: Pick<OAuthConfig, 'issuers' | 'jwksUris'>) {
    this.keys = new Map(issuers.map((issuer) => [issuer, new IssuerKeys(issuer, jwksUris?.[issuer])]));
  }

  /** Begins to read the keys of the issuers before the first request. */
  prefetchKeys(): void {
    for (const keys of this.keys.values()) keys.prefetch();
  }

  /**
   * Identifies the caller of a request by its access token.
   *
   * @throws {@link IssuerUnavailable} if the keys of the issuer cannot be read; any other error is about the token
   */
  async callerOf(request: RequestHeaders, config: OAuthConfig): Promise<TokenCaller> {
    const token = bearerToken(request);
    const { header, payload } = decomposeUnverifiedJwt(token);
    const issuer = this.keys.get(String(payload.iss));
    if (!issuer) throw new TokenRejected(`issuer ${JSON.stringify(payload.iss)} is not one of issuers`);
    return readCaller(header, await issuer.verify(token), config);
  }
}

/** The token of the only `Authorization` header. */
function bearerToken({ headers, multiValueHeaders }: RequestHeaders): string {
  const values = Object.entries(multiValueHeaders ?? headers ?? {})
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, value]) => value ?? []);
  const token = values.length === 1 ? BEARER.exec(values[0]!)?.[1] : undefined;
  if (token === undefined) {
    throw new TokenRejected(values.length > 1 ? 'more than one Authorization header' : 'no bearer token');
  }
  return token;
}
