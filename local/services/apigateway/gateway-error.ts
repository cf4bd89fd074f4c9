/** Types of gateway responses by `x-amzn-errortype`. Errors of other types use the response for their status, `DEFAULT_4XX` or `DEFAULT_5XX`. */
const RESPONSE_TYPES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'ACCESS_DENIED',
  AuthorizerConfigurationException: 'AUTHORIZER_CONFIGURATION_ERROR',
  BadRequestException: 'BAD_REQUEST_BODY',
  ExpiredTokenException: 'EXPIRED_TOKEN',
  InvalidSignatureException: 'INVALID_SIGNATURE',
  LimitExceededException: 'QUOTA_EXCEEDED',
  MissingAuthenticationTokenException: 'MISSING_AUTHENTICATION_TOKEN',
  RequestTooLargeException: 'REQUEST_TOO_LARGE',
  TooManyRequestsException: 'THROTTLED',
  UnauthorizedException: 'UNAUTHORIZED',
};

/** An error that API Gateway returns itself, with its status, `x-amzn-errortype` and body: a gateway response. */
export class GatewayError extends Error {
  /** Type of the gateway response. */
  readonly responseType?: string;

  /**
   * @param body JSON response body
   * @param reason details for the log, which are not sent to the client
   * @param responseType type of the gateway response; that of the error type by default
   * @param authorizer context of a Lambda authorizer that denied the request
   */
  constructor(
    readonly statusCode: number,
    readonly errorType: string,
    readonly body: Readonly<Record<string, string | null>>,
    readonly reason?: string,
    responseType?: string,
    readonly authorizer?: Readonly<Record<string, unknown>>,
  ) {
    super(reason ?? `${statusCode} ${errorType}`);
    this.responseType = responseType ?? RESPONSE_TYPES[errorType];
  }
}

/** Rejects a request without a valid API key. */
export const invalidApiKey = () =>
  new GatewayError(403, 'ForbiddenException', { message: 'Forbidden' }, undefined, 'INVALID_API_KEY');

export const unauthorized = () => new GatewayError(401, 'UnauthorizedException', { message: 'Unauthorized' });

export const tooManyRequests = () =>
  new GatewayError(429, 'TooManyRequestsException', { message: 'Too Many Requests' });

export const internalError = (statusCode: 500 | 502, reason: string, responseType?: string) =>
  new GatewayError(
    statusCode,
    'InternalServerErrorException',
    { message: 'Internal server error' },
    reason,
    responseType,
  );

export const endpointTimedOut = (reason: string) =>
  new GatewayError(
    504,
    'InternalServerErrorException',
    { message: 'Endpoint request timed out' },
    reason,
    'INTEGRATION_TIMEOUT',
  );

export const badRequest = () => new GatewayError(400, 'BadRequestException', { message: 'Bad Request' });

/** @param limit limit in bytes */
export const requestTooLarge = (limit: number) =>
  new GatewayError(413, 'RequestTooLargeException', { message: `HTTP content length exceeded ${limit} bytes.` });

export const unsupportedMediaType = (reason: string) =>
  new GatewayError(415, 'BadRequestException', { message: 'Unsupported Media Type' }, reason, 'UNSUPPORTED_MEDIA_TYPE');
