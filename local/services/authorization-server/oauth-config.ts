import { ENV } from '../../../src/private/contract.js';
import { AUTHORIZER_CONTEXT, type OAuthConfig } from '../../../src/private/oauth.js';

/** Scopes and groups that the tools, resources and prompts of the app name. */
export interface KnownAccess {
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
}

/** Principal of callers without a token when authorization is not enforced. */
const DEVELOPER = 'local';

/** Returns the configuration of a function that checks access tokens, by its environment. */
export function oauthConfigOf(environment: Readonly<Record<string, unknown>> = {}): OAuthConfig | undefined {
  const text = environment[ENV.OAUTH];
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text) as OAuthConfig;
  } catch {
    return undefined; // a variable of the developer's own
  }
}

/**
 * Removes the addresses of key sets of replaced issuers, whose metadata names the local ones.
 *
 * @param isReplacement whether an issuer replaces another one
 */
export function withoutRemoteKeys(
  environment: Record<string, string>,
  isReplacement: (issuer: string) => boolean,
): Record<string, string> {
  const config = oauthConfigOf(environment);
  if (!config?.jwksUris) return environment;
  const jwksUris = Object.fromEntries(Object.entries(config.jwksUris).filter(([issuer]) => !isReplacement(issuer)));
  return { ...environment, [ENV.OAUTH]: JSON.stringify({ ...config, jwksUris }) };
}

/** Returns the context of the local developer, who may use everything. */
export function developerContext({ scopes }: OAuthConfig, access: KnownAccess): Readonly<Record<string, string>> {
  return {
    principalId: DEVELOPER,
    [AUTHORIZER_CONTEXT.SCOPE]: [...new Set([...scopes, ...access.scopes])].join(' '),
    [AUTHORIZER_CONTEXT.GROUPS]: JSON.stringify(access.groups),
    [AUTHORIZER_CONTEXT.CLAIMS]: '{}',
  };
}
