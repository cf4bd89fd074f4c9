import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { McpOAuthOptions } from '../../oauth';
import { invalid } from '../errors';
import { isSecureUrl } from '../oauth';

/** A scope of RFC 6749, section 3.3, without the apostrophe, which ends a header value in API Gateway. */
const SCOPE = /^[\x21\x23-\x26\x28-\x5b\x5d-\x7e]+$/;

/** Rejects options with which the authorizer would refuse every token. */
export function checkOAuthOptions(scope: Construct, options: McpOAuthOptions): void {
  const { issuers, scopes = [], jwksUris = {} } = options;
  if (!Token.isUnresolved(issuers) && issuers.length === 0) {
    throw invalid(scope, 'issuers is empty: the server would accept no token; add the issuer of your access tokens');
  }
  for (const issuer of issuers) checkUrl(scope, 'issuers', issuer, false);
  for (const each of scopes) {
    if (!Token.isUnresolved(each) && !SCOPE.test(each)) {
      throw invalid(scope, `scopes: '${each}' is not a scope; use visible ASCII characters without space, ", ' and \\`);
    }
  }
  for (const name of ['audiences', 'clientIds'] as const) {
    if (options[name]?.length === 0) {
      throw invalid(scope, `${name} is empty: the server would accept no token; add a value, or remove ${name}`);
    }
  }
  for (const [issuer, uri] of Object.entries(jwksUris)) {
    if (!issuers.includes(issuer)) {
      throw invalid(scope, `jwksUris: '${issuer}' is not one of issuers; use the exact text of an issuer`);
    }
    checkUrl(scope, 'jwksUris', uri, true);
  }
}

function checkUrl(scope: Construct, name: string, value: string, query: boolean): void {
  if (Token.isUnresolved(value)) return;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && isSecureUrl(url) && !url.hash && (query || !url.search)) return;
  const example = query ? 'https://login.example.com/keys' : 'https://login.example.com';
  throw invalid(
    scope,
    `${name}: '${value}' is not an https URL${query ? '' : ' without query'}; use a URL such as ${example}`,
  );
}
