import { Annotations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpCognitoOptions } from './cognito';
import type { McpOAuthOptions } from './oauth';
import { AUTHORIZATION, PATHS } from './private/contract';
import { invalid } from './private/errors';
import { COGNITO_SCOPE, DEFAULT_COGNITO_SCOPES, defineCognito } from './private/infrastructure/cognito';
import type { FunctionUrlAuth } from './private/infrastructure/function-url-auth';
import { defineOAuth, oauthConfig } from './private/infrastructure/oauth';
import { FUNCTION_URL_ORIGIN } from './private/oauth';
import type { CallerIdentity } from './private/registration/access';

/** Options for `McpAuth.bind()`. */
export interface McpAuthBindOptions {
  /**
   * The REST API of the server, with its stage.
   *
   * @default - the server has no REST API
   */
  readonly api?: apigateway.RestApi;

  /** The URL for clients that speak Streamable HTTP: the resource for which OAuth clients request tokens. */
  readonly mcpUrl: string;
}

/** The authorization settings of the routes, as returned by `McpAuth.bind()`. */
export interface McpAuthConfig {
  /**
   * The authorization type of the methods.
   *
   * @default - the type of the authorizer, or `AuthorizationType.NONE` without an authorizer
   */
  readonly authorizationType?: apigateway.AuthorizationType;

  /**
   * The authorizer of the methods.
   *
   * @default - no authorizer
   */
  readonly authorizer?: apigateway.IAuthorizer;

  /**
   * The OAuth scopes of which an access token must have at least one. They apply to Cognito authorizers only.
   *
   * @default - no scopes
   */
  readonly authorizationScopes?: string[];

  /**
   * Whether requests must have an API key of a usage plan (header `x-api-key`).
   *
   * @default false
   */
  readonly apiKeyRequired?: boolean;
}

/** Options for `McpAuth.apiKey()`. */
export interface McpApiKeyOptions {
  /**
   * The API keys that the server accepts.
   *
   * @default - a new API key with a generated value
   */
  readonly apiKeys?: apigateway.IApiKey[];

  /**
   * The number of requests that a key may make per day, week or month.
   *
   * @default - no quota
   */
  readonly quota?: apigateway.QuotaSettings;

  /**
   * The rate and burst limits of a key.
   *
   * @default - no limits beyond `throttlingRateLimit` and `throttlingBurstLimit` of the server
   */
  readonly throttle?: apigateway.ThrottleSettings;
}

/** Options for `McpAuth.custom()`. */
export interface McpCustomAuthOptions {
  /**
   * The OAuth scopes of which an access token must have at least one.
   *
   * They apply to Cognito authorizers only. Without scopes, a Cognito authorizer expects an ID token.
   *
   * @default - no scopes
   */
  readonly authorizationScopes?: string[];
}

/**
 * The authorization of callers, by API Gateway or at a function URL. Extend this class and implement `bind()` to use another authorization of
 * API Gateway.
 *
 * @example
 * declare const users: cognito.UserPool;
 * const authorizer = new apigateway.CognitoUserPoolsAuthorizer(this, 'Users', { cognitoUserPools: [users] });
 * new McpLambdaServer(this, 'Mcp', { auth: McpAuth.custom(authorizer) });
 */
export abstract class McpAuth {
  /**
   * IAM authorization: callers sign their requests with AWS credentials (SigV4).
   *
   * Grant access with `grantConnect()`, or with `grantRegister()` for the Registration API.
   */
  public static iam(): McpAuth {
    return new IamAuth();
  }

  /**
   * API keys: callers send a key in the header `x-api-key`.
   *
   * Keys distinguish clients and limit their requests. A key is sent with every request, does not expire and does not identify a person:
   * use keys only for servers whose tools may be open to everyone who has a key. Requires a REST API.
   *
   * @param options the keys and their limits
   */
  public static apiKey(options: McpApiKeyOptions = {}): McpAuth {
    return new ApiKeyAuth(options);
  }

  /**
   * OAuth: callers send an access token of one of your issuers, which the server checks. It works with every OAuth or OpenID Connect
   * provider whose access tokens are JWTs.
   *
   * MCP clients sign in by themselves: the server tells them where (RFC 9728). Clients whose users sign in need an application at the
   * issuer, unless it registers clients dynamically or accepts client metadata documents. The identity of a caller is issuer and
   * subject. Nothing is cached, so that each request invokes the authorizer function. At a function URL, the function that serves `/mcp` checks
   * the tokens.
   *
   * @param options the issuers, and what their tokens must have
   */
  public static oauth(options: McpOAuthOptions): McpAuth {
    return new OAuthAuth(options);
  }

