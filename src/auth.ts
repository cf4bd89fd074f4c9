import { Annotations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';

/** What `McpAuth.bind()` is given. */
export interface McpAuthBindOptions {
  /** The server's API, with its stage. */
  readonly api: apigateway.RestApi;
}

/** How API Gateway establishes who calls, as `McpAuth.bind()` decided. */
export interface McpAuthConfig {
  /**
   * How callers are authorised.
   *
   * @default - the authorizer's own type, or `AuthorizationType.NONE` without one
   */
  readonly authorizationType?: apigateway.AuthorizationType;

  /**
   * The authorizer that decides.
   *
   * @default - none
   */
  readonly authorizer?: apigateway.IAuthorizer;

  /**
   * OAuth scopes of which an access token must carry one; only a Cognito authorizer looks at them.
   *
   * @default - none
   */
  readonly authorizationScopes?: string[];

  /**
   * Whether a request must bring an API key of a usage plan (header `x-api-key`).
   *
   * @default false
   */
  readonly apiKeyRequired?: boolean;
}

/** Options of `McpAuth.apiKey()`. */
export interface McpApiKeyOptions {
  /**
   * The keys that open the server.
   *
   * @default - one key is made; API Gateway chooses its value
   */
  readonly apiKeys?: apigateway.IApiKey[];

  /**
   * How many requests one key may make in a day, a week or a month.
   *
   * @default - any number
   */
  readonly quota?: apigateway.QuotaSettings;

  /**
   * How many requests one key may make per second, and at once.
   *
   * @default - as many as `throttlingRateLimit` and `throttlingBurstLimit` of the server allow to all
   */
  readonly throttle?: apigateway.ThrottleSettings;
}

/** Options of `McpAuth.custom()`. */
export interface McpCustomAuthOptions {
  /**
   * OAuth scopes of which an access token must carry one; only a Cognito authorizer looks at them, and without any it
   * expects an identity token.
   *
   * @default - none
   */
  readonly authorizationScopes?: string[];
}

/**
 * Who may call a server. Extend it to bring another way of authorising callers: `bind()` is all there is to write.
 *
 * @example
 * declare const users: cognito.UserPool;
 * const authorizer = new apigateway.CognitoUserPoolsAuthorizer(this, 'Users', { cognitoUserPools: [users] });
 * new McpLambdaServer(this, 'Mcp', { auth: McpAuth.custom(authorizer) });
 */
export abstract class McpAuth {
  /**
   * Callers sign their requests with AWS credentials (SigV4) and are allowed by IAM: give each `grantConnect()`, or `grantRegister()`
   * for the Registration API.
   */
  public static iam(): McpAuth {
    return new IamAuth();
  }

  /**
   * Callers bring an API key in the header `x-api-key`. A key tells clients apart and limits how much each may ask for. It is sent with every
   * request, never expires and names no person: take it for a server whose tools may be open to whoever got hold of the key.
   *
   * @param options which keys, and how much one may ask for
   */
  public static apiKey(options: McpApiKeyOptions = {}): McpAuth {
    return new ApiKeyAuth(options);
  }

  /**
   * An authorizer of API Gateway decides: a Lambda function that checks a bearer token, or a Cognito user pool. The
   * `principalId` that a Lambda authorizer returns, or the `sub` of a Cognito token, is whom a session belongs to. A cached policy
   * applies to every route, so it should name the whole stage.
   *
   * @param authorizer a `TokenAuthorizer`, `RequestAuthorizer`, `CognitoUserPoolsAuthorizer`, or one of your own
   * @param options what else to ask of a caller
   */
  public static custom(authorizer: apigateway.IAuthorizer, options: McpCustomAuthOptions = {}): McpAuth {
    return new CustomAuth(authorizer, options);
  }

  /**
   * Anybody may call every tool, at your expense, and a session belongs to whoever knows its id. Warns at synth
   * (`cdk-mcp-lambda:noAuth`).
   */
  public static none(): McpAuth {
    return new NoAuth();
  }

  /**
   * Defines what it takes to authorise callers, and says how the routes use it. Called once per server for the clients, and once
   * for the Registration API.
   *
   * @param scope where to define constructs: a scope of its own, in which any id is free
   * @param options the server's API, for which callers are to be authorised
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
      'McpAuth.none(): anybody who knows the address can call every tool of this server; use McpAuth.iam() or McpAuth.custom(…) for more than a trial',
    );
    return { authorizationType: apigateway.AuthorizationType.NONE };
  }
}
