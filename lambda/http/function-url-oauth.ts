import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ENV } from '../../src/private/contract.js';
import {
  ACCESS_ERROR,
  challenge,
  DOMAIN_PLACEHOLDER,
  describeMissingScopes,
  METADATA_PATH,
  type OAuthConfig,
  RETRY_SECONDS,
  requestedScopes,
} from '../../src/private/oauth.js';
import { AccessTokens } from '../oauth/access-tokens.js';
import { IssuerUnavailable } from '../oauth/fetch-document.js';
import { callerContext, missingServerScopes, scopeChallenge } from '../oauth/grants.js';
import type { TokenCaller } from '../oauth/token.js';
import { jsonEnv } from '../shared/env.js';
import { json, methodNotAllowed } from '../shared/http.js';
import { log } from '../shared/log.js';

const template = jsonEnv<OAuthConfig | undefined>(ENV.OAUTH, undefined)!;
const tokens = new AccessTokens(template);
tokens.prefetchKeys(); // while the rest of the function starts

/**
 * Checks the access token of a request, as the authorizer of a REST API does. Lambda renames the challenges (`WWW-Authenticate`), so that the
 * bodies of the responses say the same.
 *
 * @returns the request with its caller, or the response to a caller without access
 */
export async function authorize(event: APIGatewayProxyEvent): Promise<APIGatewayProxyEvent | APIGatewayProxyResult> {
  const config = configFor(event);
  const { requestId } = event.requestContext;
  let caller: TokenCaller;
  try {
    caller = await tokens.callerOf(event, config);
  } catch (error) {
    if (error instanceof IssuerUnavailable) {
      log.error('cannot check a token', { error, requestId });
      const message = 'the issuer of the access token is not available; try again later';
      return accessError(503, message, { 'retry-after': String(RETRY_SECONDS) });
    }
    log.info('token rejected', { reason: (error as Error).message, requestId });
    return authenticationRequired(config);
  }
  const missing = missingServerScopes(caller, config);
  if (missing.length > 0) {
    log.info('request denied', { principal: caller.id, missing, requestId });
    const headers = { 'www-authenticate': scopeChallenge(caller, missing, config) };
    return accessError(403, describeMissingScopes(missing, config), headers);
  }
  const { principalId, context } = callerContext(caller, config);
  return { ...event, requestContext: { ...event.requestContext, authorizer: { ...context, principalId } } };
}

/** The protected resource metadata (RFC 9728), which clients read before they have a token: all origins may. */
export function metadataResponse(event: APIGatewayProxyEvent): APIGatewayProxyResult {
  const cors = { 'access-control-allow-origin': '*' };
  if (event.httpMethod === 'OPTIONS') {
    // web pages send MCP-Protocol-Version with this request, so that browsers ask first
    const headers = { ...cors, 'access-control-allow-methods': 'GET', 'access-control-allow-headers': '*' };
    return { statusCode: 204, headers, body: '' };
  }
  if (event.httpMethod !== 'GET') return methodNotAllowed(['GET']);
  const config = configFor(event);
  const metadata = {
    resource: config.metadataUrl.replace(METADATA_PATH, ''),
    authorization_servers: config.issuers,
    scopes_supported: requestedScopes(config.scopes, config),
    bearer_methods_supported: ['header'],
  };
  return json(200, metadata, { ...cors, 'cache-control': 'max-age=300' });
}

/**
 * The configuration with the addresses of the function URL. Lambda states its host; headers of the request can name any other. The scheme is
 * not replaced: the local runner, which serves function URLs over plain HTTP, changes it in the environment.
 */
function configFor({ requestContext: { domainName = '' } }: APIGatewayProxyEvent): OAuthConfig {
  const own = (text: string) => text.replaceAll(DOMAIN_PLACEHOLDER, () => domainName);
  const { audiences, scopePrefix, metadataUrl } = template;
  return {
    ...template,
    metadataUrl: own(metadataUrl),
    ...(audiences && { audiences: audiences.map(own) }),
    ...(scopePrefix !== undefined && { scopePrefix: own(scopePrefix) }),
  };
}

function authenticationRequired(config: OAuthConfig): APIGatewayProxyResult {
  const { metadataUrl, scopes } = config;
  const message = `authentication required: send an access token; ${metadataUrl} names the authorization server`;
  const headers = { 'www-authenticate': challenge({ metadataUrl, scopes: requestedScopes(scopes, config) }) };
  return accessError(401, message, headers);
}

/** An error that MCP clients and people can read. */
function accessError(statusCode: number, message: string, headers: Record<string, string>): APIGatewayProxyResult {
  return json(statusCode, { jsonrpc: '2.0', id: null, error: { code: ACCESS_ERROR, message } }, headers);
}
