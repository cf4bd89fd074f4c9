import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { ENV } from '../../src/private/contract.js';
import { AUTHORIZER_CONTEXT, type OAuthConfig } from '../../src/private/oauth.js';
import { AccessTokens } from '../oauth/access-tokens.js';
import { IssuerUnavailable } from '../oauth/fetch-document.js';
import { callerContext, missingServerScopes, scopeChallenge } from '../oauth/grants.js';
import type { TokenCaller } from '../oauth/token.js';
import { jsonEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { missingToolScopes } from './named-tool.js';

const config = jsonEnv<OAuthConfig | undefined>(ENV.OAUTH, undefined)!;
const tokens = new AccessTokens(config);

/**
 * Authorizes a request by its access token. API Gateway turns the error `Unauthorized` into 401 with a challenge, a denial into 403, and
 * any other error into 503 (`addGatewayResponses`).
 */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  let caller: TokenCaller;
  try {
    caller = await tokens.callerOf(event, config);
  } catch (error) {
    if (error instanceof IssuerUnavailable) {
      log.error('cannot check a token', error);
      throw error;
    }
    log.info('token rejected', { reason: (error as Error).message });
    throw new Error('Unauthorized');
  }
  const missing = missingServerScopes(caller, config);
  if (missing.length === 0) missing.push(...(await missingToolScopes(event, caller)));
  if (missing.length === 0) return respond(event, 'Allow', caller);
  log.info('request denied', { principal: caller.id, missing });
  return respond(event, 'Deny', caller, { [AUTHORIZER_CONTEXT.CHALLENGE]: scopeChallenge(caller, missing, config) });
}

function respond(
  { methodArn }: APIGatewayRequestAuthorizerEvent,
  effect: 'Allow' | 'Deny',
  caller: TokenCaller,
  more: Record<string, string> = {},
): APIGatewayAuthorizerResult {
  const { principalId, context } = callerContext(caller, config);
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    context: { ...context, ...more },
  };
}
