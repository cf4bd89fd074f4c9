import { AUTHORIZER_CONTEXT, challenge, type OAuthConfig } from '../../src/private/oauth.js';
import type { TokenCaller } from './token.js';

/** A caller as API Gateway passes it on from the authorizer: `requestContext.authorizer`, all of whose values are text. */
export interface CallerContext {
  readonly principalId: string;
  readonly context: Record<string, string>;
}

/** Describes a caller for `principalOf()`. */
export function callerContext(caller: TokenCaller): CallerContext {
  return {
    principalId: caller.id,
    context: {
      ...(caller.clientId === undefined ? {} : { [AUTHORIZER_CONTEXT.CLIENT_ID]: caller.clientId }),
      [AUTHORIZER_CONTEXT.SCOPE]: caller.scopes.join(' '),
      [AUTHORIZER_CONTEXT.GROUPS]: JSON.stringify(caller.groups),
      [AUTHORIZER_CONTEXT.CLAIMS]: JSON.stringify(caller.claims),
    },
  };
}

/** The scopes of the server that a caller lacks. */
export function missingServerScopes({ scopes }: TokenCaller, config: OAuthConfig): string[] {
  return config.scopes.filter((scope) => !scopes.includes(scope));
}

/** Explains which scopes a caller lacks. */
export function describeMissing(missing: readonly string[]): string {
  return `missing scope: ${missing.join(' ')}`;
}

/** The challenge of a caller without all scopes. It names everything that the caller needs: some clients request nothing else. */
export function scopeChallenge(caller: TokenCaller, missing: readonly string[], config: OAuthConfig): string {
  const { scopes, scopePrefix = '', metadataUrl } = config;
  const needed = [...scopes, ...missing].map((scope) => scopePrefix + scope);
  return challenge({
    error: 'insufficient_scope',
    description: describeMissing(missing),
    scopes: [...new Set([...needed, ...caller.grantedScopes])].filter(isScope),
    metadataUrl,
  });
}

/** RFC 6749, section 3.3: anything else in a token could end the quoted parameter. */
function isScope(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
}
