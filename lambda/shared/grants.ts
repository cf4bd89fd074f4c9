import { AUTHORIZER_CONTEXT } from '../../src/private/oauth.js';
import { isObject } from './json.js';

/** What an access token grants its caller. */
export interface Grants {
  /** The scopes, without prefix. Undefined if callers have no scopes, as with IAM and API keys. */
  readonly scopes?: readonly string[];
  readonly groups?: readonly string[];
  /** Id of the OAuth client. */
  readonly clientId?: string;
}

type Context = Readonly<Record<string, unknown>>;

/** Reads the grants from the context of a Lambda authorizer, or from the claims of a Cognito authorizer. API Gateway makes both text. */
export function grantsOf(authorizer: Context | null | undefined): Grants {
  if (!authorizer) return {};
  const { claims } = authorizer;
  if (isObject(claims)) {
    // API Gateway joins the names of groups with commas: a name with a comma reads as several (docs/adr/034-one-access-rule.md)
    return defined({
      scopes: words(claims.scope),
      groups: typeof claims['cognito:groups'] === 'string' ? claims['cognito:groups'].split(',') : undefined,
      clientId: textOf(claims.client_id),
    });
  }
  return defined({
    scopes: words(authorizer[AUTHORIZER_CONTEXT.SCOPE]),
    groups: listOf(authorizer[AUTHORIZER_CONTEXT.GROUPS]),
    clientId: textOf(authorizer[AUTHORIZER_CONTEXT.CLIENT_ID]),
  });
}

/** The claims that the authorizer of `McpAuth.oauth()` selects; undefined for any other authorizer. */
export function ownClaimsOf(authorizer: Context): Record<string, unknown> | undefined {
  const claims = parsed(authorizer[AUTHORIZER_CONTEXT.CLAIMS]);
  return isObject(claims) ? claims : undefined;
}

/** The text that the issuer puts before the name of a scope. Undefined without one, and for callers without an access token. */
export function scopePrefixOf(authorizer: Context | null | undefined): string | undefined {
  return textOf(authorizer?.[AUTHORIZER_CONTEXT.SCOPE_PREFIX]);
}

function words(value: unknown): string[] | undefined {
  return typeof value === 'string' ? value.split(' ').filter(Boolean) : undefined;
}

/** A JSON array of strings; anything else names no groups. */
function listOf(value: unknown): string[] | undefined {
  const list = parsed(value);
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : undefined;
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function defined(grants: Grants): Grants {
  return Object.fromEntries(Object.entries(grants).filter(([, value]) => value !== undefined));
}
