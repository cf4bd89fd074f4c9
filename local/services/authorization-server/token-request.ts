import type { TokenRequest } from './issuer.js';

/** Client id of tokens that no client requested. */
export const COMMAND_CLIENT_ID = 'mcp-lambda-token';
/** Default lifetime of a token, in seconds. */
const DEFAULT_EXPIRES_IN = 3600;

/**
 * Parses a request for a token of the developer's choice.
 *
 * @param scopesOf the scopes that callers of a resource need, which are the default
 * @returns the reason as text if the request is invalid
 */
export function parseTokenRequest(
  text: string,
  scopesOf: (resource: string) => readonly string[],
): TokenRequest | string {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) ?? {};
  } catch {
    return 'invalid JSON';
  }
  const { resource, subject = 'developer', groups = [], expiresIn = DEFAULT_EXPIRES_IN } = body;
  const { clientId = COMMAND_CLIENT_ID } = body;
  if (typeof resource !== 'string' || !URL.canParse(resource)) return 'invalid resource: expected the URL of a server';
  const { scopes = scopesOf(resource) } = body;
  if (typeof subject !== 'string' || subject === '') return 'invalid subject: expected text';
  if (typeof clientId !== 'string' || clientId === '') return 'invalid clientId: expected text';
  if (!isTexts(scopes) || !isTexts(groups)) return 'invalid scopes or groups: expected lists of text';
  if (!Number.isInteger(expiresIn) || (expiresIn as number) < 1) return 'invalid expiresIn: expected seconds';
  return { resource, subject, clientId, scopes, groups, expiresIn: expiresIn as number };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
}
