import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { ENV } from '../../src/private/contract.js';
import { AUTHORIZER_CONTEXT, challenge, type OAuthConfig } from '../../src/private/oauth.js';
import { jsonEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { IssuerUnavailable } from './fetch-json.js';
import { IssuerKeys } from './issuer-keys.js';
import { missingToolScopes } from './named-tool.js';
import { readCaller, type TokenCaller, TokenRejected } from './token.js';

/** RFC 6750, section 2.1. */
const BEARER = /^bearer +([\w.~+/-]+=*)$/i;

const config = jsonEnv<OAuthConfig | undefined>(ENV.OAUTH, undefined)!;
const keys = new Map(config.issuers.map((issuer) => [issuer, new IssuerKeys(issuer, config.jwksUris?.[issuer])]));

/**
 * Authorizes a request by its access token. API Gateway turns the error `Unauthorized` into 401 with a challenge, a denial into 403, and
 * any other error into 503 (`addGatewayResponses`).
 */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  let caller: TokenCaller;
  try {
    caller = await authenticate(event);
  } catch (error) {
    if (error instanceof IssuerUnavailable) {
      log.error('cannot check a token', error);
      throw error;
    }
    log.info('token rejected', { reason: (error as Error).message });
    throw new Error('Unauthorized');
  }
  const missing = config.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (missing.length === 0) missing.push(...(await missingToolScopes(event, caller)));
  return missing.length > 0 ? deny(event, caller, missing) : respond(event, 'Allow', caller);
}

async function authenticate(event: APIGatewayRequestAuthorizerEvent): Promise<TokenCaller> {
  const token = bearerToken(event);
  const { header, payload } = decomposeUnverifiedJwt(token);
  const issuer = keys.get(String(payload.iss));
  if (!issuer) throw new TokenRejected(`issuer ${JSON.stringify(payload.iss)} is not one of issuers`);
  return readCaller(header, await issuer.verify(token), config);
}

/** The token of the only `Authorization` header. */
function bearerToken({ headers, multiValueHeaders }: APIGatewayRequestAuthorizerEvent): string {
  const values = Object.entries(multiValueHeaders ?? headers ?? {})
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, value]) => value ?? []);
  const token = values.length === 1 ? BEARER.exec(values[0]!)?.[1] : undefined;
  if (token === undefined) {
    throw new TokenRejected(values.length > 1 ? 'more than one Authorization header' : 'no bearer token');
  }
  return token;
}

function deny(
  event: APIGatewayRequestAuthorizerEvent,
  caller: TokenCaller,
  missing: readonly string[],
): APIGatewayAuthorizerResult {
  const { scopes, scopePrefix = '', metadataUrl } = config;
  log.info('request denied', { principal: caller.id, missing });
  // some clients request only what the challenge names, so it names everything that the caller needs
  const needed = [...scopes, ...missing].map((scope) => scopePrefix + scope);
  return respond(event, 'Deny', caller, {
    [AUTHORIZER_CONTEXT.CHALLENGE]: challenge({
      error: 'insufficient_scope',
      description: `missing scope: ${missing.join(' ')}`,
      scopes: [...new Set([...needed, ...caller.grantedScopes])].filter(isScope),
      metadataUrl,
    }),
  });
}

/** RFC 6749, section 3.3: anything else in a token could end the quoted parameter. */
function isScope(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
}

function respond(
  { methodArn }: APIGatewayRequestAuthorizerEvent,
  effect: 'Allow' | 'Deny',
  caller: TokenCaller,
  context: Record<string, string> = {},
): APIGatewayAuthorizerResult {
  return {
    principalId: caller.id,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    context: {
      ...(caller.clientId === undefined ? {} : { [AUTHORIZER_CONTEXT.CLIENT_ID]: caller.clientId }),
      [AUTHORIZER_CONTEXT.SCOPE]: caller.scopes.join(' '),
      [AUTHORIZER_CONTEXT.GROUPS]: JSON.stringify(caller.groups),
      [AUTHORIZER_CONTEXT.CLAIMS]: JSON.stringify(caller.claims),
      ...context,
    },
  };
}