  /**
   * OAuth with an Amazon Cognito user pool: people sign in on its managed login pages, and clients send its access tokens.
   *
   * Defines a resource server whose identifier is the MCP URL, and an app client. The id of the app client is an output of the stack,
   * `…AuthClientId…`, which clients need that do not register themselves.
   *
   * @param options the user pool, its scopes and its clients
   */
  public static cognito(options: McpCognitoOptions = {}): McpAuth {
    return new CognitoAuth(options);
  }

  /**
   * An API Gateway authorizer: a Lambda function that checks a bearer token, or a Cognito user pool.
   *
   * The `principalId` that a Lambda authorizer returns, or the `sub` of a Cognito token, identifies the session owner. A request
   * without it gets 403. A cached policy applies to all routes, so it should allow the whole stage. Requires a REST API.
   *
   * @param authorizer a `TokenAuthorizer`, `RequestAuthorizer` or `CognitoUserPoolsAuthorizer`, or a custom one
   * @param options further requirements on the token
   */
  public static custom(authorizer: apigateway.IAuthorizer, options: McpCustomAuthOptions = {}): McpAuth {
    return new CustomAuth(authorizer, options);
  }

  /**
   * No authorization: every caller on the internet can call every tool, at your expense.
   *
   * The session id alone gives access to a session. Adds the warning `cdk-mcp-lambda:noAuth` at synthesis.
   */
  public static none(): McpAuth {
    return new NoAuth();
  }

  /**
   * Defines the constructs of this authorization, and returns the settings of the routes.
   *
   * Called twice for each server: for its clients, and for its Registration API.
   *
   * @param scope the scope to define constructs in; it is empty
   * @param options the REST API of the server, and its address
   */
  public abstract bind(scope: Construct, options: McpAuthBindOptions): McpAuthConfig;

  /**
   * How this authorization identifies callers.
   *
   * @internal
   */
  public _identity(): CallerIdentity {
    return { auth: this.constructor.name, kinds: ['scopes', 'groups', 'claim', 'principals'] };
  }

  /**
   * How this authorization works at a function URL; undefined if it requires a REST API.
   *
   * @internal
   */
  public _functionUrlAuth(): FunctionUrlAuth | undefined {
    return undefined;
  }

  /**
   * Whether this authorization certainly accepts every caller that another one accepts. IAM grants separate callers.
   *
   * @internal
   */
  public _acceptsAllOf(_other: McpAuth): boolean {
    return false;
  }
}

/** The MCP URL of a server at a function URL, as its own function knows it. */
const OWN_MCP_URL = FUNCTION_URL_ORIGIN + PATHS.MCP;

/** Access tokens at a function URL: everyone can send requests, and the function checks the token of each. */
function withTokens(defineTokens: FunctionUrlAuth['defineTokens']): FunctionUrlAuth {
  return { authType: lambda.FunctionUrlAuthType.NONE, authorization: AUTHORIZATION.CUSTOM, defineTokens };
}

/** What access tokens say about their callers. */
const TOKEN_KINDS = ['scopes', 'groups', 'claim'] as const;

class IamAuth extends McpAuth {
  public bind(_scope: Construct, _options: McpAuthBindOptions): McpAuthConfig {
    return { authorizationType: apigateway.AuthorizationType.IAM };
  }

  /** @internal */
  public _functionUrlAuth(): FunctionUrlAuth {
    return { authType: lambda.FunctionUrlAuthType.AWS_IAM, authorization: AUTHORIZATION.IAM };
  }

  /** @internal */
  public _identity(): CallerIdentity {
    return { auth: 'McpAuth.iam()', kinds: ['principals'] };
  }
}

class ApiKeyAuth extends McpAuth {
  public constructor(private readonly options: McpApiKeyOptions) {
    super();
  }

  public bind(scope: Construct, { api }: McpAuthBindOptions): McpAuthConfig {
    if (!api) throw invalid(scope, 'McpAuth.apiKey() requires a REST API; use McpAuth.oauth(…) or McpAuth.iam()');
    const { apiKeys, quota, throttle } = this.options;
    const plan = new apigateway.UsagePlan(scope, 'UsagePlan', {
      quota,
      throttle,
      description: 'Clients of an MCP server',
    });
    plan.addApiStage({ stage: api.deploymentStage });
    for (const key of apiKeys ?? [
      new apigateway.ApiKey(scope, 'ApiKey', { description: 'A client of an MCP server' }),
    ]) {
      plan.addApiKey(key);
    }
    return { authorizationType: apigateway.AuthorizationType.NONE, apiKeyRequired: true };
  }

  /** @internal */
  public _identity(): CallerIdentity {
    return { auth: 'McpAuth.apiKey()', kinds: ['principals'] };
  }
}

class CustomAuth extends McpAuth {
  public constructor(
    private readonly authorizer: apigateway.IAuthorizer,
    private readonly options: McpCustomAuthOptions,
  ) {
    super();
  }

