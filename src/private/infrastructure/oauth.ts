import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpAuth, McpAuthConfig } from '../../auth';
import type { McpOAuthOptions } from '../../oauth';
import { ENV, PATHS } from '../contract';
import { invalid } from '../errors';
import {
  ACCESS_ERROR,
  AUTHORIZER_CONTEXT,
  challenge,
  METADATA_PATH,
  type OAuthChallenge,
  type OAuthConfig,
  RETRY_SECONDS,
  requestedScopes,
} from '../oauth';
import { ServerInternals } from '../server-internals';
import { checkOAuthOptions } from '../validation/oauth';
import { type HandlerSettings, handlerFunction, handlerRole } from './functions';
import type { ServerContext } from './server-context';

/** Id of the response with the challenge. */
const UNAUTHORIZED = 'Unauthorized';

/** Longest time in which the authorizer finds the keys of an issuer: its documents, each within three seconds. */
const TIMEOUT = Duration.seconds(15);

/** The server whose access tokens are checked. */
export interface OAuthResource {
  readonly mcpUrl: string;
  /** Text that the issuer puts before the name of a scope. */
  readonly scopePrefix?: string;
}

/** What the authorization of a REST API by OAuth needs to know about the server. */
export interface OAuthTarget extends OAuthResource {
  readonly api: apigateway.RestApi;
  /** The authorization that defines it. */
  readonly auth: McpAuth;
}

/** Returns how a function checks access tokens, with valid options. */
export function oauthConfig(
  scope: Construct,
  options: McpOAuthOptions,
  { mcpUrl, scopePrefix }: OAuthResource,
): OAuthConfig {
  checkOAuthOptions(scope, options);
  const { issuers, scopes = [], clientIds, audiences = clientIds ? undefined : [mcpUrl] } = options;
  const { jwksUris, groupsClaim, claims } = options;
  const metadataUrl = mcpUrl.slice(0, -PATHS.MCP.length) + METADATA_PATH + PATHS.MCP;
  return { issuers, audiences, clientIds, scopes, scopePrefix, jwksUris, groupsClaim, claims, metadataUrl };
}

/**
 * Defines the authorizer of access tokens, the metadata that tells clients where to get one, and the challenges.
 *
 * @param scope the scope of the authorizer, a child of the server
 */
export function defineOAuth(scope: Construct, options: McpOAuthOptions, target: OAuthTarget): McpAuthConfig {
  const config = oauthConfig(scope, options, target);
  const server = ServerInternals.of(scope.node.scope!);
  const { context } = server;
  if (!context) throw invalid(scope, 'McpAuth.oauth() authorizes callers of an McpLambdaServer only');
  const { api, mcpUrl, auth } = target;
  const { issuers, scopes, metadataUrl } = config;
  const handler = defineHandler(scope, context, config);
  server.addFunction(handler);
  const requested = requestedScopes(scopes, config);
  if (!api.node.tryFindChild(UNAUTHORIZED)) {
    const { allowedOrigins = [] } = context.props;
    addChallenges(api, { metadataUrl, scopes: requested }, allowedOrigins.length > 0);
    addMetadata(api, { resource: mcpUrl, issuers, scopes: requested });
  }
  if (server.authorizesClients(auth) && (context.props.legacySse ?? true)) {
    Annotations.of(scope).addInfoV2(
      'cdk-mcp-lambda:sseTokens',
      'clients of /sse need an access token for the MCP URL, which their challenge names; those that request one for the URL of /sse cannot connect',
    );
  }
  const authorizer = defineAuthorizer(scope, api, handler);
  return { authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer };
}

function defineHandler(scope: Construct, context: ServerContext, config: OAuthConfig): lambda.Function {
  // outside the VPC: issuers are on the internet
  const { vpc, vpcSubnets, securityGroups, ...outside }: HandlerSettings = context.settings;
  return handlerFunction(scope, 'Function', outside, {
    description: `MCP server ${context.serverName}: checks access tokens`,
    asset: 'authorizer',
    role: handlerRole(scope, 'Role', outside, 'MCP server: checks access tokens'),
    timeout: TIMEOUT,
    environment: { ...context.environment, [ENV.OAUTH]: Stack.of(scope).toJsonString(config) },
  });
}

