import type { TokenRequest } from './issuer.js';
import type { Resource } from './resource.js';

/** Member of an issuer's metadata with the URL at which developers get tokens. */
export const TOKEN_URL_MEMBER = 'mcp_lambda_token_url';
/** Client id of tokens that no client requested. */
const COMMAND_CLIENT_ID = 'mcp-lambda-token';
/** Default lifetime of a token, in seconds. */
const DEFAULT_EXPIRES_IN = 3600;

/**
 * Parses a request for a token of the developer's choice.
 *
 * @param resourceOf returns the server with a URL; the scopes that its callers need are the default
 * @returns the reason as text if the request is invalid
 */
export function parseTokenRequest(
  text: string,
  resourceOf: (url: string) => Resource | undefined,
): TokenRequest | string {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) ?? {};
  } catch {
    return 'invalid JSON';
  }
  const { resource, subject = 'developer', groups = [], claims = {}, expiresIn = DEFAULT_EXPIRES_IN } = body;
  const { clientId = COMMAND_CLIENT_ID } = body;
  if (typeof resource !== 'string' || !URL.canParse(resource)) return 'invalid resource: expected the URL of a server';
  const { scopes: known = [], scopePrefix = '' } = resourceOf(resource) ?? {};
  const { scopes = known } = body;
  if (typeof subject !== 'string' || subject === '') return 'invalid subject: expected text';
  if (typeof clientId !== 'string' || clientId === '') return 'invalid clientId: expected text';
  if (!isTexts(scopes) || !isTexts(groups)) return 'invalid scopes or groups: expected lists of text';
  if (!isTextRecord(claims)) return 'invalid claims: expected text by name';
  if (!Number.isInteger(expiresIn) || (expiresIn as number) < 1) return 'invalid expiresIn: expected seconds';
  const granted = scopes.map((scope) => (scope.startsWith(scopePrefix) ? scope : scopePrefix + scope));
  return { resource, subject, clientId, scopes: granted, groups, claims, expiresIn: expiresIn as number };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
}
