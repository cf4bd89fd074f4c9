/** What the template says of one REST API and its stage. */
export interface ApiDefinition {
  /** Id of the RestApi: part of method ARNs and of the request context. */
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly Route[];
  /** `binaryMediaTypes` of the RestApi. */
  readonly binaryMediaTypes?: readonly string[];
  /** Authorizers by their id. */
  readonly authorizers?: Readonly<Record<string, AuthorizerDefinition>>;
  /** Keys of all usage plans of the stage. */
  readonly apiKeys?: readonly ApiKey[];
}

export interface Route {
  /** E.g. `/register/{id}`, `/{proxy+}`. */
  readonly resourcePath: string;
  /** HTTP method, or `ANY`. */
  readonly method: string;
  readonly functionArn: string;
  readonly transferMode: 'BUFFERED' | 'STREAM';
  /** Longest wait for the whole answer of the integration, in milliseconds. */
  readonly timeoutMs: number;
  readonly authorization: RouteAuthorization;
  readonly apiKeyRequired?: boolean;
  readonly throttle?: Throttle;
}

export interface RouteAuthorization {
  readonly type: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'COGNITO_USER_POOLS';
  readonly authorizerId?: string;
}

/** Of the stage's method settings. */
export interface Throttle {
  /** Requests per second in the long run. */
  readonly rateLimit: number;
  /** Requests at a time. */
  readonly burstLimit: number;
}

/** An `AWS::ApiGateway::Authorizer` with a function. */
export interface AuthorizerDefinition {
  readonly type: 'TOKEN' | 'REQUEST';
  readonly functionArn: string;
  /** E.g. `method.request.header.Authorization, method.request.querystring.key`. */
  readonly identitySource?: string;
  /** Regular expression that a TOKEN must match. */
  readonly identityValidationExpression?: string;
  /** Seconds that a decision is remembered; 0 for not at all. API Gateway's default is 300. */
  readonly ttlSeconds: number;
}

export interface ApiKey {
  readonly id: string;
  readonly value: string;
}
