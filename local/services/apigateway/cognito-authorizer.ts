import type { CognitoAuthorizerDefinition } from './definition.js';
import type { AuthorizedCaller, GatewayRequest } from './event.js';
import { unauthorized } from './gateway-error.js';

/**
 * Verifies signature, issuer and expiry of a token.
 *
 * @returns its claims
 * @throws if the token is invalid
 */
export type VerifyToken = (issuer: string, token: string) => Promise<Readonly<Record<string, unknown>>>;

/** An authorizer of tokens of Cognito user pools, which the authorization server for development issued. */
export class CognitoAuthorizer {
  constructor(
    private readonly definition: CognitoAuthorizerDefinition,
    private readonly verify: VerifyToken,
  ) {}

  /** @throws GatewayError if the token is invalid: an ID token without scopes, an access token with one of them otherwise */
  async authorize(request: GatewayRequest): Promise<AuthorizedCaller> {
    const { scopes = [] } = request.match.route.authorization;
    const claims = await this.claimsOf(this.tokenOf(request));
    const isAccessToken = claims.token_use === 'access';
    const granted = String(claims.scope ?? '').split(' ');
    const allowed =
      scopes.length === 0 ? !isAccessToken : isAccessToken && scopes.some((each) => granted.includes(each));
    if (!allowed) throw unauthorized();
    const texts = Object.entries(claims).map(([name, value]) => [name, textOf(value)] as const);
    return { identity: {}, authorizer: { claims: Object.fromEntries(texts) } };
  }

  private tokenOf({ headers }: GatewayRequest): string {
    const source = this.definition.identitySource ?? 'method.request.header.Authorization';
    const name = source.replace(/^method\.request\.header\./, '').toLowerCase();
    return String(headers[name] ?? '').replace(/^bearer +/i, '');
  }

  private async claimsOf(token: string): Promise<Readonly<Record<string, unknown>>> {
    for (const issuer of this.definition.issuers) {
      try {
        return await this.verify(issuer, token);
      } catch {
        // perhaps another user pool issued it
      }
    }
    throw unauthorized();
  }
}

/** Returns a claim as API Gateway passes it: lists with commas. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
