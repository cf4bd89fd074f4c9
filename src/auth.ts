import { Annotations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';

/** Options for `McpAuth.bind()`. */
export interface McpAuthBindOptions {
  /** The REST API of the server, with its stage. */
  readonly api: apigateway.RestApi;
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
 * The authorization of callers, by API Gateway. Extend this class and implement `bind()` to use another authorization.
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
   * use keys only for servers whose tools may be open to everyone who has a key.
   *
   * @param options the keys and their limits
   */
  public static apiKey(options: McpApiKeyOptions = {}): McpAuth {
    return new ApiKeyAuth(options);
  }

  /**
   * An API Gateway authorizer: a Lambda function that checks a bearer token, or a Cognito user pool.
   *
   * The `principalId` that a Lambda authorizer returns, or the `sub` of a Cognito token, identifies the session owner. A request
   * without it gets 403. A cached policy applies to all routes, so it should allow the whole stage.
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
   * @param options the REST API of the server
   */
  public abstract bind(scope: Construct, options: McpAuthBindOptions): McpAuthConfig;
}

class IamAuth extends McpAuth {
  public bind(_scope: Construct, _options: McpAuthBindOptions): McpAuthConfig {
    return { authorizationType: apigateway.AuthorizationType.IAM };
  }
}

class ApiKeyAuth extends McpAuth {
  public constructor(private readonly options: McpApiKeyOptions) {
    super();
  }

  public bind(scope: Construct, { api }: McpAuthBindOptions): McpAuthConfig {
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
}

class CustomAuth extends McpAuth {
  public constructor(
    private readonly authorizer: apigateway.IAuthorizer,
    private readonly options: McpCustomAuthOptions,
  ) {
    super();
  }

  public bind(_scope: Construct, _options: McpAuthBindOptions): McpAuthConfig {
    return { authorizer: this.authorizer, authorizationScopes: this.options.authorizationScopes };
  }
}

class NoAuth extends McpAuth {
  public bind(scope: Construct, _options: McpAuthBindOptions): McpAuthConfig {
    Annotations.of(scope).addWarningV2(
      'cdk-mcp-lambda:noAuth',
      'McpAuth.none(): every caller who knows the URL can call every tool; use McpAuth.iam() or McpAuth.custom(…), except for trials',
    );
    return { authorizationType: apigateway.AuthorizationType.NONE };
  }
}
