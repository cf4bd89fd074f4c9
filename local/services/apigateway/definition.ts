import type { GatewayResponse } from './gateway-error.js';

/** The definition of a REST API with one stage. */
export interface ApiDefinition {
  /** REST API id, which is part of method ARNs and of the request context. */
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly Route[];
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

interface MockResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RouteAuthorization {
  readonly type: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'COGNITO_USER_POOLS';
  readonly authorizerId?: string;
}

/** Throttling limits of the stage's method settings. */
export interface Throttle {
  /** Steady-state requests per second. */
  readonly rateLimit: number;
  /** Maximum burst of requests. */
  readonly burstLimit: number;
}

/** A Lambda authorizer. */
export interface AuthorizerDefinition {
  readonly type: 'TOKEN' | 'REQUEST';
  readonly functionArn: string;
  /** Identity sources, such as `method.request.header.Authorization, method.request.querystring.key`. */
  readonly identitySource?: string;
  /** Regular expression for the token of a TOKEN authorizer. */
  readonly identityValidationExpression?: string;
  /** Cache TTL in seconds; 0 disables the cache. API Gateway's default is 300. */
  readonly ttlSeconds: number;
}

export interface ApiKey {
  readonly id: string;
  readonly value: string;
}