  public bind(scope: Construct, _options: McpAuthBindOptions): McpAuthConfig {
    const { authorizationScopes } = this.options;
    if (this.authorizer instanceof apigateway.CognitoUserPoolsAuthorizer && !authorizationScopes?.length) {
      Annotations.of(scope).addWarningV2(
        'cdk-mcp-lambda:cognitoScopes',
        'a Cognito authorizer without scopes accepts ID tokens only, which MCP clients do not send; set authorizationScopes, or use McpAuth.oauth(…)',
      );
    }
    return { authorizer: this.authorizer, authorizationScopes };
  }

  /** @internal */
  public _acceptsAllOf(other: McpAuth): boolean {
    return (
      other instanceof CustomAuth &&
      other.authorizer === this.authorizer &&
      includesAll(other.options.authorizationScopes, this.options.authorizationScopes)
    );
  }

  /** @internal */
  public _identity(): CallerIdentity {
    return {
      ...super._identity(),
      auth: 'McpAuth.custom()',
      joinsGroups: this.authorizer.authorizationType === apigateway.AuthorizationType.COGNITO,
    };
  }
}

class OAuthAuth extends McpAuth {
  public constructor(private readonly options: McpOAuthOptions) {
    super();
  }

  public bind(scope: Construct, { api, mcpUrl }: McpAuthBindOptions): McpAuthConfig {
    if (!api) throw invalid(scope, 'McpAuth.oauth() requires a REST API');
    return defineOAuth(scope, this.options, { api, mcpUrl, auth: this });
  }

  /** @internal */
  public _functionUrlAuth(): FunctionUrlAuth {
    return withTokens((scope) => oauthConfig(scope, this.options, { mcpUrl: OWN_MCP_URL }));
  }

  /** @internal */
  public _acceptsAllOf(other: McpAuth): boolean {
    return (
      other instanceof OAuthAuth &&
      includesAll(this.options.issuers, other.options.issuers) &&
      isNoNarrower(this.audiences, other.audiences) &&
      isNoNarrower(this.options.clientIds, other.options.clientIds) &&
      includesAll(other.options.scopes, this.options.scopes)
    );
  }

  /** The audiences; an empty text is the server itself. */
  private get audiences(): readonly string[] | undefined {
    return this.options.audiences ?? (this.options.clientIds ? undefined : ['']);
  }

  /** @internal */
  public _identity(): CallerIdentity {
    return { auth: 'McpAuth.oauth()', kinds: TOKEN_KINDS, claims: this.options.claims ?? [] };
  }
}

class CognitoAuth extends McpAuth {
  public constructor(private readonly options: McpCognitoOptions) {
    super();
  }

  public bind(scope: Construct, { api, mcpUrl }: McpAuthBindOptions): McpAuthConfig {
    if (!api) throw invalid(scope, 'McpAuth.cognito() requires a REST API');
    const tokens = defineCognito(scope, this.options, { mcpUrl, auth: this });
    return defineOAuth(scope, tokens, { api, mcpUrl, auth: this, scopePrefix: `${mcpUrl}/` });
  }

  /** @internal */
  public _functionUrlAuth(): FunctionUrlAuth {
    return withTokens((scope, mcpUrl) => {
      const tokens = defineCognito(scope, this.options, { mcpUrl, auth: this });
      return oauthConfig(scope, tokens, { mcpUrl: OWN_MCP_URL, scopePrefix: `${OWN_MCP_URL}/` });
    });
  }

  /** @internal */
  public _acceptsAllOf(other: McpAuth): boolean {
    const { userPool, scopes } = this.options;
    return (
      other instanceof CognitoAuth &&
      other.options.userPool === userPool &&
      includesAll(other.options.scopes ?? DEFAULT_COGNITO_SCOPES, scopes ?? DEFAULT_COGNITO_SCOPES)
    );
  }

  /** @internal */
  public _identity(): CallerIdentity {
    return { auth: 'McpAuth.cognito()', kinds: TOKEN_KINDS, claims: [], scopePattern: COGNITO_SCOPE };
  }
}

/** Whether a list of what is accepted accepts all that another one does; undefined accepts everything. */
function isNoNarrower(list: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return list === undefined || (other !== undefined && includesAll(list, other));
}

/** Whether a list includes all values of another one. */
function includesAll(list: readonly string[] = [], values: readonly string[] = []): boolean {
  return values.every((each) => list.includes(each));
}

class NoAuth extends McpAuth {
  public bind(_scope: Construct, _options: McpAuthBindOptions): McpAuthConfig {
    return { authorizationType: apigateway.AuthorizationType.NONE };
  }

  /** @internal */
  public _functionUrlAuth(): FunctionUrlAuth {
    return { authType: lambda.FunctionUrlAuthType.NONE, authorization: AUTHORIZATION.NONE };
  }

  /** @internal */
  public _identity(): CallerIdentity {
    return { auth: 'McpAuth.none()', kinds: [] };
  }
}
