import {
  AUTHORIZER_CONTEXT,
  challenge,
  describeMissingScopes,
  type OAuthConfig,
  requestedScopes,
} from '../../src/private/oauth.js';
import type { TokenCaller } from './token.js';

/** A caller as API Gateway passes it on from the authorizer: `requestContext.authorizer`, all of whose values are text. */
export interface CallerContext {
  readonly principalId: string;
  readonly context: Record<string, string>;
}

/** Describes a caller for `principalOf()`, and the prefix of its scopes for `scopePrefixOf()`. */
export function callerContext(caller: TokenCaller, { scopePrefix }: OAuthConfig): CallerContext {
  return {
    principalId: caller.id,
    context: {
      ...(caller.clientId === undefined ? {} : { [AUTHORIZER_CONTEXT.CLIENT_ID]: caller.clientId }),
      [AUTHORIZER_CONTEXT.SCOPE]: caller.scopes.join(' '),
      ...(scopePrefix === undefined ? {} : { [AUTHORIZER_CONTEXT.SCOPE_PREFIX]: scopePrefix }),
      [AUTHORIZER_CONTEXT.GROUPS]: JSON.stringify(caller.groups),
      [AUTHORIZER_CONTEXT.CLAIMS]: JSON.stringify(caller.claims),
    },
  };
}

/** The scopes of the server that a caller lacks. */
export function missingServerScopes({ scopes }: TokenCaller, config: OAuthConfig): string[] {
  return config.scopes.filter((scope) => !scopes.includes(scope));
}

/** The challenge of a caller without all scopes. It names everything that the caller needs: some clients request nothing else. */
export function scopeChallenge(caller: TokenCaller, missing: readonly string[], config: OAuthConfig): string {
  const needed = requestedScopes([...config.scopes, ...missing], config);
  return challenge({
    error: 'insufficient_scope',
    description: describeMissingScopes(missing, config),
    scopes: [...new Set([...needed, ...caller.grantedScopes])].filter(isScope),
    metadataUrl: config.metadataUrl,
  });
}

/** RFC 6749, section 3.3: anything else in a token could end the quoted parameter. */
function isScope(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
}
