import type { GatewayResponse } from './gateway-response.js';
import type { MockResponse } from './mock.js';

/** The definition of a REST API with one stage. */
export interface ApiDefinition {
  /** REST API id, which is part of method ARNs and of the request context. */
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly Route[];
  readonly stageVariables?: Readonly<Record<string, string>>;
  /** Base paths of the API on custom domains, such as `/orders`; an empty text for the root. */
  readonly basePaths?: readonly string[];
  /** Whether the API is served only below its base paths, not below its stage. */
  readonly executeApiDisabled?: boolean;
  /** Binary media types of the REST API. */
  readonly binaryMediaTypes?: readonly string[];
  /** Authorizers by id. */
  readonly authorizers?: Readonly<Record<string, AuthorizerDefinition>>;
  /** Gateway responses by type. */
  readonly gatewayResponses?: Readonly<Record<string, GatewayResponse>>;
  /** API keys of all usage plans of the stage. */
  readonly apiKeys?: readonly ApiKey[];
}

export interface Route {
  /** Resource path, such as `/register/{id}` or `/{proxy+}`. */
  readonly resourcePath: string;
  /** HTTP method, or `ANY`. */
  readonly method: string;
  /** Function of a proxy integration. */
  readonly functionArn: string;
  /** Response of a MOCK integration, which invokes no function. */
  readonly mock?: MockResponse;
  readonly transferMode: 'BUFFERED' | 'STREAM';
  /** Integration timeout in milliseconds. */
  readonly timeoutMs: number;
  readonly authorization: RouteAuthorization;
  readonly apiKeyRequired?: boolean;
  readonly throttle?: Throttle;
}

export interface RouteAuthorization {
  readonly type: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'COGNITO_USER_POOLS';
  readonly authorizerId?: string;
  /** Scopes of which an access token must have one, for Cognito authorizers. */
  readonly scopes?: readonly string[];
}

/** Throttling limits of the stage's method settings. */
export interface Throttle {
  /** Steady-state requests per second. */
  readonly rateLimit: number;
  /** Maximum burst of requests. */
  readonly burstLimit: number;
}

export type AuthorizerDefinition = LambdaAuthorizerDefinition | CognitoAuthorizerDefinition;

/** An authorizer of the tokens of Cognito user pools. */
export interface CognitoAuthorizerDefinition {
  readonly type: 'COGNITO_USER_POOLS';
  /** Issuers of the user pools. */
  readonly issuers: readonly string[];
  readonly identitySource?: string;
}

/** A Lambda authorizer. */
export interface LambdaAuthorizerDefinition {
  readonly type: 'TOKEN' | 'REQUEST';
  readonly functionArn: string;
  /** Identity sources, such as `method.request.header.Authorization, method.request.querystring.key`. */
  readonly identitySource?: string;
  /** Regular expression for the token of a TOKEN authorizer. */
  readonly identityValidationExpression?: string;
  /** Cache TTL in seconds; 0 disables the cache. API Gateway's default is 300. */
  readonly ttlSeconds: number;
  /** Context of callers without a token when authorization is not enforced; without it, the authorizer decides. */
  readonly developer?: Readonly<Record<string, string>>;
}

export interface ApiKey {
  readonly id: string;
  readonly value: string;
}
