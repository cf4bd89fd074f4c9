import type { JwtHeader, JwtPayload } from 'aws-jwt-verify/jwt-model';
import { GROUPS_CLAIMS, ISSUER_SEPARATOR, type OAuthConfig } from '../../src/private/oauth.js';

/** Media types of access tokens in the header `typ` (RFC 7519, RFC 9068). */
const ACCESS_TOKEN_TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);
/** Claims that only ID tokens have (OpenID Connect Core). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];
/** Claims with the id of the client that an access token was issued to. */
const CLIENT_CLAIMS = ['client_id', 'cid', 'appid', 'azp'];

/** A token that this server does not accept. The message is for the log. */
export class TokenRejected extends Error {
  readonly name = 'TokenRejected';
}

/** The caller, as an access token describes it. */
export interface TokenCaller {
  readonly id: string;
  readonly clientId?: string;
  /** Scopes, without prefix. */
  readonly scopes: readonly string[];
  /** Scopes, as in the token. */
  readonly grantedScopes: readonly string[];
  readonly groups: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Reads the caller from a token with a valid signature.
 *
 * @throws {@link TokenRejected} if it is not an access token for this server
 */
export function readCaller(header: JwtHeader, payload: JwtPayload, config: OAuthConfig): TokenCaller {
  requireAccessToken(header, payload);
  const clientId = CLIENT_CLAIMS.map((name) => payload[name]).find((value) => typeof value === 'string');
  const { audiences, clientIds } = config;
  if (audiences && !audiencesOf(payload).some((audience) => audiences.includes(audience))) {
    throw new TokenRejected(`audience ${JSON.stringify(payload.aud)}: expected ${audiences.join(' or ')}`);
  }
  if (clientIds && !clientIds.includes(clientId as string)) {
    throw new TokenRejected(`client ${JSON.stringify(clientId)} is not one of clientIds`);
  }
  if (typeof payload.exp !== 'number') throw new TokenRejected('no expiry');
  if (typeof payload.sub !== 'string' || payload.sub === '') throw new TokenRejected('no subject');
  const grantedScopes = [...new Set([...words(payload.scope), ...words(payload.scp)])];
  return {
    id: `${payload.iss}${ISSUER_SEPARATOR}${payload.sub}`,
    ...(clientId === undefined ? {} : { clientId: clientId as string }),
    grantedScopes,
    scopes: grantedScopes.map((scope) => withoutPrefix(scope, config)),
    groups: groupsOf(payload, config),
    claims: Object.fromEntries(
      (config.claims ?? []).filter((name) => Object.hasOwn(payload, name)).map((name) => [name, payload[name]]),
    ),
  };
}

function requireAccessToken({ typ }: JwtHeader & { typ?: unknown }, payload: JwtPayload): void {
  if (typ !== undefined && !ACCESS_TOKEN_TYPES.has(String(typ).toLowerCase())) {
    throw new TokenRejected(`token type ${JSON.stringify(typ)}: expected an access token`);
  }
  const use = payload.token_use; // Cognito
  if (use !== undefined && use !== 'access') throw new TokenRejected(`token_use ${JSON.stringify(use)}`);
  const kind = payload.typ; // Keycloak
  if (typeof kind === 'string' && kind !== 'Bearer') throw new TokenRejected(`token type ${JSON.stringify(kind)}`);
  const idTokenClaim = ID_TOKEN_CLAIMS.find((name) => Object.hasOwn(payload, name));
  if (idTokenClaim) throw new TokenRejected(`an ID token (it has ${idTokenClaim}): expected an access token`);
  const isAccessToken =
    ['scope', 'scp', 'client_id', 'cid', 'appid'].some((name) => Object.hasOwn(payload, name)) ||
    String(typ).toLowerCase().endsWith('at+jwt') ||
    (typeof payload.azp === 'string' && !audiencesOf(payload).includes(payload.azp));
  if (!isAccessToken) throw new TokenRejected('neither a scope nor a client id: expected an access token');
}

function audiencesOf({ aud }: JwtPayload): readonly string[] {
  return typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud.filter((each) => typeof each === 'string') : [];
}

/** The words of a claim that is a list, or text with spaces. */
function words(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter((each): each is string => typeof each === 'string') : [];
}

function withoutPrefix(scope: string, { scopePrefix }: OAuthConfig): string {
  return scopePrefix && scope.startsWith(scopePrefix) ? scope.slice(scopePrefix.length) : scope;
}

/** Groups, as a list or as one name: a name may contain spaces and commas. */
function groupsOf(payload: JwtPayload, { groupsClaim }: OAuthConfig): string[] {
  const values = (groupsClaim ? [groupsClaim] : GROUPS_CLAIMS).flatMap((name) =>
    Object.hasOwn(payload, name) ? payload[name] : [],
  );
  return [...new Set(values.filter((each): each is string => typeof each === 'string'))];
}
