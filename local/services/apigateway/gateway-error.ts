/** A gateway response: an error that API Gateway returns itself, with its status, `x-amzn-errortype` and body. */
export class GatewayError extends Error {
  /**
   * @param body JSON response body
   * @param reason details for the log, which are not sent to the client
   * @param responseType type of the gateway response; `DEFAULT_4XX` or `DEFAULT_5XX` by default
   */
  constructor(
    readonly statusCode: number,
    readonly errorType: string,
    readonly body: Readonly<Record<string, string | null>>,
    readonly reason?: string,
    readonly responseType?: string,
  ) {
    super(reason ?? `${statusCode} ${errorType}`);
  }
}

export const forbidden = () => new GatewayError(403, 'ForbiddenException', { message: 'Forbidden' });

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
  new GatewayError(415, 'BadRequestException', { message: 'Unsupported Media Type' }, reason);

/** A gateway response that the API defines, as `AWS::ApiGateway::GatewayResponse`. */
export interface GatewayResponse {
  readonly statusCode?: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Template of the JSON body. */
  readonly template?: string;
}

/** Returns status, headers and body of an error, with the gateway response for its type or its kind, if the API defines one. */
export function respondTo(
  { statusCode, errorType, body, responseType }: GatewayError,
  responses: Readonly<Record<string, GatewayResponse>>,
  requestId: string,
) {
  const defined = responses[responseType ?? ''] ?? responses[statusCode < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'];
  const message = body.message ?? body.Message ?? null;
  return {
    statusCode: defined?.statusCode ?? statusCode,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': errorType, ...defined?.headers },
    body:
      defined?.template
        ?.replaceAll('$context.requestId', requestId)
        .replaceAll('$context.error.messageString', JSON.stringify(message)) ?? JSON.stringify(body),
  };
}