function defineAuthorizer(
  scope: Construct,
  api: apigateway.RestApi,
  handler: lambda.Function,
): apigateway.RequestAuthorizer {
  const authorizer = new apigateway.RequestAuthorizer(scope, 'Authorizer', {
    handler,
    // no caching: a cached decision would outlive the token, and apply to requests for other tools
    identitySources: [],
    resultsCacheTtl: Duration.seconds(0),
  });
  (authorizer.node.defaultChild as apigateway.CfnAuthorizer).identitySource = undefined; // not the empty text
  // the stage serves the authorizer of its deployment; some feature flags leave authorizers out of the deployment's hash
  api.latestDeployment?.addToLogicalId({ authorizer: { path: scope.node.path, handler: handler.functionArn } });
  return authorizer;
}

/**
 * Adds the responses to callers without access, for all routes. An API has one response of each type, with one status and one header:
 * their challenge names the metadata of `/mcp`.
 */
function addChallenges(api: apigateway.RestApi, { metadataUrl, scopes }: OAuthChallenge, cors: boolean): void {
  const corsHeaders = cors && {
    'Access-Control-Allow-Origin': "'*'",
    'Access-Control-Expose-Headers': "'WWW-Authenticate,Retry-After'",
  };
  api.addGatewayResponse(UNAUTHORIZED, {
    type: apigateway.ResponseType.UNAUTHORIZED,
    statusCode: '401',
    responseHeaders: { 'WWW-Authenticate': `'${challenge({ metadataUrl, scopes })}'`, ...corsHeaders },
    templates: rpcError('"authentication required: send an access token, as WWW-Authenticate says"'),
  });
  api.addGatewayResponse('AccessDenied', {
    type: apigateway.ResponseType.ACCESS_DENIED,
    statusCode: '403',
    responseHeaders: { 'WWW-Authenticate': `context.authorizer.${AUTHORIZER_CONTEXT.CHALLENGE}`, ...corsHeaders },
    templates: rpcError('$context.error.messageString'),
  });
  const unavailable = {
    statusCode: '503',
    responseHeaders: { 'Retry-After': `'${RETRY_SECONDS}'`, ...corsHeaders },
    templates: rpcError('"the issuer of the access token is not available; try again later"'),
  };
  const { AUTHORIZER_FAILURE, AUTHORIZER_CONFIGURATION_ERROR } = apigateway.ResponseType;
  api.addGatewayResponse('AuthorizerFailure', { type: AUTHORIZER_FAILURE, ...unavailable });
  // the response to an error that the authorizer throws, in reports of its users
  api.addGatewayResponse('AuthorizerError', { type: AUTHORIZER_CONFIGURATION_ERROR, ...unavailable });
}

/** An error that MCP clients and people can read. @param message JSON text */
function rpcError(message: string): { [contentType: string]: string } {
  return { 'application/json': `{"jsonrpc":"2.0","id":null,"error":{"code":${ACCESS_ERROR},"message":${message}}}` };
}

interface Metadata {
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopes: readonly string[];
}

/** Adds the metadata routes. They have no authorization: a client reads them before it has a token. */
function addMetadata(api: apigateway.RestApi, { resource, issuers, scopes }: Metadata): void {
  const list = (values: readonly string[]) => `[${values.map(templateText).join()}]`;
  const body =
    `{"resource":${templateText(resource)},"authorization_servers":${list(issuers)},` +
    `"scopes_supported":${list(scopes)},"bearer_methods_supported":["header"]}`;
  const root = api.root.resourceForPath(METADATA_PATH);
  for (const path of [root, root.addResource(PATHS.MCP.slice(1))]) {
    const headers = {
      'method.response.header.Access-Control-Allow-Origin': "'*'",
      'method.response.header.Cache-Control': "'max-age=300'",
    };
    path.addMethod(
      'GET',
      new apigateway.MockIntegration({
        requestTemplates: { 'application/json': '{"statusCode":200}' },
        passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
        integrationResponses: [
          { statusCode: '200', responseTemplates: { 'application/json': body }, responseParameters: headers },
        ],
      }),
      {
        authorizationType: apigateway.AuthorizationType.NONE,
        methodResponses: [
          {
            statusCode: '200',
            responseParameters: Object.fromEntries(Object.keys(headers).map((name) => [name, true])),
          },
        ],
      },
    );
    // web pages send MCP-Protocol-Version with this request, so that browsers ask first
    path.addCorsPreflight({ allowOrigins: apigateway.Cors.ALL_ORIGINS, allowMethods: ['GET'], allowHeaders: ['*'] });
  }
}

/** A value as JSON text in a mapping template, in which `$` and `#` have a meaning. */
function templateText(value: string): string {
  const text = JSON.stringify(value);
  return Token.isUnresolved(value) ? text : text.replace(/\$/g, '\\u0024').replace(/#/g, '\\u0023');
}
